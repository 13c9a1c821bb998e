"""Segments → figures and words in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.explain import Condition
from crm_analysis.analyses.segments import Segments
from crm_analysis.analyses.segments.naming import spoken
from crm_analysis.presentation import charts
from crm_analysis.wording import Language, has, say, write_number

__all__ = [
    "axis_title",
    "contingency",
    "curve",
    "feature_name",
    "flow",
    "k_distances",
    "map_figure",
    "name_of",
    "names_of",
    "profile_heat",
    "profile_lines",
    "quality_lines",
    "rule_text",
    "shares",
    "titled",
]

_MOST_FEATURES = 10
_LETTERS = 36  # of a line above a bar
_BAR, _LINE, _SPACE = (
    26,
    19,
    30,
)  # pixels: a bar, a line of text above it, the room between two segments


def feature_name(
    feature: str,
    customers: pd.DataFrame,
    language: Language,
    level: str = "",
    *,
    days: bool = False,
) -> str:
    """What a column of the customers is called: a phrase where there is one, else its own name; with the level of a category. `days`: it is a date,
    shown as its age.
    """
    feature = spoken(feature, customers)
    key = next(
        (key for key in (f"segments.feature.{feature}", f"roles.{feature}") if has(key)), None
    )
    name = say(key, language) if key else feature
    if days:
        return say("segments.days_since", language, feature=name)
    return (
        f"{name} = {say(f'segments.level.{level}', language) if has(f'segments.level.{level}') else level}"
        if level
        else name
    )


def _feature(found: Segments, feature: str, language: Language, level: str = "") -> str:
    """What a feature of the segments is called."""
    days = any(one.name == feature and one.kind == "date" for one in found.encoding.features)
    return feature_name(feature, found.table, language, level, days=days)


def name_of(found: Segments, label: int, language: Language) -> str:
    """What a segment is called."""
    key, details = found.names[label]
    return say(key, language, **details)


def names_of(found: Segments, language: Language) -> dict[int, str]:
    """The names of all segments, in the order of the profile."""
    return {int(label): name_of(found, int(label), language) for label in found.profile["segment"]}


def titled(
    found: Segments, table: pd.DataFrame, language: Language, *, own: Sequence[str]
) -> pd.DataFrame:
    """A table of the result under titles for its reader, each once: the names of the segments, the columns that are the result's
    `own`, and the customers' columns under their own names, whatever they are.
    """
    called = table.drop(columns="name").assign(
        segment=table["segment"].map(names_of(found, language))
    )
    first = [name for name in ("customer", "segment") if name in called.columns]
    called = called[[*first, *[name for name in called.columns if name not in first]]]
    titles: list[str] = []
    for name in map(str, called.columns):
        title = (
            say(f"segments.column.{name}", language)
            if name in ("segment", *own)
            else feature_name(_theirs(name, found), found.table, language)
        )
        number, plain = 1, title
        while title in titles:
            number += 1
            title = f"{plain} ({number})"
        titles.append(title)
    return called.set_axis(titles, axis=1)


def _theirs(name: str, found: Segments) -> str:
    """The customers' own name of a column that stands aside for one of the result."""
    plain = name.removesuffix("_given")
    return (
        plain
        if plain != name and plain in found.table.columns and name not in found.table.columns
        else name
    )


def axis_title(found: Segments, axis: str, language: Language, most: int = 2) -> str:
    """What an axis of the map means: the features that weigh most on it, each with its direction."""
    own = found.axes[found.axes["axis"] == axis]
    if own.empty:
        return ""
    parts = [
        f"{'+' if row.loading > 0 else '−'} {_feature(found, row.feature, language, row.level)}"
        for row in own.head(most).itertuples()
    ]
    return f"{'  '.join(parts)}  ({write_number(own['share'].iloc[0], 'percent', language)})"


def _groups(found: Segments, language: Language) -> list[tuple[str, pd.DataFrame]]:
    return [
        (name, found.map[found.map["segment"] == label])
        for label, name in names_of(found, language).items()
    ]


def map_figure(found: Segments, language: Language, *, deep: bool = False) -> go.Figure:
    """The map of customers, flat or in three dimensions."""
    groups = _groups(found, language)
    if deep:
        return charts.scatter3d(
            groups,
            axes=("x", "y", "z"),
            titles=[axis_title(found, axis, language, 1) for axis in "xyz"],
            hover="customer",
        )
    return charts.scatter(
        groups,
        x="x",
        y="y",
        x_title=axis_title(found, "x", language),
        y_title=axis_title(found, "y", language),
        hover="customer",
        custom="customer",
    )


def shares(found: Segments, language: Language) -> go.Figure:
    """Each segment's share of the customers beside its share of the revenue; the names stand above the bars, so that the bars have the width."""
    names = names_of(found, language)
    frame = found.profile.assign(label=[str(label) for label in found.profile["segment"]])
    values = [name for name in ("share_customers", "share_revenue") if name in frame.columns]
    figure = charts.bars(
        frame,
        category="label",
        values=values,
        names=[say(f"segments.column.{name}", language) for name in values],
        horizontal=True,
    )
    bars = _BAR * len(values)
    titles = [
        "<br>".join(map(charts.safe, _lines(names[int(label)]))) for label in frame["segment"]
    ]
    most = max(title.count("<br>") + 1 for title in titles)
    slot = bars + most * _LINE + _SPACE
    for row, (title, numbers) in enumerate(zip(titles, frame[values].to_numpy(), strict=True)):
        figure.add_annotation(
            x=0,
            y=row,
            text=title,
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            yshift=bars / 2 + 2,
            align="left",
            font_size=14,
            hovertext=", ".join(write_number(number, "percent", language) for number in numbers),
        )
    figure.update_traces(hovertemplate="%{x:.0%}<extra>%{fullData.name}</extra>")
    figure.update_yaxes(
        showticklabels=False,
        type="category",
        range=[len(frame) - 0.5, -0.5 - (most * _LINE) / slot],
        autorange=False,
    )
    figure.update_xaxes(tickangle=0, nticks=5)
    top, bottom = 40 if len(values) > 1 else 8, 32
    return figure.update_layout(
        bargap=1 - bars / slot,
        margin={"l": 8, "r": 56, "t": top, "b": bottom},
        height=top + bottom + slot * len(frame) + most * _LINE,
    )


def _lines(name: str) -> list[str]:
    """A name in lines that fit beside the map; Chinese letters take the room of two."""
    lines, wide = [""], 0
    for part in re.split(r"(?<=[ 、，：])", name):
        room = sum(2 if ord(letter) > 0x2E80 else 1 for letter in part)
        if lines[-1] and wide + room > _LETTERS:
            lines.append("")
            wide = 0
        lines[-1] += part
        wide += room
    return lines


def profile_table(found: Segments, language: Language) -> pd.DataFrame:
    """How far each segment lies from everybody, feature by feature, in standard deviations."""
    traits = found.traits[found.traits["used"]]
    strongest = (
        traits.groupby(["feature", "level"])["difference"]
        .apply(lambda values: values.abs().max())
        .sort_values(ascending=False)
        .index[:_MOST_FEATURES]
    )
    kept = traits.set_index(["feature", "level"]).loc[strongest].reset_index()
    kept["column"] = [
        _feature(found, feature, language, level)
        for feature, level in zip(kept["feature"], kept["level"], strict=True)
    ]
    table = kept.pivot_table(index="segment", columns="column", values="difference", sort=False)
    names = names_of(found, language)
    table = table.loc[[label for label in names if label in table.index]]
    return table.set_axis([names[int(label)] for label in table.index], axis=0)


def profile_heat(found: Segments, language: Language) -> go.Figure:
    """The profile as a heat map: blue is more than everybody, orange is less."""
    return charts.heat(profile_table(found, language), centre=0.0, tick="+.1f")


def profile_lines(found: Segments, language: Language) -> go.Figure:
    """The profile as a line a segment."""
    return charts.profile_lines(
        profile_table(found, language), y_title=say("segments.deviation", language), tick="+.1f"
    )


def quality_lines(found: Segments, measure: str, language: Language) -> go.Figure:
    """A measure of quality over the numbers of segments, the one used marked."""
    name = say(f"segments.column.{measure}", language)
    used = int(found.quality.loc[found.quality["chosen"], "clusters"].iloc[0])
    figure = charts.lines(
        found.quality,
        x="clusters",
        values=[measure],
        names=[name],
        x_title=say("segments.column.clusters", language),
        y_title=name,
        mark=used,
        mark_text=say("segments.used_here", language),
    )
    figure.update_xaxes(dtick=1)
    return figure


def k_distances(found: Segments, language: Language) -> go.Figure:
    """DBSCAN's k-distance curve with the radius used."""
    return charts.lines(
        found.distances,
        x="share",
        values=["distance"],
        names=[say("segments.k_distance", language)],
        x_title=say("segments.k_distance_share", language),
        y_title=say("segments.k_distance", language),
        points=False,
    ).add_hline(
        y=found.summary()["radius"],
        line_dash="dot",
        annotation_text=say("segments.used_here", language),
    )


def flow(moves: pd.DataFrame, titles: Sequence[str], palette: Sequence[str]) -> go.Figure:
    """Who went from which segment to which; `moves` has from, to (names), customers."""
    return charts.flow(
        moves,
        before="from",
        after="to",
        value="customers",
        before_title=titles[0],
        after_title=titles[1],
        palette=palette,
    )


def curve(history: pd.DataFrame, language: Language) -> go.Figure:
    """One customer's running total and running mean."""
    return charts.lines(
        history,
        x="date",
        values=["running_total", "running_mean"],
        names=[
            say("segments.column.running_total", language),
            say("segments.column.running_mean", language),
        ],
        x_title=say("roles.date", language),
        y_title=say("roles.amount", language),
    )


def rule_text(found: Segments, conditions: Sequence[Condition], language: Language) -> str:
    """The conditions of a rule as words."""
    kinds = dict(zip(found.traits["feature"], found.traits["kind"], strict=True))
    return say("explain.and", language).join(
        _condition(one, kinds[one.feature], found, language) for one in conditions
    )


def _condition(one: Condition, kind: str, found: Segments, language: Language) -> str:
    feature = _feature(found, one.feature, language)
    if kind == "flag":  # 0 or 1
        return say(
            "explain.is",
            language,
            feature=feature,
            value=say(f"segments.level.{'_yes' if one.op == 'above' else '_no'}", language),
        )
    return say(f"explain.{one.op}", language, feature=feature, value=one.value)


def contingency(wide: pd.DataFrame, language: Language) -> go.Figure:
    """How many customers two segmentations have in common, segment by segment."""
    return charts.heat(
        wide,
        x_title=say("segments.other_run", language),
        y_title=say("segments.this_run", language),
        tick=",",
    )
