"""Segments: which kinds of customers there are, and what to do with each."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import segments as view
from crm_analysis.presentation.ui.segments import changes, people

ui.heading("segments")
kind = view.source()
customers = view.customers_of(kind)


@ui.fragment
def body() -> None:
    options = view.choose(customers)
    found = changes.reopened(customers) or view.result(customers, options)
    view.headline(found.value)
    tabs = {
        "glance": lambda: view.glance(found.value),
        "profile": lambda: view.profile(found.value),
        "rules": lambda: view.rules(found.value),
        "members": lambda: people.members(found.value, found.origin, kind),
        "quality": lambda: view.quality(found.value),
        "movement": lambda: people.movement(found),
        "compare": lambda: people.side_by_side(
            found, lambda which: view.other(customers, options, which)
        ),
        "keep": lambda: changes.keep(found),
    }
    if kind != "transactions":
        del tabs["movement"]
    ui.tabs("segments", tabs, key="segments_tabs")
    view.computed(found.value, kind)


body()
