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

__all__ = ["code"]

_VERBS = {
    RuleOptions: ("find_rules", "rules"),
    OfferOptions: ("next_products", "customers"),
    BundleOptions: ("offer_bundles", "bundles"),
    DifferenceOptions: ("compare_groups", "rules"),
    SequenceOptions: ("find_sequences", "sequences"),
}


def code(
    options: RuleOptions | OfferOptions | BundleOptions | DifferenceOptions | SequenceOptions,
    source: str = "orders.csv",
    *,
    given: str = "",
    before: Sequence[str] = (),
    loading: Loading | None = None,
) -> str:
    """A script that loads `source` (or a table by other lines) and finds what the options are for, settings that are not the default written out.

    `given`: what is given beside `orders`, the groups of `compare_groups` or the rules of `offer_bundles`; `before`: lines that make it.

    >>> print(code(BundleOptions(take_up=0.2), "shop.csv", before=["rules = crm.find_rules(orders)"], given="rules"))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('shop.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    orders = cleaned.table
    rules = crm.find_rules(orders)
    found = crm.offer_bundles(orders, rules, crm.BundleOptions(take_up=0.2))
    print(found.bundles)
    """
    lines, table = loading or guessed(source)
    verb, shown = _VERBS[type(options)]
    asked = ", ".join(one for one in ("orders", given, f"crm.{options.in_python()}") if one)
    return script(
        [
            *lines,
            f"orders = {table}",
            *before,
            f"found = crm.{verb}({asked})",
            f"print(found.{shown})",
        ]
    )
