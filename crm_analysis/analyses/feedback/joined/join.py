"""What customers say, joined to who leaves and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.joined.effects import Base, base_of, effects_of
from crm_analysis.analyses.feedback.joined.gain import gain_of_text
from crm_analysis.analyses.feedback.joined.options import JoinOptions
from crm_analysis.analyses.feedback.joined.people import People, latest, people_of
from crm_analysis.analyses.feedback.joined.result import FeedbackAndValue
from crm_analysis.analyses.feedback.joined.said import (
    Group,
    Said,
    groups_of,
    said_in,
)
from crm_analysis.analyses.feedback.joined.window import (
    Window,
    comments_inside,
    named_comments,
)
from crm_analysis.analyses.feedback.labels import NEGATIVE
from crm_analysis.analyses.feedback.result import Feedback
from crm_analysis.analyses.feedback.survey import SPENT, worth_column
from crm_analysis.messages import Message

_LIST = (
    *("rank", "customer", "value", "risk", "value_at_risk", "comments", "negative"),
    *("complaints", "topics", "last_comment", "text"),
)
_PRIORITY = (
    *("rank", "kind", "what", "customers", "value", "value_at_risk"),
    *("share_negative", "priority"),
)
_BETWEEN = "; "
_BORROWED = (
    2.0  # customers' worth of the risk of all, by which that of a group is steadied
)


class _Joined(NamedTuple):
    """People, what of the comments is inside their window, and what they said there."""

    people: People
    window: Window
    said: Said
    groups: Sequence[Group]


def feedback_and_value(
    feedback: Feedback,
    customers: pd.DataFrame,
    options: JoinOptions | None = None,
) -> FeedbackAndValue:
    """Who leaves and what is at stake, by what customers say of us.

    Only comments from before the end of what is observed of a customer count: later ones may be
    written because the customer left, and are an alarm.

    Parameters
    ----------
    feedback : Feedback
        What `read_feedback` gives of comments that name customers; with dates, where it is known
        until when customers were observed.
    customers : pandas.DataFrame
        customer; churned (who left), a column of value, risk, recency, frequency, monetary,
        cutoff (the day the others are as of) where known; several rows of a customer, as
        `churn_examples` gives them, where the latest with `churned` known is compared, and the
        latest of all is who may be lost.
    options : JoinOptions, optional
        Columns, the window.

    Returns
    -------
    FeedbackAndValue
        `.effects` (what, customers, difference, lo, hi, value), `.priority`, `.customers`, `.gain`;
        where sentiment was read without labels, shares that are negative are NaN.

    Raises
    ------
    AnalysisError
        "feedback.joined.no_ids" where comments name no customers, "feedback.joined.no_match"
        where they name others; "data.missing_role"; "feedback.no_column";
        "feedback.joined.not_yes_or_no".

    Examples
    --------
    >>> from crm_analysis.analyses.feedback import read_feedback
    >>> texts = ["awful taste, horrible", "great taste, excellent"] * 40
    >>> table = pd.DataFrame({"customer": range(80), "text": texts})
    >>> people = pd.DataFrame({"customer": range(80), "churned": [1, 0, 0, 0] * 20})
    >>> joined = feedback_and_value(read_feedback(table), people)
    >>> round(float(joined.effects.set_index("what")["churned"]["negative"]), 2)
    0.5
    """
    options = options or JoinOptions()
    named = named_comments(feedback.comments)
    everybody = people_of(customers, options)
    now = _joined(feedback, named, latest(everybody, labelled=False), options)
    known = latest(everybody, labelled=True)
    then = now
    if len(known.customer):
        then = _joined(feedback, named, known, options)
    base = base_of(then.people, then.said.commented, options)
    effects = effects_of(then.groups, base, options)
    calibrated = bool(np.isfinite(feedback.negative_share[0]))
    if not calibrated:
        effects["share_negative"] = np.nan
    gain = gain_of_text(then.people, then.said, then.groups, options)
    churned = then.people.churned[base.commented]
    return FeedbackAndValue(
        effects,
        _priority(now, effects, options, calibrated),
        _listed(now, then),
        gain.folds,
        gain.log_loss,
        gain.auc,
        gain.verdict,
        then.window.alarms,
        base.adjusts,
        int(base.commented.sum()),
        float(np.nanmean(churned)) if (~np.isnan(churned)).any() else np.nan,
        _notes(then, base, calibrated, options),
        options,
    )


def _joined(
    feedback: Feedback, named: np.ndarray, people: People, options: JoinOptions
) -> _Joined:
    window = comments_inside(feedback.comments, named, people, options)
    said = said_in(feedback, window, len(people.customer))
    return _Joined(people, window, said, list(groups_of(said)))


def _here(people: People) -> np.ndarray:
    """Who is still a customer, as far as is known."""
    return ~(people.churned == 1)


def _complained(joined: _Joined) -> np.ndarray:
    """Who spoke ill of something, or wrote a negative comment."""
    said = joined.said
    blamed = said.clauses[said.clauses["sentiment"] == NEGATIVE]
    bad = said.comments[said.comments["sentiment"] == NEGATIVE]
    return said.who(blamed) | said.who(bad)


def _usual_risk(then: _Joined) -> float:
    """The share of those who complained that left, steadied by that of all; NaN where not known."""
    known = ~np.isnan(then.people.churned)
    if not known.any():
        return np.nan
    overall = float(then.people.churned[known].mean())
    own = then.people.churned[known & _complained(then)]
    return float((own.sum() + _BORROWED * overall) / (len(own) + _BORROWED))


def _priority(
    now: _Joined, effects: pd.DataFrame, options: JoinOptions, calibrated: bool
) -> pd.DataFrame:
    """Topics and complaints by value at risk times the share that is negative."""
    left_often = effects.set_index(["kind", "what"])["churned"].to_dict()
    rows = []
    for group in now.groups:
        here = group.inside & _here(now.people)
        if group.kind not in ("topic", "complaint") or here.sum() < options.fewest:
            continue
        risk = now.people.risk
        if np.isnan(risk[here]).any():
            usual = left_often.get((group.kind, group.what), np.nan)
            risk = np.where(np.isnan(risk), usual, risk)
        value = now.people.value[here]
        at_risk = value * risk[here]
        total = float(np.nansum(value)) if np.isfinite(value).any() else np.nan
        lost = float(np.nansum(at_risk)) if np.isfinite(at_risk).any() else np.nan
        rows.append(
            {
                "kind": group.kind,
                "what": group.what,
                "customers": int(here.sum()),
                "value": total,
                "value_at_risk": lost,
                "share_negative": group.negative,
                "priority": lost * group.negative,
            }
        )
    table = pd.DataFrame(rows, columns=list(_PRIORITY[1:]))
    # Without value those come first who are many and complain.
    by = table["priority"].fillna(table["customers"] * table["share_negative"])
    table = table.iloc[np.argsort(-by.fillna(0.0).to_numpy(), kind="stable")]
    table = table.reset_index(drop=True)
    if not calibrated:
        table["share_negative"] = np.nan
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _listed(now: _Joined, then: _Joined) -> pd.DataFrame:
    """Those still here who complained, the most value at risk first."""
    people, said = now.people, now.said
    blamed = said.clauses[said.clauses["sentiment"] == NEGATIVE]
    bad = said.comments[said.comments["sentiment"] == NEGATIVE]
    chosen = np.flatnonzero(_complained(now) & _here(people))
    risk = np.where(np.isnan(people.risk), _usual_risk(then), people.risk)
    counts = np.bincount(
        said.comments["of"].to_numpy(np.int64), minlength=said.size
    )
    negative = np.bincount(bad["of"].to_numpy(np.int64), minlength=said.size)
    table = pd.DataFrame(
        {
            "customer": people.customer[chosen],
            "value": people.value[chosen],
            "risk": risk[chosen],
            "value_at_risk": people.value[chosen] * risk[chosen],
            "comments": counts[chosen],
            "negative": negative[chosen],
        }
    )
    topics = said.comments[~said.comments["topic"].isin(["", "other"])]
    for name, column in (
        ("complaints", _texts(blamed, "aspect")),
        ("topics", _texts(topics, "topic")),
    ):
        table[name] = column.reindex(chosen).fillna("").to_numpy(object)
    latest_bad = _latest_bad(bad).reindex(chosen)
    for name in ("last_comment", "text"):
        table[name] = latest_bad[name].to_numpy()
    table = table.sort_values(
        ["value_at_risk", "risk", "negative", "customer"],
        ascending=[False, False, False, True],
        kind="stable",
        ignore_index=True,
    )
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table[[*_LIST]]


def _texts(rows: pd.DataFrame, column: str) -> pd.Series:
    """What each customer spoke of, most often first, as one text."""
    counted = rows.groupby(["of", column]).size().rename("times").reset_index()
    counted = counted.sort_values(["of", "times"], ascending=[True, False])
    counted["of"] = counted["of"].astype(np.int64)
    return counted.groupby("of")[column].agg(_BETWEEN.join)


def _latest_bad(bad: pd.DataFrame) -> pd.DataFrame:
    """Each customer's latest negative comment and its day."""
    table = pd.DataFrame(
        {
            "of": bad["of"].to_numpy(np.int64),
            "last_comment": pd.NaT,
            "text": bad["text"].to_numpy(object),
        }
    )
    if "date" in bad.columns:
        table["last_comment"] = pd.to_datetime(bad["date"].to_numpy())
    table = table.sort_values("last_comment", kind="stable", na_position="first")
    return table.drop_duplicates("of", keep="last").set_index("of")


def _notes(
    then: _Joined, base: Base, calibrated: bool, options: JoinOptions
) -> tuple[Message, ...]:
    notes = [*then.window.notes]
    leaving = not np.isnan(then.people.churned).all()
    if leaving and base.adjusts:
        notes.append(
            Message("feedback.joined.goes_with", {"adjusts": [*base.adjusts]})
        )
    elif leaving:
        notes.append(Message("feedback.joined.goes_with_raw", {}))
    else:
        notes.append(Message("feedback.joined.no_churned", {}))
    if np.isnan(then.people.value).all():
        notes.append(Message("feedback.joined.no_value", {}))
    elif worth_column(then.people.table, options.value) in SPENT:
        notes.append(Message("feedback.joined.spent", {}))
    if base.commented.sum() < 2 * options.fewest:
        details = {"count": int(base.commented.sum())}
        notes.append(Message("feedback.joined.few", details))
    if not calibrated:
        notes.append(Message("feedback.joined.only_order", {}))
    return tuple(notes)
