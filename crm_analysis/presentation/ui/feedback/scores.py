"""How good the scores are: with intervals, by group and month, and who did not answer."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.feedback import (
    SurveyOptions,
    SurveyScores,
    survey_scores,
)
from crm_analysis.analyses.feedback.script import code
from crm_analysis.presentation.pictures import feedback as pictures
from crm_analysis.presentation.ui import (
    answer,
    column_name,
    controls,
    figures,
    guarded,
    how,
    in_python,
    language,
    plain,
    run,
    say,
    starred,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.feedback import (
    Source,
    listing,
    loyalty,
    remarks,
    titled_chart,
)
from crm_analysis.wording import has, write_number

_SHARES = ("csat", "rating")
_POINTS = ("nps",)
_SURE = 0.05  # p of a difference, adjusted


def draw(source: Source) -> None:
    """The score in a sentence, its groups, its months, its answers, and the response rate."""
    usual = run(survey_scores, source.comments, SurveyOptions(), source.customers)
    options = _scales(usual.value)
    asked = run(survey_scores, source.comments, options, source.customers)
    result = asked.value
    for question in result.questions:
        st.warning(say(question.key, **question.details), icon="⚠️")
    overall = result.scores[result.scores["by"] == ""]
    if overall.empty:
        return
    measures = overall["measure"].tolist()
    measure = switch(
        "feedback.scores.measure",
        measures,
        "feedback.survey.measure.{}",
        key=widget_key("feedback", "scores", "measure", ",".join(measures)),
        quiet=True,
    )
    with starred(asked):
        _answer(overall.set_index("measure").loc[measure], measure)
    _figures(overall)
    remarks(result.notes)
    _groups(result, measure)
    _answers(result, measure)
    _responses(result)
    guarded(loyalty.draw, source)()
    with st.expander(say("feedback.scores.each")):
        listing(_named(result.scores), "scores", shares=(), height=320)
        listing(_named(result.differences), "differences", shares=(), height=280)
    _how(source, options)


def _scales(usual: SurveyScores) -> SurveyOptions:
    """The scales, asked of the scores that do not fit the usual one."""
    unsaid = [question.details["measure"] for question in usual.questions]
    if not unsaid:
        return SurveyOptions()
    places = st.columns(len(unsaid) + 1, gap="medium")
    return controls(
        "feedback",
        SurveyOptions,
        only=[f"{name}_scale" for name in unsaid],
        places={
            f"{name}_scale": place
            for name, place in zip(unsaid, places, strict=False)
        },
    )


def _answer(score: pd.Series, measure: str) -> None:
    details: dict[str, Any] = {
        "value": float(score["value"]),
        "low": float(score["lo"]),
        "high": float(score["hi"]),
        "answers": int(score["n"]),
    }
    kinds = dict.fromkeys(_SHARES, "share") | dict.fromkeys(_POINTS, "points")
    kind = kinds.get(measure, "mean")
    answer(
        f"feedback.scores.answer.{kind}",
        measure=plain(f"feedback.survey.measure.{measure}"),
        **details,
    )
    if pd.notna(score["weighted"]):
        st.markdown(
            say(
                f"feedback.scores.weighted.{kind}",
                value=float(score["weighted"]),
                low=float(score["weighted_lo"]),
                high=float(score["weighted_hi"]),
            )
        )


def _figures(overall: pd.DataFrame) -> None:
    styles = {"nps": "number1", "csat": "percent1", "rating": "percent1"}
    figures(
        [
            {
                "label": f"feedback.survey.measure.{row.measure}",
                "value": float(row.value),
                "style": styles.get(row.measure, "number2"),
                "help": "feedback.scores.interval",
                "help_details": {
                    "low": _written(row.lo, row.measure),
                    "high": _written(row.hi, row.measure),
                    "answers": int(row.n),
                },
            }
            for row in overall.itertuples()
        ]
    )


def _written(value: float, measure: str) -> str:
    style = "number1" if measure in _POINTS else "number2"
    return write_number(
        value, "percent1" if measure in _SHARES else style, language()
    )


def _groups(result: SurveyScores, measure: str) -> None:
    own = result.scores[
        (result.scores["measure"] == measure) & (result.scores["by"] != "")
    ]
    columns = list(dict.fromkeys(own["by"]))
    if not columns:
        return
    by = switch(
        "feedback.scores.by",
        columns,
        "feedback.by.{}",
        key=widget_key("feedback", "scores", "by", ",".join(columns)),
    )
    table = own[own["by"] == by].reset_index(drop=True)
    if by == "month":
        _months(table, measure)
        return
    ranked = table[table["rank"].notna()]
    few = len(table) - len(ranked)
    if ranked.empty:
        st.info(say("feedback.scores.no_rank", fewest=result.options.fewest))
        return
    best = ranked.loc[ranked["rank"].astype(float).idxmin()]
    against = result.differences
    apart = against[
        (against["measure"] == measure)
        & (against["by"] == by)
        & (against["p_adjusted"] < _SURE)
    ]
    titled_chart(
        f"feedback.scores.{'groups' if len(apart) else 'groups_even'}",
        pictures.groups(ranked, measure, language()),
        "groups",
        110 + 40 * len(ranked),
        best=str(best["group"]),
        value=_written(float(best["value"]), measure),
        low=_written(float(best["lo"]), measure),
        high=_written(float(best["hi"]), measure),
        by=_by(by),
    )
    if few:
        st.caption(
            say("feedback.scores.few", count=few, fewest=result.options.fewest)
        )


def _months(table: pd.DataFrame, measure: str) -> None:
    last = table.iloc[-1]
    titled_chart(
        "feedback.scores.months",
        pictures.over_time(table, measure, language()),
        "score_months",
        340,
        month=f"{last['group']}-01",
        value=_written(float(last["value"]), measure),
        low=_written(float(last["lo"]), measure),
        high=_written(float(last["hi"]), measure),
    )


def _answers(result: SurveyScores, measure: str) -> None:
    measure_name = measure.removesuffix("_mean")
    table = result.answers[result.answers["measure"] == measure_name]
    commonest = table.loc[table["count"].idxmax()]
    titled_chart(
        "feedback.scores.answers",
        pictures.answers(table, language()),
        "answers",
        300,
        answer=f"{commonest['answer']:g}",
        count=int(commonest["count"]),
        answers=int(table["count"].sum()),
    )


def _responses(result: SurveyScores) -> None:
    table = result.responses
    overall = table[table["by"] == ""]
    if overall.empty:
        st.caption(say("feedback.scores.no_customers"))
        return
    groups = table[table["by"] != ""]
    details = {
        "rate": float(overall["rate"].iloc[0]),
        "customers": int(overall["customers"].iloc[0]),
    }
    if groups.empty:
        st.markdown(f"##### {say('feedback.scores.responses', **details)}")
        return
    least = groups.loc[groups["rate"].idxmin()]
    shown = groups.assign(name=_group_names(groups))
    titled_chart(
        "feedback.scores.responses_least",
        pictures.rates(shown, language()),
        "responses",
        110 + 38 * len(groups),
        group=shown.loc[least.name, "name"],
        lowest=float(least["rate"]),
        **details,
    )
    listing(
        _named(table), "responses_table", shares=("rate", "lo", "hi", "difference")
    )


def _group_names(table: pd.DataFrame) -> list[str]:
    return [
        plain("feedback.scores.group", by=_by(by), group=str(group))
        for by, group in zip(table["by"], _groups_said(table), strict=True)
    ]


def _by(name: str) -> str:
    key = f"feedback.by.{name}"
    return plain(key) if has(key) else column_name(name)


def _groups_said(table: pd.DataFrame) -> list[str]:
    """Thirds of value in words, other groups by their names."""
    return [
        plain(f"feedback.third.{group}") if by == "value" else str(group)
        for by, group in zip(table["by"], table["group"], strict=True)
    ]


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its columns and measures as the reader calls them."""
    said = {}
    if "measure" in table.columns:
        said["measure"] = [
            plain(f"feedback.survey.measure.{name}") for name in table["measure"]
        ]
    if "by" in table.columns:
        said["by"] = [_by(name) if name else "" for name in table["by"]]
        said["group"] = _groups_said(table)
    return table.assign(**said).dropna(axis=1, how="all")


def _how(source: Source, options: SurveyOptions) -> None:
    lines, name = in_python("feedback")
    before, named = list(lines), {}
    if source.customers is not None:
        people, named["customers"] = in_python("customers", "customers_")
        before += people
    how(
        "feedback.how.scores",
        code("survey_scores", options, [name], before=before, named=named),
    )
