"""The findings as they will stand, and the files to take away."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import partial

import streamlit as st

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pages import page_of
from crm_analysis.presentation.report import (
    FORMATS,
    Finding,
    ReportOptions,
    composed,
    rendered,
)
from crm_analysis.presentation.ui import (
    chart,
    figures,
    plain,
    say,
    tell,
    widget_key,
)
from crm_analysis.presentation.ui.handing_on import Choice, chosen, name_of
from crm_analysis.presentation.ui.presenting import address
from crm_analysis.presentation.ui.report import contents, cover
from crm_analysis.presentation.ui.report.cards import Card, card_of
from crm_analysis.presentation.ui.report.recipes import answer_to, offered
from crm_analysis.privacy import escape_markdown

_MIMES = {
    "html": "text/html",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ICONS = {
    "html": ":material/public:",
    "pdf": ":material/picture_as_pdf:",
    "pptx": ":material/slideshow:",
    "xlsx": ":material/table:",
}
_NO_FILE_NAME = re.compile(r'[\x00-\x1f\\/:*?"<>|]+')


def draw(options: ReportOptions) -> None:
    """The files, then a card a finding; what is not computed yet is waited for in its place."""
    choices = chosen()
    if not choices:
        _draw_empty()
        return
    place, findings = st.empty(), []
    for number, choice in enumerate(choices, start=1):
        place.caption(say("report.page.working", number=number, count=len(choices)))
        with st.container(border=True):
            _draw_bar(choice, number, len(choices))
            try:
                card = card_of(answer_to(choice), options, str(choice["result"]))
            except AnalysisError as problem:
                tell(problem)
                continue
            findings.append(card.finding)
            _draw_finding(card, name_of(choice))
    with place.container():
        _draw_files(findings, options, len(choices))


def _draw_empty() -> None:
    ready = offered()
    st.markdown(f"#### {say('report.page.empty')}")
    st.markdown(say("report.page.empty_help"))
    figures([{"label": "report.page.ready", "value": len(ready)}])
    st.button(
        say("report.page.take_all"),
        key=widget_key("report", "take_all"),
        icon=":material/playlist_add_check:",
        type="primary",
        disabled=not ready,
        on_click=contents.take_all,
    )


def _draw_bar(choice: Choice, number: int, count: int) -> None:
    """Which finding this is, and the ways to move it and to take it out."""
    result, name = choice["result"], name_of(choice)
    page = page_of(contents.origin(result))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            say(
                "report.page.finding",
                number=number,
                page=plain(page.title),
                what=plain(f"report.recipe.{result}"),
            ),
            width="stretch",
        )
        for way, steps, icon, is_off in (
            ("up", -1, "arrow_upward", number == 1),
            ("down", 1, "arrow_downward", number == count),
        ):
            st.button(
                "",
                key=widget_key("report", way, name),
                help=say(f"report.page.{way}"),
                icon=f":material/{icon}:",
                type="tertiary",
                disabled=is_off,
                on_click=contents.move,
                args=(name, steps),
            )
        st.button(
            "",
            key=widget_key("report", "out", name),
            help=say("frame.star.take_out"),
            icon=":material/close:",
            type="tertiary",
            on_click=contents.take_out,
            args=(name,),
        )


def _draw_finding(card: Card, name: str) -> None:
    finding, figure = card.finding, card.figure
    st.markdown(f"#### {escape_markdown(finding.sentence)}")
    left, right = st.columns([1, 3], gap="medium")
    with left:
        if finding.number:
            # The label of a metric is cut where it is long; above it, it wraps.
            label = escape_markdown(finding.label)
            st.caption(label)
            st.metric(
                label,
                escape_markdown(finding.number),
                label_visibility="collapsed",
            )
        beside = (finding.interval, finding.count)
        for text in filter(None, beside):
            st.caption(escape_markdown(text))
    if figure is not None:
        with right:
            chart(
                figure,
                key=widget_key("report", "chart", name),
                alt=plain("report.chart_alt", sentence=finding.sentence),
                height=min(int(figure.layout.height), 420),
            )


def _draw_files(
    findings: Sequence[Finding], options: ReportOptions, count: int
) -> None:
    if len(findings) < count:
        st.caption(
            say("report.page.missing", missing=count - len(findings), count=count)
        )
    if not findings:
        return
    report = composed(findings, options, logo=cover.logo())
    with st.container(horizontal=True):
        st.link_button(
            say("report.present.begin"),
            address("slides"),
            icon=":material/present_to_all:",
            help=say("report.present.begin_help"),
        )
        for ending in FORMATS:
            st.download_button(
                say(f"report.page.download.{ending}"),
                data=partial(rendered, report, ending),
                file_name=f"{_file_name(options)}.{ending}",
                mime=_MIMES[ending],
                key=widget_key("report", "download", ending),
                on_click="ignore",
                icon=_ICONS[ending],
            )


def _file_name(options: ReportOptions) -> str:
    """The title, or what a report is called, and the day: 客户报告_20240401."""
    title = options.title or plain("report.page.file")
    title = _NO_FILE_NAME.sub(" ", title).strip(" .")[:60]
    return f"{title.replace(' ', '_')}_{dt.date.today():%Y%m%d}"
