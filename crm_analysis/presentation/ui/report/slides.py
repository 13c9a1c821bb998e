"""The slides: one question and its answer a screen, turned by a key."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from crm_analysis.presentation.report import Chart, Finding, composed
from crm_analysis.presentation.report.cells import texts
from crm_analysis.presentation.report.drawing import width_of
from crm_analysis.presentation.report.figures import drawn
from crm_analysis.presentation.ui import (
    chart,
    fragment,
    language,
    palette,
    plain,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.presenting import address, leave
from crm_analysis.presentation.ui.report import cover, stage
from crm_analysis.presentation.ui.report.cards import card_of
from crm_analysis.presentation.ui.report.stage import Slide, Stage
from crm_analysis.presentation.ui.report.stylesheet import (
    HEIGHT,
    SCREENS,
    STYLE,
    scale_of,
)
from crm_analysis.presentation.ui.stars import unbroken
from crm_analysis.privacy import escape_markdown
from crm_analysis.units import units_in

# Pixels on the smallest screen: letters of charts, lines and their samples, points, ranges.
_FONT, _LINE_WIDTH, _SAMPLE, _POINT, _RANGE = 24, 4, 30, 14, 3
# Bars that have room below each other in that size; fewer where a name takes two lines.
_BARS, _WRAPPED_BARS, _LINE = 8, 5, width_of("n" * 24)
_FEW_BARS, _GAP_OF_FEW = 2, 0.6  # of a row's height
_ROWS, _COLUMNS = 6, 5  # of a table
# Up to which width an answer is set in which size: names of rules in the style sheet.
_SIZES = ((700, "large"), (1_300, "medium"), (float("inf"), "small"))
_TURNS = (
    ("back", -1, "Left"),
    ("forward", 1, "Right"),
    ("back_page", -1, "PageUp"),
    ("forward_page", 1, "PageDown"),
    ("forward_space", 1, "Space"),
)


def draw() -> None:
    """Prepare the slides once, then show the one it is at."""
    st.html(STYLE)
    _draw_stage(stage.prepared())


@fragment
def _draw_stage(shown: Stage) -> None:
    with st.container(key=widget_key("present", "slide")):
        if shown.position == 0:
            _draw_first(shown)
        else:
            _draw_slide(shown, shown.slides[shown.position - 1])
    _draw_foot(shown)


def _draw_first(shown: Stage) -> None:
    options = cover.chosen_options().replace(mask_names=True)
    report = composed(
        [slide.card.finding for slide in shown.slides],
        options,
        logo=cover.logo(),
    )
    if report.logo:
        st.image(report.logo.content, width=200)
    st.markdown(f"# {escape_markdown(report.title)}")
    st.markdown(escape_markdown(report.made))
    st.markdown(escape_markdown(report.privacy))
    if shown.missing:
        st.markdown(say("report.present.missing", count=shown.missing))
    st.markdown(say("report.present.keys"))
    st.link_button(
        say("report.present.notes"),
        address("notes"),
        icon=":material/speaker_notes:",
    )


def _draw_slide(shown: Stage, slide: Slide) -> None:
    question = say(f"report.recipe.{slide.result}")
    if not shown.is_answered:
        with st.container(key=widget_key("present", "question")):
            st.markdown(f"# {question}")
        return
    st.markdown(question)
    answer = st.container()
    left, right = st.columns([1, 3], gap="medium")
    number = left.container()
    with left:
        _move(shown, slide)
    finding = slide.card.finding
    with answer:
        _draw_answer(finding)
    with number:
        _draw_number(finding)
    with right, units_in(finding.units):
        _draw_evidence(finding, str(shown.position))


def _draw_answer(finding: Finding) -> None:
    size = next(name for room, name in _SIZES if width_of(finding.sentence) <= room)
    with st.container(key=widget_key("present", "answer", size)):
        st.markdown(f"## {unbroken(escape_markdown(finding.sentence))}")


def _move(shown: Stage, slide: Slide) -> None:
    """The slider of a slide; where it stands elsewhere, the card follows it."""
    live = slide.live
    if live is None:
        return
    value = st.slider(
        say(live.label),
        live.low,
        live.high,
        live.start,
        live.step,
        key=widget_key("present", "live", shown.position),
        persist_state="session",
    )
    if value != live.now:
        slide.card = card_of(live.ask(value), stage.options(), slide.result)
        live.now = value


def _draw_number(finding: Finding) -> None:
    if finding.number:
        st.metric(escape_markdown(finding.label), escape_markdown(finding.number))
    facts = filter(None, (finding.interval, finding.count))
    st.markdown("  \n".join(map(escape_markdown, facts)))


def _draw_evidence(finding: Finding, key: str) -> None:
    if finding.chart is not None:
        _draw_chart(finding, finding.chart, key)
    elif finding.table is not None:
        _draw_table(finding)


def _draw_chart(finding: Finding, picture: Chart, key: str) -> None:
    short = shortened(picture)
    for screen in SCREENS:
        scale = scale_of(screen)
        with st.container(key=widget_key("present", "picture", screen)):
            chart(
                _for_a_hall(drawn(short, language()), picture, scale),
                key=widget_key("present", "chart", key, screen),
                alt=plain("report.chart_alt", sentence=finding.sentence),
                height=round(HEIGHT * scale),
            )


def shortened(picture: Chart) -> Chart:
    """The first categories of bars, the axis says of how many; lines keep all of theirs."""
    if picture.shape == "lines":
        return picture
    widest = max(map(width_of, picture.categories), default=0)
    room = _WRAPPED_BARS if widest > _LINE else _BARS
    every = len(picture.categories)
    if every <= room:
        return picture
    first = slice(room)
    facts = {"axis": picture.axis, "shown": room, "all": every}
    key = "report.present.first" if picture.axis else "report.present.first_bare"
    return replace(
        picture,
        axis=plain(key, **facts),
        categories=picture.categories[first],
        people=picture.people[first],
        lines=tuple(
            replace(
                line,
                values=line.values[first],
                low=line.low[first],
                high=line.high[first],
            )
            for line in picture.lines
        ),
    )


def _for_a_hall(figure: go.Figure, picture: Chart, scale: float) -> go.Figure:
    """The figure with letters and lines that are read from the last row."""
    font = round(_FONT * scale)
    figure.update_layout(
        font_size=font,
        legend_font_size=font,
        legend_itemwidth=_SAMPLE * scale,
        hoverlabel_font_size=font,
    )
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(title_font_size=font, tickfont_size=font)
    if picture.shape == "lines":
        figure.update_xaxes(nticks=5)
        figure.update_traces(line_width=_LINE_WIDTH * scale)
    else:
        figure.update_traces(textfont_size=font)
    if picture.shape == "ranges":
        figure.update_traces(
            marker_size=_POINT * scale,
            error_x_thickness=_RANGE * scale,
            error_x_width=_POINT * scale / 2,
        )
    if picture.shape == "bars" and len(picture.lines) > 1:
        _colour_names(figure)
    if len(picture.categories) * len(picture.lines) <= _FEW_BARS:
        figure.update_layout(bargap=_GAP_OF_FEW)
    figure.update_annotations(font_size=font)
    return figure


def _colour_names(figure: go.Figure) -> None:
    """The names of a legend in the colours of their bars, whose samples never grow."""
    for colour, trace in zip(palette(), figure.data, strict=False):
        trace.update(
            marker_color=colour,
            name=f'<span style="color:{colour}">{trace.name}</span>',
        )


def _draw_table(finding: Finding) -> None:
    table = finding.table
    if table is None:
        return
    rows = [row[:_COLUMNS] for row in texts(table, language())[:_ROWS]]
    titles = [escape_markdown(title) for title in table.titles[:_COLUMNS]]
    cells = [[escape_markdown(cell) for cell in row] for row in rows]
    st.table(pd.DataFrame(cells, columns=titles), hide_index=True)


def _draw_foot(shown: Stage) -> None:
    with st.container(
        key=widget_key("present", "foot"),
        horizontal=True,
        vertical_alignment="center",
    ):
        st.markdown(
            say(
                "report.present.place",
                number=shown.position,
                count=len(shown.slides),
            ),
            width="stretch",
        )
        for name, moments, key in _TURNS:
            st.button(
                say(f"report.present.{name.partition('_')[0]}"),
                key=widget_key("present", name),
                shortcut=key,
                type="tertiary",
                on_click=shown.turn,
                args=(moments,),
            )
        left = st.button(
            say("report.present.leave"),
            key=widget_key("present", "leave"),
            shortcut="Esc",
            type="tertiary",
            on_click=_leave,
        )
    if left:
        st.rerun()  # the whole page, and not this part of it


def _leave() -> None:
    stage.end()
    leave()
