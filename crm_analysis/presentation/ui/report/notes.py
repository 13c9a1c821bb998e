"""What the speaker sees in a second tab: the slide that is on, its method, what comes next."""

from __future__ import annotations

import time
from itertools import chain

import streamlit as st

from crm_analysis.presentation.report import Finding
from crm_analysis.presentation.ui import plain, say
from crm_analysis.presentation.ui.report.stage import Stage, stage_here
from crm_analysis.privacy import escape_markdown

_EVERY_SECONDS = 1.0


def draw() -> None:
    """Follow the slides of this workspace."""
    _follow()


@st.fragment(run_every=_EVERY_SECONDS)
def _follow() -> None:
    shown = stage_here()
    if shown is None:
        st.info(say("report.present.no_slides"))
        return
    _draw_head(shown)
    if shown.position:
        _draw_notes(shown.slides[shown.position - 1].card.finding)
    _draw_next(shown)


def _draw_head(shown: Stage) -> None:
    minutes, seconds = divmod(int(time.monotonic() - shown.began), 60)
    st.caption(
        say(
            "report.present.speaking",
            number=shown.position,
            count=len(shown.slides),
            clock=f"{minutes}:{seconds:02d}",
        )
    )


def _draw_notes(finding: Finding) -> None:
    st.markdown(f"## {escape_markdown(finding.sentence)}")
    figures = (
        finding.number
        and plain("report.figure_of", label=finding.label, number=finding.number),
        finding.interval,
        finding.count,
    )
    st.markdown(" · ".join(escape_markdown(text) for text in figures if text))
    if finding.method:
        st.markdown(f"#### {say('report.method_title')}")
        st.markdown(escape_markdown(finding.method))
    caveats = list(chain(finding.caveats, (text for text, _ in finding.counted)))
    if caveats:
        st.markdown(f"#### {say('report.caveats_title')}")
        for caveat in caveats:
            st.markdown(f"- {escape_markdown(caveat)}")


def _draw_next(shown: Stage) -> None:
    if shown.position >= len(shown.slides):
        return
    following = shown.slides[shown.position]
    st.divider()
    st.markdown(
        say(
            "report.present.next",
            what=plain(f"report.recipe.{following.result}"),
        )
    )
