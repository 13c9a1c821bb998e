"""What customers say → figures: topics, months, words, aspects, scores, and whom they lose us."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import as_title
from crm_analysis.wording import Language, has, say

_BAD, _GOOD = "#B8450F", "#1D6FB8"  # the ends of the theme's diverging scale
_QUIET = "rgba(128,140,158,0.25)"
_GREY = "#8A96A5"
_WORDS = 12  # of a side


def caption(name: str, language: Language) -> str:
    """What an axis or a line is called."""
    return as_title(f"feedback.column.{name}", language)


def topic_name(topic: str, language: Language) -> str:
    """A topic as the reader calls it: its three words, or what stands for all the others."""
    return say("feedback.topic.other", language) if topic == "other" else topic


def aspect_name(aspect: str, language: Language) -> str:
    """An aspect in the reader's language, or as a person called it."""
    key = f"feedback.aspect.{aspect}"
    return say(key, language) if has(key) else aspect


def side_name(side: str, language: Language) -> str:
    """What one side of a contrast is called."""
    return say(f"feedback.side.{side}", language)


def by_sentiment(
    table: pd.DataFrame, names: list[str], language: Language
) -> go.Figure:
    """Comments of each topic, the negative ones apart where that can be said: negative, others."""
    if table["negative"].isna().all():
        return charts.bars(
            table.assign(name=names),
            category="name",
            values=["comments"],
            names=[caption("comments", language)],
            x_title=caption("comments", language),
            text=",",
            horizontal=True,
        )
    bad = (table["negative"].fillna(0) * table["comments"]).round()
    parts = table.assign(name=names, bad=bad, others=table["comments"] - bad)
    figure = charts.bars(
        parts,
        category="name",
        values=["bad", "others"],
        names=[
            say(f"feedback.side.{side}", language)
            for side in ("negative", "others")
        ],
        x_title=caption("comments", language),
        text=None,
        horizontal=True,
    )
    figure.data[0].marker.color, figure.data[1].marker.color = _BAD, _QUIET
    for trace in figure.data:
        trace.hovertemplate = f"%{{y}}: %{{x:,.0f}}<extra>{trace.name}</extra>"
    return figure.update_layout(barmode="stack")


def months(table: pd.DataFrame, mix: str, language: Language) -> go.Figure:
    """The share that is negative by month with its band, the usual limits, and the changed months.

    With `mix` a second line: had who answered stayed the same.
    """
    values, names = ["share"], [caption("negative", language)]
    if mix and table["share_reweighted"].notna().any():
        values.append("share_reweighted")
        names.append(say("feedback.changed.reweighted", language, column=mix))
    figure = charts.lines(
        table,
        x="month",
        values=values,
        names=names,
        x_title="",
        y_title=caption("negative", language),
        tick=".0%",
    )
    known = table[table["lo"].notna()]
    figure.add_scatter(
        x=[*known["month"], *known["month"][::-1]],
        y=[*known["hi"], *known["lo"][::-1]],
        fill="toself",
        fillcolor=_QUIET,
        line={"width": 0},
        hoverinfo="skip",
        name=caption("band", language),
    )
    for name in ("low_limit", "high_limit"):
        figure.add_scatter(
            x=table["month"],
            y=table[name],
            mode="lines",
            line={"dash": "dot", "width": 2, "color": _GREY, "shape": "hvh"},
            hovertemplate="%{y:.0%}<extra></extra>",
            name=caption("limits", language),
            showlegend=name == "low_limit",
        )
    changed = table[table["changed"].astype(bool)]
    figure.add_scatter(
        x=changed["month"],
        y=changed["share"],
        mode="markers",
        marker={
            "size": 16,
            "symbol": "circle-open",
            "line": {"width": 3},
            "color": _BAD,
        },
        hoverinfo="skip",
        name=caption("changed", language),
        showlegend=len(changed) > 0,
    )
    return figure.update_layout(showlegend=True).update_yaxes(rangemode="tozero")


def volume(table: pd.DataFrame, language: Language) -> go.Figure:
    """How many comments were read by month."""
    figure = charts.bars(
        table,
        category="month",
        values=["comments"],
        names=[caption("comments", language)],
        y_title=caption("comments", language),
        text=None,
    )
    figure.data[0].x = table["month"]
    return figure


def words(
    table: pd.DataFrame, sides: tuple[str, str], language: Language
) -> go.Figure:
    """The words that two sides use more often: the first to the right, the second to the left.

    The axis says which side is which.
    """
    parts = []
    for side, sign in zip(sides, (1, -1), strict=True):
        own = table[table["side"] == side].head(_WORDS)
        parts.append(own.assign(signed=sign * own["z"]))
    first, second = parts
    figure = charts.bars(
        first,
        category="word",
        values=["signed"],
        names=[say(f"feedback.side.{sides[0]}", language)],
        x_title=say(
            "feedback.side.more",
            language,
            first=sides[0],
            second=sides[1],
        ),
        text=None,
        horizontal=True,
    )
    figure.add_bar(
        x=second["signed"],
        y=second["word"].map(charts.safe),
        orientation="h",
        name=say(f"feedback.side.{sides[1]}", language),
    )
    for trace, own in zip(figure.data, parts, strict=True):
        trace.customdata = own[["count", "count_other"]].to_numpy()
        counts = "%{customdata[0]:,} – %{customdata[1]:,}"
        trace.hovertemplate = f"%{{y}}: {counts}<extra>{trace.name}</extra>"
    figure.data[0].marker.color, figure.data[1].marker.color = _BAD, _GOOD
    figure.update_yaxes(type="category")
    # How sure it is that a side says a word more often is in the table, in standard errors.
    figure.update_xaxes(autorange=True, range=None, showticklabels=False)
    return figure.update_layout(barmode="overlay", showlegend=False)


def aspects(table: pd.DataFrame, language: Language) -> go.Figure:
    """Clauses that blame an aspect to the left, and that praise it to the right.

    Where nothing says which they are: how many speak of it.
    """
    names = [charts.safe(aspect_name(name, language)) for name in table["aspect"]]
    is_said = bool(table["share_negative"].notna().any())
    sides = {"negative": -1, "positive": 1} if is_said else {"clauses": 1}
    figure = charts.bars(
        table.head(0).assign(name=""),
        category="name",
        values=["clauses"],
        names=[""],
        x_title=caption("clauses", language),
        text=None,
        horizontal=True,
    )
    figure.data = ()
    for side, sign in sides.items():
        key = f"feedback.side.{side}"
        figure.add_bar(
            x=sign * table[side],
            y=names,
            orientation="h",
            name=say(key, language) if is_said else caption(side, language),
            text=table[side],
            textposition="auto",
            marker_color={"negative": _BAD, "positive": _GOOD}.get(side),
            customdata=[[f"{aspect}|{side}"] for aspect in table["aspect"]],
            hovertemplate="%{y}: %{text:,}<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(showticklabels=not is_said)
    return figure.update_layout(barmode="relative", showlegend=is_said)


def groups(table: pd.DataFrame, measure: str, language: Language) -> go.Figure:
    """The score of each group with its interval, the best on top."""
    shown = table.sort_values("value", ascending=False)
    names = [f"{row.group} ({row.n:,})" for row in shown.itertuples()]
    shown = shown.assign(name=names)
    return charts.ranges(
        shown,
        category="name",
        value="value",
        low="lo",
        high="hi",
        x_title=measure_name(measure, language),
        tick=_tick(measure),
    ).update_xaxes(rangemode="normal")


def over_time(table: pd.DataFrame, measure: str, language: Language) -> go.Figure:
    """A score by month with its interval, and how it stands if all had answered alike."""
    values, names = ["value"], [measure_name(measure, language)]
    if table["weighted"].notna().any():
        values.append("weighted")
        names.append(caption("weighted", language))
    figure = charts.lines(
        table,
        x="group",
        values=values,
        names=names,
        x_title="",
        y_title=measure_name(measure, language),
        tick=_tick(measure),
    )
    figure.data[0].error_y = {
        "type": "data",
        "symmetric": False,
        "array": table["hi"] - table["value"],
        "arrayminus": table["value"] - table["lo"],
    }
    return figure


def answers(table: pd.DataFrame, language: Language) -> go.Figure:
    """How often each answer was given, by the side it counts for."""
    figure = charts.bars(
        table.head(0),
        category="answer",
        values=["count"],
        names=[""],
        x_title=caption("answer", language),
        y_title=caption("answers", language),
        text=None,
    )
    figure.data = ()
    colours = {"below": _BAD, "middle": _GREY, "above": _GOOD}
    for side, colour in colours.items():
        own = table[table["side"] == side]
        figure.add_bar(
            x=[f"{answer:g}" for answer in own["answer"]],
            y=own["count"],
            name=say(f"feedback.scores.side.{side}", language),
            marker_color=colour,
            hovertemplate="%{x}: %{y:,}<extra>%{fullData.name}</extra>",
        )
    order = [f"{answer:g}" for answer in sorted(table["answer"].unique())]
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=order)
    return figure.update_layout(showlegend=True)


def rates(table: pd.DataFrame, language: Language) -> go.Figure:
    """The share of customers who answered, a row a segment and a third of value."""
    return charts.ranges(
        table,
        category="name",
        value="rate",
        low="lo",
        high="hi",
        x_title=caption("rate", language),
        tick=".0%",
    )


def measure_name(measure: str, language: Language) -> str:
    """What a score is called."""
    return as_title(f"feedback.survey.measure.{measure}", language)


def _tick(measure: str) -> str:
    forms: dict[str, Any] = {"nps": ".0f", "csat": ".0%", "rating": ".0%"}
    return str(forms.get(measure, ".2f"))


MOST = 12  # rows of a picture of priorities


def what_name(kind: str, what: str, language: Language) -> str:
    """What customers spoke of, as the reader calls it: a topic, an aspect, a complaint, a side."""
    called = topic_name(what, language)
    if kind in ("aspect", "complaint"):
        called = aspect_name(what, language)
    if kind == "sentiment":
        called = side_name(what, language)
    return say(f"feedback.what.{kind}", language, what=called)


def with_what(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The table with kinds and what was spoken of in words."""
    return table.assign(
        what=[
            what_name(kind, what, language)
            for kind, what in zip(table["kind"], table["what"], strict=True)
        ],
        kind=[say(f"feedback.kind.{kind}", language) for kind in table["kind"]],
    )


def several(aspects: str, language: Language) -> str:
    """The aspects in a cell, as the reader calls them."""
    marks = " · " if " · " in aspects else "; "
    named = (aspect_name(aspect, language) for aspect in aspects.split(marks))
    return marks.join(named)


def _what_names(table: pd.DataFrame, language: Language) -> list[str]:
    """What each row is about, as the reader calls it."""
    return [
        what_name(kind, what, language)
        for kind, what in zip(table["kind"], table["what"], strict=True)
    ]


def priority(table: pd.DataFrame, by: str, language: Language) -> go.Figure:
    """What to mend first: the largest bar on top."""
    shown = table.head(MOST)
    names = _what_names(shown, language)
    figure = charts.bars(
        shown.assign(name=names),
        category="name",
        values=[by],
        names=[caption(by, language)],
        x_title=caption(by, language),
        text=",.0f",
        horizontal=True,
    )
    return figure.update_xaxes(range=[0, 1.35 * float(shown[by].max())])


def ratios(table: pd.DataFrame, language: Language) -> go.Figure:
    """How many times as often as others they left, with interval, about a line at as often."""
    names = _what_names(table, language)
    figure = charts.ranges(
        table.assign(name=names),
        category="name",
        value="ratio",
        low="ratio_lo",
        high="ratio_hi",
        x_title=caption("ratio", language),
        tick=".2~f",
    )
    return figure.add_vline(x=1, line_dash="dot", line_width=2, line_color=_GREY)
