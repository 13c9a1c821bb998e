"""Findings on what customers say and answer."""

from __future__ import annotations

from typing import Any

from crm_analysis.analyses.feedback import (
    CustomerSatisfaction,
    Feedback,
    FeedbackAndValue,
    SurveyScores,
)
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures.feedback import (
    aspect_name,
    measure_name,
    topic_name,
    with_what,
)
from crm_analysis.presentation.report.finding import Finding
from crm_analysis.presentation.report.saying import Saying
from crm_analysis.wording import say

_KINDS = {"nps": ("points", "number1"), "csat": ("share", "percent")}
_KINDS["rating"] = _KINDS["csat"]


def feedback(result: Feedback, saying: Saying) -> Finding:
    """How many comments are negative, and what they are about; no comment is quoted."""
    summary = result.summary()
    details: dict[str, Any] = {
        "read": summary["read"],
        "comments": summary["comments"],
    }
    said = summary["negative"] is not None
    key = "no_share"
    if said:
        key = "answer"
        details |= {
            "share": summary["negative"],
            "low": summary["lo"],
            "high": summary["hi"],
        }
    language = saying.language
    by, frame = "aspect", result.aspects
    if len(frame):
        names = [aspect_name(name, language) for name in frame["aspect"]]
    else:
        by, frame = "topic", result.topics
        names = [topic_name(name, language) for name in frame["topic"]]
    frame = frame.assign(**{by: names})
    share = "share_negative" if by == "aspect" else "negative"
    drawn = share if said and frame[share].notna().any() else "comments"
    style = "number" if drawn == "comments" else "percent"
    return saying.finding(
        saying.sentence(f"feedback.said.{key}", **details),
        "feedback",
        number=saying.number(summary["negative"], "percent"),
        label=saying.label("negative") if said else "",
        interval=saying.interval(summary["lo"], summary["hi"], "percent")
        if said
        else "",
        count=saying.count(summary["read"], "comments"),
        chart=saying.chart(frame, by, [drawn], style=style, counts="comments"),
        table=saying.table(
            frame,
            [by, "comments", drawn] if said else [by, "comments"],
            {drawn: style},
            counts="comments",
        ),
        caveats=(
            saying.message(result.sentence),
            *saying.caveats(result.notes),
        ),
    )


def survey_scores(result: SurveyScores, saying: Saying) -> Finding:
    """How good the first score is, and where it differs."""
    overall = result.scores[result.scores["by"] == ""]
    caveats = saying.caveats([*result.questions, *result.notes])
    if overall.empty:
        return saying.finding(
            saying.sentence("report.no_scores"), "survey_scores", caveats=caveats
        )
    score = overall.iloc[0]
    measure = str(score["measure"])
    kind, style = _KINDS.get(measure, ("mean", "number2"))
    name = say(f"feedback.survey.measure.{measure}", saying.language)
    parts = result.scores[
        (result.scores["measure"] == measure) & (result.scores["by"] != "")
    ]
    by = next((by for by in parts["by"] if by != "month"), "")
    groups = parts[parts["by"] == by].sort_values(
        "value", ascending=False, kind="stable"
    )
    frame = (
        groups
        if len(groups)
        else overall.assign(
            group=[
                measure_name(code, saying.language) for code in overall["measure"]
            ]
        )
    )
    return saying.finding(
        saying.sentence(
            f"feedback.scores.answer.{kind}",
            measure=name,
            value=float(score["value"]),
            low=float(score["lo"]),
            high=float(score["hi"]),
            answers=int(score["n"]),
        ),
        "survey_scores",
        number=saying.number(float(score["value"]), style),
        label=name,
        interval=saying.interval(score["lo"], score["hi"], style),
        count=saying.count(float(score["n"]), "answers"),
        # Its axis is called as the score is.
        chart=saying.ranges(
            frame.rename(columns={"value": name}), "group", name, style, counts="n"
        )
        if len(groups)
        else None,
        table=saying.table(
            frame,
            ["group", "n", "value", "lo", "hi"],
            dict.fromkeys(("value", "lo", "hi"), style) if len(groups) else {},
            counts="n",
        ),
        caveats=caveats,
        people=int(score["n"]),
    )


def feedback_and_value(result: FeedbackAndValue, saying: Saying) -> Finding:
    """Whether what customers say goes with who leaves."""
    summary = result.summary()
    effects = with_what(result.effects, saying.language)
    return saying.finding(
        saying.message(result.verdict),
        "feedback_and_value",
        number=saying.number(summary["value_at_risk"], "money"),
        label=saying.label("value_at_risk")
        if summary["value_at_risk"] is not None
        else "",
        count=saying.count(result.commented),
        chart=saying.ranges(
            effects[effects["ratio"].notna()],
            "what",
            "ratio",
            "number1",
            counts="customers",
            bounds=("ratio_lo", "ratio_hi"),
        ),
        table=saying.table(
            effects,
            ["what", "customers", "churned", "churned_others", "ratio"],
            {
                "churned": "percent",
                "churned_others": "percent",
                "ratio": "number1",
            },
            counts="customers",
        ),
        caveats=saying.caveats(result.notes),
        people=result.commented,
    )


def satisfaction(result: CustomerSatisfaction, saying: Saying) -> Finding:
    """How content and how loyal customers are; of segments, where these are known."""
    summary = result.summary()
    key = "title" if summary["loyalty"] is not None else "only"
    frame = result.segments[result.segments["segment"] != ""]
    return saying.finding(
        saying.sentence(
            f"feedback.scores.loyal.{key}",
            satisfaction=summary["satisfaction"],
            loyalty=summary["loyalty"],
        ),
        "satisfaction",
        number=saying.number(summary["satisfaction"], "number1"),
        label=saying.label("satisfaction"),
        count=saying.count(summary["answered"]),
        chart=saying.chart(
            frame,
            "segment",
            ["satisfaction", "loyalty"],
            style="number1",
            counts="answered",
            whole=True,
        ),
        table=saying.table(
            frame,
            ["segment", "customers", "answered", "satisfaction", "loyalty"],
            {"satisfaction": "number1", "loyalty": "number1"},
            counts=("customers", "answered"),
            whole=True,
        ),
        caveats=saying.caveats([*result.questions, *result.notes]),
        people=int(summary["answered"] or 0),
    )


def aspects(result: Feedback, saying: Saying) -> Finding:
    """Which aspects are spoken of, and how often each is blamed."""
    table = result.aspects[result.aspects["clauses"] > 0]
    if table.empty:
        return saying.finding(saying.sentence("feedback.aspects.none"), "aspects")
    message = sentences.aspects(table, saying.language)
    details = message.details
    frame = table.assign(
        aspect=[aspect_name(name, saying.language) for name in table["aspect"]]
    )
    parts: dict[str, Any] = {
        "number": saying.number(details["comments"]),
        "label": saying.label("comments"),
        "chart": saying.chart(frame, "aspect", ["comments"], counts="comments"),
    }
    figures = ["share_negative", "lo", "hi"]
    if "share" in details:
        parts = {
            "number": saying.number(details["share"], "percent"),
            "label": saying.label("blamed"),
            "interval": saying.interval(details["low"], details["high"], "percent"),
            "chart": saying.ranges(
                frame, "aspect", "share_negative", "percent", counts="comments"
            ),
        }
    return saying.finding(
        saying.message(message),
        "aspects",
        count=saying.count(result.summary()["read"], "comments"),
        table=saying.table(
            frame,
            ["aspect", "comments", *figures],
            dict.fromkeys(figures, "percent"),
            counts="comments",
        ),
        people=details["comments"],
        **parts,
    )


def changed(result: Feedback, saying: Saying) -> Finding:
    """In which month more or fewer comments were negative than usual."""
    months, month = result.months, sentences.changed_month(result.months)
    frame = months.assign(
        month=[
            say("report.month", saying.language, month=day.date())
            for day in months["month"]
        ],
        usual=months["centre"],
        share_negative=months["share"],
    )
    parts: dict[str, Any] = {
        "number": saying.number(months["centre"].iloc[0], "percent"),
        "label": saying.label("usually_negative"),
    }
    if month is not None:
        parts = {
            "number": saying.number(month["share"], "percent"),
            "label": saying.label("negative"),
            "interval": saying.interval(month["lo"], month["hi"], "percent"),
            "people": int(month["comments"]),
        }
    return saying.finding(
        saying.message(sentences.changed(months)),
        "changed",
        count=saying.count(result.summary()["read"], "comments"),
        chart=saying.chart(
            frame,
            "month",
            ["share_negative", "usual"],
            shape="lines",
            style="percent",
            counts="comments",
        ),
        table=saying.table(
            frame,
            ["month", "comments", "share_negative", "lo", "hi"],
            dict.fromkeys(("share_negative", "lo", "hi"), "percent"),
            counts="comments",
        ),
        **parts,
    )
