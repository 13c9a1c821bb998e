"""Segments → figures and words in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.explain import Condition
from crm_analysis.analyses.segments import Segments, segment_names
from crm_analysis.analyses.segments.traits import phrase_name
from crm_analysis.presentation import charts, points
from crm_analysis.presentation.pictures import as_title
from crm_analysis.presentation.pictures.forecast import faint
from crm_analysis.wording import (
    Language,
    amount_of,
    has,
    say,
    say_title,
    title_of,
    write_number,
)

_FEATURES = 10  # that the profile shows
_LETTERS = 36  # of a line above a bar
_BAR = 26  # pixels: a bar,
_LINE = 19  # a line of text above it,
_SPACE = 30  # the room between two segments
_PHRASES = ("segments.feature.{}", "roles.{}")  # that may name a column


def feature_name(
    feature: str,
    customers: pd.DataFrame,
    language: Language,
    level: str = "",
    *,
    days: bool = False,
) -> str:
    """What a column of the customers is called, with the level of a category.

    That is a phrase where there is one, else its own name. `days`: it is a date, shown as its age.
    """
    feature = phrase_name(feature, customers)
    keys = [template.format(feature) for template in _PHRASES]
    name = next((say(key, language) for key in keys if has(key)), feature)
    if days:
        return say("segments.days_since", language, feature=name)
    if not level:
        return name
    key = f"segments.level.{level}"
    return f"{name} = {say(key, language) if has(key) else level}"


def _feature(
    segments: Segments, feature: str, language: Language, level: str = ""
) -> str:
    dates = {
        column.name for column in segments.encoding.columns if column.kind == "date"
    }
    return feature_name(
        feature, segments.given, language, level, days=feature in dates
    )


def in_units(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a sentence about a segment, each mean in the unit of its column."""
    written = dict(details)
    for word in ("first", "second"):
        if word not in details or f"{word}_level" in details:
            continue
        for name in (f"{word}_mean", f"{word}_all"):
            if isinstance(details.get(name), float):
                written[name] = amount_of(details[word], details[name], *_PHRASES)
    return written


def titled(
    segments: Segments,
    table: pd.DataFrame,
    language: Language,
    *,
    own: Sequence[str],
) -> pd.DataFrame:
    """A table of the result under titles for its reader, each once.

    The names of the segments, the columns that are the result's `own`, and the customers' columns
    under their own names, whatever they are.
    """
    names = table["segment"].map(segment_names(segments, language))
    shown = table.drop(columns=["name", "name_key"], errors="ignore").assign(
        segment=names
    )
    first = [
        column for column in ("customer", "segment") if column in shown.columns
    ]
    shown = shown[
        [*first, *(column for column in shown.columns if column not in first)]
    ]
    titles: list[str] = []
    for column in map(str, shown.columns):
        if column in ("segment", *own):
            title = say_title(f"segments.column.{column}", language)
        else:
            feature = phrase_name(_given_name(column, segments), segments.given)
            title = title_of(feature, language, *_PHRASES)
        number, plain = 1, title
        while title in titles:
            number += 1
            title = f"{plain} ({number})"
        titles.append(title)
    return shown.set_axis(titles, axis=1)


def _given_name(column: str, segments: Segments) -> str:
    """The customers' own name of a column that stands aside for one of the result."""
    given = segments.given.columns
    plain = column.removesuffix("_given")
    stands_aside = plain != column and plain in given and column not in given
    return plain if stands_aside else column


def axis_title(
    segments: Segments, axis: str, language: Language, features: int = 2
) -> str:
    """What an axis of the map means: the heaviest features, each with its direction."""
    own = segments.axes[segments.axes["axis"] == axis]
    if own.empty:
        return ""
    sides: dict[str, list[str]] = {"high": [], "low": []}
    for row in own.head(features).itertuples():
        name = _feature(segments, row.feature, language, row.level)
        sides["high" if row.loading > 0 else "low"].append(name)
    which = "_".join(side for side, names in sides.items() if names)
    share = float(own["share"].iloc[0])
    return say(f"segments.axis.{which}", language, share=share, **sides)


def map_figure(
    segments: Segments, language: Language, *, deep: bool = False
) -> go.Figure:
    """The map of customers, flat or in three dimensions.

    What its axes count are deviations, in which nobody thinks: they say what grows along them.
    """
    places = segments.map
    groups = [
        (name, places[places["segment"] == label])
        for label, name in segment_names(segments, language).items()
    ]
    if deep:
        return points.scatter3d(
            groups,
            axes=("x", "y", "z"),
            titles=[axis_title(segments, axis, language, 1) for axis in "xyz"],
            hover="customer",
        ).update_scenes({f"{axis}axis_showticklabels": False for axis in "xyz"})
    flat = points.scatter(
        groups,
        x="x",
        y="y",
        x_title=axis_title(segments, "x", language),
        y_title=axis_title(segments, "y", language),
        hover="customer",
        custom="customer",
    )
    return flat.update_xaxes(showticklabels=False).update_yaxes(
        showticklabels=False
    )


def shares(
    segments: Segments, language: Language, palette: Sequence[str]
) -> go.Figure:
    """Each segment's share of the customers, pale, above its share of the revenue.

    Both in the colour that the segment has on the map; `palette` is the theme's. The names stand
    above the bars, so that the bars have the width, and each bar says what it is a share of.
    """
    names = segment_names(segments, language)
    frame = segments.profile.assign(
        label=[str(label) for label in segments.profile["segment"]]
    )
    values = [
        column
        for column in ("share_customers", "share_revenue")
        if column in frame.columns
    ]
    figure = charts.bars(
        frame,
        category="label",
        values=values,
        names=[say(f"segments.column.{column}", language) for column in values],
        horizontal=True,
    )
    colours = [palette[row % len(palette)] for row in range(len(frame))]
    for value, trace in zip(values, figure.data, strict=True):
        said = [
            say(f"segments.of.{value}", language, share=share)
            for share in frame[value]
        ]
        pale = len(values) > 1 and value == "share_customers"
        trace.update(
            marker_color=[faint(colour, 0.45) for colour in colours]
            if pale
            else colours,
            text=said,
            texttemplate="%{text}",
        )
    lines = [
        list(map(charts.safe, _lines(names[int(label)])))
        for label in frame["segment"]
    ]
    bars = _BAR * len(values)
    text = _LINE * max(map(len, lines))
    slot = bars + text + _SPACE
    for row, numbers in enumerate(frame[values].to_numpy()):
        percents = [write_number(number, "percent", language) for number in numbers]
        figure.add_annotation(
            x=0,
            y=row,
            text="<br>".join(lines[row]),
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            yshift=bars / 2 + 2,
            align="left",
            font_size=14,
            hovertext=", ".join(percents),
        )
    figure.update_traces(hovertemplate="%{x:.0%}<extra>%{fullData.name}</extra>")
    figure.update_yaxes(
        showticklabels=False,
        type="category",
        range=[len(frame) - 0.5, -0.5 - text / slot],
        autorange=False,
    )
    # Room for what stands beside the longest bar; the bars say their figures themselves.
    longest = float(frame[values].max().max())
    figure.update_xaxes(range=[0, 1.6 * longest], visible=False)
    edge = 8
    return figure.update_layout(
        bargap=1 - bars / slot,
        margin={"l": edge, "r": edge, "t": edge, "b": edge},
        height=2 * edge + slot * len(frame) + text,
        showlegend=False,
    )


def _lines(name: str) -> list[str]:
    """A name in lines that fit beside the map; Chinese letters take the room of two."""
    lines, width = [""], 0
    for part in re.split(r"(?<=[ 、，：])", name):
        room = sum(2 if ord(letter) > 0x2E80 else 1 for letter in part)
        if lines[-1] and width + room > _LETTERS:
            lines.append("")
            width = 0
        lines[-1] += part
        width += room
    return lines


def profile_table(segments: Segments, language: Language) -> pd.DataFrame:
    """How far each segment lies from everybody, feature by feature, in standard deviations."""
    traits = segments.traits[segments.traits["used"]]
    size = (
        traits["difference"]
        .abs()
        .groupby([traits["feature"], traits["level"]])
        .max()
    )
    strongest = size.sort_values(ascending=False).index[:_FEATURES]
    shown = traits.set_index(["feature", "level"]).loc[strongest].reset_index()
    shown["column"] = [
        _feature(segments, feature, language, level)
        for feature, level in zip(shown["feature"], shown["level"], strict=True)
    ]
    table = shown.pivot_table(
        index="segment", columns="column", values="difference", sort=False
    )
    names = segment_names(segments, language)
    table = table.loc[[label for label in names if label in table.index]]
    return table.set_axis([names[int(label)] for label in table.index], axis=0)


def profile_heat(segments: Segments, language: Language) -> go.Figure:
    """The profile as a heat map: blue is more than everybody, orange is less."""
    return charts.heat(profile_table(segments, language), centre=0.0, tick="+.1f")


def profile_lines(segments: Segments, language: Language) -> go.Figure:
    """The profile as a line a segment."""
    return charts.profile_lines(
        profile_table(segments, language),
        y_title=say("segments.deviation", language),
        tick="+.1f",
    )


def quality_lines(
    segments: Segments, measure: str, language: Language
) -> go.Figure:
    """A measure of quality over the numbers of segments, the one used marked."""
    name = say(f"segments.column.{measure}", language)
    return charts.lines(
        segments.quality,
        x="clusters",
        values=[measure],
        names=[name],
        x_title=say("segments.column.clusters", language),
        y_title=name,
        mark=int(
            segments.quality.loc[segments.quality["chosen"], "clusters"].iloc[0]
        ),
        mark_text=say("segments.used_here", language),
    ).update_xaxes(dtick=1)


def k_distances(segments: Segments, language: Language) -> go.Figure:
    """DBSCAN's k-distance curve with the radius used."""
    return charts.lines(
        segments.distances,
        x="share",
        values=["distance"],
        names=[say("segments.k_distance", language)],
        x_title=say("segments.k_distance_share", language),
        y_title=say("segments.k_distance", language),
        points=False,
    ).add_hline(
        y=segments.summary()["radius"],
        line_dash="dot",
        annotation_text=say("segments.used_here", language),
    )


def flow(
    moves: pd.DataFrame,
    days: Sequence[str],
    names: Sequence[str],
    palette: Sequence[str],
    language: Language,
) -> go.Figure:
    """Who went from which segment to which; `moves` has from, to (names), customers.

    `days` are the two that are compared, ISO; `names` the segments in the order of the map.
    """
    titles = [say("segments.on_day", language, day=day) for day in days]
    return charts.flow(
        moves,
        before="from",
        after="to",
        value="customers",
        before_title=titles[0],
        after_title=titles[1],
        palette=palette,
        order=names,
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
        x_title=as_title("roles.date", language),
        y_title=as_title("roles.amount", language),
    )


def rule_text(
    segments: Segments, conditions: Sequence[Condition], language: Language
) -> str:
    """The conditions of a rule as words."""
    kinds = dict(
        zip(segments.traits["feature"], segments.traits["kind"], strict=True)
    )
    parts = []
    for condition in conditions:
        feature = _feature(segments, condition.feature, language)
        op, value = condition.op, condition.value
        shown: Any = value
        if kinds[condition.feature] == "flag":  # 0 or 1
            level = "_yes" if op == "above" else "_no"
            op, shown = "is", say(f"segments.level.{level}", language)
        elif isinstance(value, float):
            shown = amount_of(condition.feature, value, *_PHRASES)
        parts.append(say(f"explain.{op}", language, feature=feature, value=shown))
    return say("explain.and", language).join(parts)


def contingency(wide: pd.DataFrame, language: Language) -> go.Figure:
    """How many customers two segmentations have in common, segment by segment."""
    return charts.heat(
        wide,
        x_title=say("segments.other_run", language),
        y_title=say("segments.this_run", language),
        tick=",",
    )
