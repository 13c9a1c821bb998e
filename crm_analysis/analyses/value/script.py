"""The same result as Python that can be copied and run."""

from __future__ import annotations

from dataclasses import fields

from crm_analysis.analyses.value.contracts import ContractOptions
from crm_analysis.analyses.value.options import ValueOptions

__all__ = ["code"]


def code(options: ValueOptions | ContractOptions, source: str = "orders.csv") -> str:
    """A script that loads `source` and estimates value with these settings.

    >>> print(code(ValueOptions(horizon=26, margin=0.4), "shop.csv"))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('shop.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    value = crm.estimate_value(cleaned.table, crm.ValueOptions(horizon=26, margin=0.4))
    print(value.summary(), value.customers, value.models)
    """
    own = ", ".join(f"{field.name}={getattr(options, field.name)!r}" for field in fields(options) if getattr(options, field.name) != field.default)
    lines = ["import crm_analysis as crm", "", f"raw = crm.read_table({source!r})", "cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())"]
    if isinstance(options, ContractOptions):
        lines.append(f"value = crm.estimate_contracts(cleaned.table, crm.ContractOptions({own}))")
        return "\n".join([*lines, "print(value.summary(), value.customers, value.curve)"])
    lines.append(f"value = crm.estimate_value(cleaned.table, crm.ValueOptions({own}))")
    return "\n".join([*lines, "print(value.summary(), value.customers, value.models)"])
