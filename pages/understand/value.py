"""Customer value: who carries the business, what each will bring, and whether the base gets better."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import value as view
from crm_analysis.presentation.ui.value import cohorts, contracts, drivers, future, movement, tiers

ui.heading("value")
kind = view.source()


@ui.fragment
def body() -> None:
    orders = view.orders()
    options = view.choose(orders)
    found = view.result(orders, options)
    view.headline(found.value, options)
    view.left_out(orders)
    view.holdout(found.value)
    tabs = {
        "history": lambda: tiers.history(found, orders),
        "future": lambda: future.future(found.value),
        "trust": lambda: future.trust(found.value),
        "score": lambda: tiers.score(orders),
        "drivers": lambda: drivers.drivers(found, orders),
        "cohorts": lambda: cohorts.cohorts(orders),
        "movement": lambda: movement.movement(orders),
        "contracts": lambda: contracts.contracts(alone=False),
    }
    ui.tabs("value", view.guarded_tabs(tabs), key="value_tabs")
    view.computed(found.value, options)


ui.fragment(contracts.contracts)() if kind == "customers" else body()
