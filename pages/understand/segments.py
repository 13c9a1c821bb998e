"""Segments: which kinds of customers there are, and what to do with each."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import segments as view
from crm_analysis.presentation.ui.groups import GroupsLine
from crm_analysis.presentation.ui.segments import (
    comparison,
    glance,
    members,
    profile,
    ready_rfm,
    saving,
)

ui.heading("segments")
kind = view.source()
summary = view.summary_of(kind)
everyone = view.customers_of(summary)


@ui.fragment
def body() -> None:
    customers, loading = ready_rfm.as_ready_rfm(everyone, kind)
    with ui.settings():
        options = view.choose(customers)
    segments = saving.reopened(customers) or view.result(customers, options)
    with ui.starred(segments):
        view.headline(segments.value)
    groups = GroupsLine()
    tabs = {
        "glance": lambda: glance.glance(segments, kind),
        "profile": lambda: profile.profile(segments.value),
        "rules": lambda: profile.rules(segments.value),
        "members": lambda: members.members(segments, kind),
        "quality": lambda: profile.quality(segments.value),
        "movement": lambda: comparison.movement(segments),
        "compare": lambda: comparison.comparison(
            segments, lambda which: view.other(customers, options, which)
        ),
        "keep": lambda: saving.keep(segments),
    }
    if kind != "transactions":
        del tabs["movement"]
    ui.tabs(
        "segments",
        tabs,
        key=ui.widget_key("segments", "tabs"),
        analyst=("quality", "compare"),
    )
    view.measures(segments.value)
    view.computed(segments.value, summary.value, loading)
    groups.say_overlap(view.leading_customers(segments.value))


body()
