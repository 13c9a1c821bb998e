"""The same result as Python that can be copied and run."""

from __future__ import annotations

from crm_analysis.analyses.value.contracts import ContractOptions
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.tables.script import Loading, guessed, script


def code(
    options: ValueOptions,
    source: str = "orders.csv",
    *,
    loading: Loading | None = None,
) -> str:
    """A script that loads `source` (or a table by other lines) and estimates value.

    >>> print(code(ValueOptions(horizon=26, margin=0.4), "shop.csv"))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('shop.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    value = crm.estimate_value(cleaned.table, crm.ValueOptions(horizon=26, margin=0.4))
    print(value.summary(), value.customers, value.models)
    """
    lines, table = loading or guessed(source)
    return script(
        [
            *lines,
            f"value = crm.estimate_value({table}, crm.{options.in_python()})",
            "print(value.summary(), value.customers, value.models)",
        ]
    )


def contracts_code(
    options: ContractOptions,
    source: str = "customers.csv",
    *,
    loading: Loading | None = None,
) -> str:
    """The same for the value of contracts."""
    lines, table = loading or guessed(source)
    return script(
        [
            *lines,
            f"value = crm.estimate_contracts({table}, crm.{options.in_python()})",
            "print(value.summary(), value.customers, value.curve)",
        ]
    )
