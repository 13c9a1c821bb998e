"""Scores of a survey with what they are worth: intervals, differences, who does not answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import day_numbers
from crm_analysis.analyses.feedback.survey.figures import (
    Measure,
    differ,
    figure,
    measures_of,
)
from crm_analysis.analyses.feedback.survey.mix import (
    as_groups,
    mix_of,
    strata_of,
    weighted,
)
from crm_analysis.analyses.feedback.survey.options import SurveyOptions
from crm_analysis.analyses.feedback.survey.responses import who_answered
from crm_analysis.analyses.feedback.survey.result import SurveyScores
from crm_analysis.analyses.feedback.survey.scales import Answers, read_scores
from crm_analysis.analyses.inference import benjamini_hochberg
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

_GROUPS = ("segment", "channel", "product", "language")
_MOST_GROUPS = 30
_SCORES = (
    *("measure", "by", "group", "value", "lo", "hi", "n", "people"),
    *(
        "adjusted",
        "above",
        "below",
        "weighted",
        "weighted_lo",
        "weighted_hi",
        "rank",
    ),
)
_DIFFERENCES = (
    *("measure", "by", "group", "other", "difference", "lo", "hi"),
    *("p", "p_adjusted", "n", "n_other"),
)
_ANSWERS = ("measure", "answer", "count", "side")
_SIDES = {1.0: "above", 0.0: "middle", -1.0: "below"}


class _Groups(NamedTuple):
    """The groups of a column: for each row the position of its group, -1 without; their names."""

    codes: np.ndarray
    names: list[str]


class _Survey(NamedTuple):
    """The rows of a survey: whose they are, in which groups, of which stratum of customers."""

    customer: np.ndarray  # codes; -1 where not known
    groups: dict[str, _Groups]
    stratum: np.ndarray
    is_known: np.ndarray  # whether the stratum is
    everybody: pd.Series | None
    options: SurveyOptions


def survey_scores(
    feedback: pd.DataFrame,
    options: SurveyOptions | None = None,
    customers: pd.DataFrame | None = None,
) -> SurveyScores:
    """Net promoter score, satisfaction and stars with their intervals, and who did not answer.

    Parameters
    ----------
    feedback : pandas.DataFrame
        Any of nps (0 to 10), csat and rating (1 to 5); customer, date, segment, channel, product,
        language where known. Rows with a customer and no score at all were asked in vain.
    options : SurveyOptions, optional
        The scales, what to compare.
    customers : pandas.DataFrame, optional
        All customers, of whom those in `feedback` answered: customer; segment and a column of
        value where known. Where the feedback itself lists who was asked in vain, the response
        rate is of those.

    Returns
    -------
    SurveyScores
        `.scores`, `.differences`, `.responses`, `.questions`.

    Raises
    ------
    AnalysisError
        "feedback.survey.no_scores" without any; "feedback.no_column" where `options` name
        one that is not there.

    References
    ----------
    Reichheld (2003), Harvard Business Review 81(12), 46-54, on the net promoter score; Rocks
    (2016), Journal of Marketing Analytics 4, 141-151, on its interval.

    Examples
    --------
    >>> survey = survey_scores(pd.DataFrame({"nps": [10] * 50 + [8] * 30 + [3] * 20}))
    >>> survey.scores[["measure", "value", "adjusted", "lo", "hi", "n"]].round(1)
      measure  value  adjusted    lo    hi    n
    0     nps   30.0      29.1  14.1  44.2  100
    """
    options = options or SurveyOptions()
    read = read_scores(feedback, options.scales)
    names = _named(feedback)
    mix = None if customers is None else mix_of(customers, options.value)
    survey, notes = _survey(feedback, names, mix, options)
    rows: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    for measure in measures_of(read.answers):
        for by, groups in (("", None), *survey.groups.items()):
            of_by = _scores(measure, by, groups, survey)
            rows += of_by
            differences += _differences(measure, by, of_by, survey)
    scores = pd.DataFrame(rows, columns=list(_SCORES))
    scores["rank"] = scores["rank"].astype("Int64")
    responses, on_responses = who_answered(
        read.answers, names, feedback, mix, options
    )
    notes += on_responses
    if rows and scores["n"].iloc[0] < options.fewest:
        details = {"count": int(scores["n"].iloc[0]), "fewest": options.fewest}
        notes.append(Message("feedback.survey.note.few_scores", details))
    return SurveyScores(
        scores,
        pd.DataFrame(differences, columns=list(_DIFFERENCES)),
        responses,
        _counted(read.answers),
        read.questions,
        (*read.notes, *notes),
        options,
    )


def _named(feedback: pd.DataFrame) -> np.ndarray:
    """The customer of each row as text; "" where there is none."""
    if "customer" not in feedback.columns:
        return np.full(len(feedback), "", dtype=object)
    return as_groups(feedback["customer"])


def _survey(
    feedback: pd.DataFrame,
    names: np.ndarray,
    mix: pd.DataFrame | None,
    options: SurveyOptions,
) -> tuple[_Survey, list[Message]]:
    notes = []
    codes, _ = pd.factorize(pd.Series(names, dtype=object).replace("", None))
    groups, left_out = _groups(feedback, names, mix, options)
    for by, count in left_out.items():
        details = {"column": by, "shown": _MOST_GROUPS, "count": count}
        notes.append(Message("feedback.survey.note.more_groups", details))
    everybody, stratum = None, np.full(len(feedback), "", dtype=object)
    is_known = np.zeros(len(feedback), dtype=bool)
    if mix is not None and mix.shape[1]:
        strata = strata_of(mix)
        everybody = strata.value_counts()
        mapped = pd.Series(names, dtype=object).map(strata)
        is_known = mapped.notna().to_numpy()
        stratum = mapped.fillna("").to_numpy(object)
    return (
        _Survey(codes, groups, stratum, is_known, everybody, options),
        notes,
    )


def _groups(
    feedback: pd.DataFrame,
    names: np.ndarray,
    mix: pd.DataFrame | None,
    options: SurveyOptions,
) -> tuple[dict[str, _Groups], dict[str, int]]:
    """The groups each row is in, by column; and how many groups are too small to be shown."""
    table = feedback
    if mix is not None and "segment" in mix and "segment" not in table.columns:
        segment = pd.Series(names, dtype=object).map(mix["segment"])
        table = table.assign(segment=segment.to_numpy(object))
    if "date" in table.columns and "month" not in table.columns:
        table = table.assign(month=_months(table["date"]))
    for name in options.by:
        if name not in table.columns:
            raise AnalysisError("feedback.no_column", column=name)
    chosen = options.by or [
        name for name in (*_GROUPS, "month") if name in table.columns
    ]
    groups: dict[str, _Groups] = {}
    left_out: dict[str, int] = {}
    for name in chosen:
        values = as_groups(table[name])
        sizes = pd.Series(values[values != ""]).value_counts()
        if len(sizes) < 2:
            continue
        if name != "month" and len(sizes) > _MOST_GROUPS:
            left_out[name] = len(sizes) - _MOST_GROUPS
            values = np.where(
                np.isin(values, sizes.index[:_MOST_GROUPS]), values, ""
            )
        codes, levels = pd.factorize(
            pd.Series(values, dtype=object).replace("", None), sort=True
        )
        groups[name] = _Groups(codes, [*levels])
    return groups, left_out


def _months(dates: pd.Series) -> np.ndarray:
    days, dated = day_numbers(dates)
    months = pd.to_datetime(days, unit="D").strftime("%Y-%m").to_numpy(object)
    return np.where(dated, months, "")


def _people(survey: _Survey, rows: np.ndarray) -> np.ndarray | None:
    """Codes of who answered, each row of nobody known being one; None where none is known."""
    codes = survey.customer[rows]
    unknown = codes < 0
    if unknown.all():
        return None
    codes = codes.copy()
    codes[unknown] = survey.customer.max() + 1 + np.arange(unknown.sum())
    return np.unique(codes, return_inverse=True)[1]


def _scores(
    measure: Measure, by: str, groups: _Groups | None, survey: _Survey
) -> list[dict[str, Any]]:
    answered = ~np.isnan(measure.values)
    levels = (
        {"": answered}
        if groups is None
        else {
            name: answered & (groups.codes == code)
            for code, name in enumerate(groups.names)
        }
    )
    rows = []
    for level, inside in levels.items():
        if not inside.any():
            continue
        people = _people(survey, inside)
        values = measure.values[inside]
        of = figure(values, measure.kind, people, survey.options.coverage)
        net = measure.kind == "net"
        row: dict[str, Any] = {
            "measure": measure.name,
            "by": by,
            "group": level,
            "value": of.value,
            "lo": of.lo,
            "hi": of.hi,
            "n": len(values),
            "people": np.nan if people is None else int(people.max()) + 1,
            "adjusted": of.adjusted,
            "above": float((values > 0).mean()) if net else np.nan,
            "below": float((values < 0).mean()) if net else np.nan,
            "rank": None,
        }
        rows.append(row | _weighted(measure, by, inside, survey))
    ranked = [row for row in rows if row["n"] >= survey.options.fewest]
    if by and by != "month" and len(ranked) > 1:
        values = pd.Series([row["value"] for row in ranked])
        for row, rank in zip(
            ranked, values.rank(ascending=False, method="min"), strict=True
        ):
            row["rank"] = int(rank)
    return rows


def _weighted(
    measure: Measure, by: str, inside: np.ndarray, survey: _Survey
) -> dict[str, float]:
    names = ("weighted", "weighted_lo", "weighted_hi")
    got: tuple[float, ...] = (np.nan,) * 3
    if survey.everybody is not None and by != "segment":
        known = inside & survey.is_known
        if known.sum() >= survey.options.fewest:
            values = measure.values[known]
            people = _people(survey, known)
            worth = figure(values, measure.kind, people).size / len(values)
            got = weighted(
                values,
                measure.kind,
                survey.stratum[known],
                survey.everybody,
                worth,
                survey.options.coverage,
            )
    return dict(zip(names, got, strict=True))


def _differences(
    measure: Measure, by: str, rows: list[dict[str, Any]], survey: _Survey
) -> list[dict[str, Any]]:
    """Of a column's groups against all others; of months against the one before."""
    if not by or len(rows) < 2:
        return []
    groups, answered = survey.groups[by], ~np.isnan(measure.values)
    code = {name: code for code, name in enumerate(groups.names)}
    measures = []
    for position, row in enumerate(rows):
        own = code[row["group"]]
        inside = answered & (groups.codes == own)
        other = ""
        outside = answered & (groups.codes != own) & (groups.codes >= 0)
        if by == "month":
            if not position:
                continue
            other = rows[position - 1]["group"]
            outside = answered & (groups.codes == code[other])
        difference = differ(
            measure.values[inside],
            measure.values[outside],
            measure.kind,
            (_people(survey, inside), _people(survey, outside)),
            survey.options.coverage,
        )
        measures.append(
            {
                "measure": measure.name,
                "by": by,
                "group": row["group"],
                "other": other,
                **difference._asdict(),
                "p_adjusted": np.nan,
                "n": int(inside.sum()),
                "n_other": int(outside.sum()),
            }
        )
    tested = [row for row in measures if not np.isnan(row["p"])]
    p_values = np.array([row["p"] for row in tested])
    for row, p in zip(tested, benjamini_hochberg(p_values), strict=True):
        row["p_adjusted"] = float(p)
    return measures


def _counted(answers: Collection[Answers]) -> pd.DataFrame:
    rows = []
    for one in answers:
        known = one.values[~np.isnan(one.values)]
        coded = one.net if one.name == "nps" else one.top_two
        side_of = dict(zip(one.values, coded, strict=True))
        for answer, count in zip(
            *np.unique(known, return_counts=True), strict=True
        ):
            side = _SIDES[side_of[answer]]
            rows.append((one.name, float(answer), int(count), side))
    return pd.DataFrame(rows, columns=list(_ANSWERS))
