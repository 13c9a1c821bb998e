"""The same result as Python that can be copied and run."""

from __future__ import annotations

from collections.abc import Sequence

from crm_analysis.analyses.baskets.options import (
    BundleOptions,
    DifferenceOptions,
    OfferOptions,
    RuleOptions,
    SequenceOptions,
)
from crm_analysis.tables.script import Loading, guessed, script

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
