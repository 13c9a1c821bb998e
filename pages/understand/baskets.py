"""Baskets: which products are bought together, and what each customer should be offered next."""

from crm_analysis.analyses.baskets import find_rules
from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import baskets as view
from crm_analysis.presentation.ui.baskets import (
    bundles,
    differences,
    frequencies,
    offers,
    rules,
    sequences,
    settings,
)

ui.heading("baskets")
orders = ui.table("transactions")


@ui.fragment
def body() -> None:
    settings.require(orders.value)
    with ui.settings():
        options = settings.choose(orders)
    result = ui.run(find_rules, orders, options)
    with ui.starred(result):
        view.headline(result.value)
    tabs = {
        "glance": lambda: rules.glance(result),
        "rules": lambda: rules.rules(result.value),
        "itemsets": lambda: rules.itemsets(result.value),
        "frequencies": lambda: frequencies.draw(result),
        "offers": lambda: offers.draw(orders, options),
        "bundles": lambda: bundles.draw(orders, result),
        "groups": lambda: differences.draw(orders, options),
        "sequences": lambda: sequences.draw(orders, options),
    }
    ui.tabs(
        "baskets",
        tabs,
        key=ui.widget_key("baskets", "tabs"),
        analyst=("itemsets", "frequencies"),
    )
    view.counts(result.value)


body()
