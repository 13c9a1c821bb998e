"""Customer value: who carries the business, what each will bring, and whether the base improves."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import value as view
from crm_analysis.presentation.ui.groups import GroupsLine
from crm_analysis.presentation.ui.value import (
    cohorts,
    contracts,
    drivers,
    future,
    movement,
    scores,
    trust,
)


@ui.fragment
def orders_page() -> None:
    """What the customers of the orders are worth."""
    orders = view.orders()
    with ui.settings():
        options = view.choose(orders)
    value = view.result(orders, options)
    with ui.starred(value):
        view.headline(value.value, options)
    groups = GroupsLine()
    tabs = {
        "tiers": lambda: scores.tiers(value, orders),
        "future": lambda: future.future(value),
        "trust": lambda: trust.trust(value.value, options.coverage),
        "scores": lambda: scores.scores(orders),
        "drivers": lambda: drivers.drivers(value, orders),
        "cohorts": lambda: cohorts.cohorts(orders),
        "movement": lambda: movement.movement(orders),
        "contracts": lambda: contracts.contracts(alone=False),
    }
    ui.tabs(
        "value",
        view.guarded_tabs(tabs),
        key=ui.widget_key("value", "tabs"),
        analyst=("trust",),
    )
    view.state(value.value, options)
    if ui.is_analyst():
        view.doubts(value, orders, options)
    else:
        with ui.doubts():
            view.doubts(value, orders, options)
    view.computed(value.value, options)
    groups.say_all()


ui.heading("value")
if view.source() == "customers":
    ui.fragment(contracts.contracts)()
else:
    orders_page()
