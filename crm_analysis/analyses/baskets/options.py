"""The settings of all that grows from baskets: rules, offers, bundles, sequences, differences.

And the same results as Python that can be copied and run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob, share
from crm_analysis.tables.script import Loading, guessed, script

Basket = Literal["order", "customer_day", "customer"]
Level = Literal["product", "category"]


@dataclass(frozen=True, kw_only=True)
class BasketOptions(Options):
    """What a basket is and what counts as an item in it.

    `exclude` None: what is no product (postage, fees), where the table says so.
    """

    basket: Basket = "order"
    level: Level = "product"
    names: Literal["as_is", "spaces", "case"] = knob("spaces", advanced=True)
    returns: bool = knob(False, advanced=True)
    exclude: tuple[str, ...] | None = knob(None)


@dataclass(frozen=True, kw_only=True)
class RuleOptions(BasketOptions):
    """How rules are found.

    `support` None: proposed from the data; `max_length` and `max_consequents` None: no limit.
    """

    support: float | None = share(None, low=0.000001, step=0.001)
    confidence: float = share(0.2, step=0.05)
    min_lift: float = knob(0.0, low=0.0, high=100.0, step=0.1)
    max_length: int | None = knob(None, low=1, high=20)
    max_consequents: int | None = knob(None, low=1, high=10, advanced=True)
    include: tuple[str, ...] = knob(())
    consequents: tuple[str, ...] = knob(())
    itemsets: Literal["frequent", "closed", "maximal"] = "frequent"
    algorithm: Literal["eclat", "apriori", "fpgrowth"] = "eclat"
    interval: Literal["exact", "wilson"] = knob("exact", advanced=True)
    interval_level: float = share(0.95, low=0.5, high=0.999, advanced=True)
    max_itemsets: int = knob(200_000, low=100, high=5_000_000, advanced=True)
    max_rules: int = knob(500_000, low=100, high=5_000_000, advanced=True)
    time_limit: int = knob(60, low=1, high=3600, advanced=True)


@dataclass(frozen=True, kw_only=True)
class OfferOptions(BasketOptions):
    """What to offer each customer next. `support` None: proposed from the data."""

    offers: int = knob(5, low=1, high=20)
    new_only: bool = True
    support: float | None = share(None, low=0.000001, step=0.001)
    confidence: float = share(0.02)
    max_antecedent: int = knob(2, low=1, high=4, advanced=True)
    combine: Literal["best", "sum"] = knob("sum", advanced=True)
    max_rules: int = knob(100_000, low=100, high=500_000, advanced=True)
    time_limit: int = knob(60, low=1, high=3600, advanced=True)


@dataclass(frozen=True, kw_only=True)
class BundleOptions(Options):
    """Which sets are worth offering together.

    `take_up` is your assumption: the share of those one product short who would add it.
    """

    take_up: float = share(0.1)
    min_lift: float = knob(1.2, low=1.0, high=100.0, step=0.1)
    max_length: int = knob(4, low=2, high=10)
    significance: float = share(0.05, low=0.0001, advanced=True)


@dataclass(frozen=True, kw_only=True)
class SequenceOptions(BasketOptions):
    """What is bought in the next orders.

    `support` None: proposed from the data; `within_days` None: however long it takes.
    """

    basket: Literal["order", "customer_day"] = "order"
    next_orders: int = knob(1, low=1, high=10)
    within_days: int | None = knob(None, low=1, high=3650)
    support: float | None = share(None, low=0.000001, step=0.001)
    confidence: float = share(0.05)
    repeats: bool = True
    max_pairs: int = knob(20_000_000, low=100_000, high=100_000_000, advanced=True)


@dataclass(frozen=True, kw_only=True)
class DifferenceOptions(BasketOptions):
    """Which rules differ between groups. `support` None: proposed from the data."""

    support: float | None = share(None, low=0.000001, step=0.001)
    confidence: float = share(0.2, step=0.05)
    max_length: int = knob(3, low=2, high=6)
    min_antecedent: int = knob(20, low=1, high=10_000, advanced=True)
    max_groups: int = knob(12, low=2, high=50, advanced=True)
    max_rules: int = knob(5_000, low=100, high=100_000, advanced=True)
    time_limit: int = knob(60, low=1, high=3600, advanced=True)


# What the options are for: the verb, what its result is called, and the table it prints.
_VERBS = {
    RuleOptions: ("find_rules", "rules", "rules"),
    OfferOptions: ("next_products", "offers", "customers"),
    BundleOptions: ("offer_bundles", "bundles", "bundles"),
    DifferenceOptions: ("compare_groups", "differences", "rules"),
    SequenceOptions: ("find_sequences", "sequences", "sequences"),
}


def code(
    options: RuleOptions
    | OfferOptions
    | BundleOptions
    | DifferenceOptions
    | SequenceOptions,
    source: str = "orders.csv",
    *,
    given: str = "",
    before: Sequence[str] = (),
    loading: Loading | None = None,
) -> str:
    """A script that loads `source` (or a table by other lines) and does what the options are for.

    Settings that are not the default are written out. `given`: what is given beside `orders`, the
    groups of `compare_groups` or the rules of `offer_bundles`; `before`: lines that make it.

    >>> before = ["rules = crm.find_rules(orders)"]
    >>> print(code(BundleOptions(take_up=0.2), "shop.csv", before=before, given="rules"))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('shop.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    orders = cleaned.table
    rules = crm.find_rules(orders)
    bundles = crm.offer_bundles(orders, rules, crm.BundleOptions(take_up=0.2))
    print(bundles.bundles)
    """
    lines, table = loading or guessed(source)
    verb, result, shown = _VERBS[type(options)]
    arguments = ["orders", given, f"crm.{options.in_python()}"]
    call = f"crm.{verb}({', '.join(filter(None, arguments))})"
    return script(
        [
            *lines,
            f"orders = {table}",
            *before,
            f"{result} = {call}",
            f"print({result}.{shown})",
        ]
    )
