"""Baskets: which products are bought together, and what each customer should be offered next."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import baskets as view
from crm_analysis.presentation.ui.baskets import differences, frequencies, offers, sequences

ui.heading("baskets")
orders = view.orders()


@ui.fragment
def body() -> None:
    options = view.choose(orders)
    found = view.result(orders, options)
    view.headline(found.value)
    tabs = {
        "glance": lambda: view.glance(found),
        "rules": lambda: view.rules(found.value),
        "itemsets": lambda: view.itemsets(found.value),
        "frequencies": lambda: frequencies.draw(found),
        "offers": lambda: offers.draw(orders, options),
        "bundles": lambda: offers.bundles(orders, found),
        "groups": lambda: differences.draw(orders, options),
        "sequences": lambda: sequences.draw(orders, options),
    }
    ui.tabs("baskets", tabs, key="baskets_tabs")


body()
