"""The same forecast as Python that can be copied and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.reconcile import ReconcileOptions
from crm_analysis.analyses.forecast.wanted import What
from crm_analysis.tables.script import Loading, guessed, script

__all__ = ["code"]


def code(
    options: ForecastOptions,
    source: str = "orders.csv",
    *,
    every: str = "month",
    by: str | None = None,
    measure: str = "quantity",
    ready: bool = False,
    loading: Loading | None = None,
    what: What | None = None,
    reconciling: ReconcileOptions | None = None,
    overrides: Sequence[Mapping[str, Any]] = (),
    history: bool = False,
) -> str:
    """A script that loads `source` (or a table by other lines) and forecasts it with these settings; `ready`: the file is a table of series, date, value.

    `what` says which demand in place of `every`, `by`, `measure` and `ready`; then the script ends with the long form of the forecast, its totals and
    parts made to add up (`reconciling`), the values set by hand (`overrides`: records) in their places, and the `history` before it.

    >>> print(code(ForecastOptions(horizon=6), "shop.csv", by="category"))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('shop.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    demand = crm.demand(cleaned.table, every='month', by='category', measure='quantity')
    ahead = crm.forecast(demand, crm.ForecastOptions(horizon=6))
    print(ahead.summary(), ahead.ahead, ahead.accuracy)
    """
    lines, table = loading or guessed(source)
    if what is not None:
        wanted = ["from crm_analysis.analyses.forecast.wanted import What, demand_of", f"demand = demand_of({table}, {what.in_python()})"]
        return script([*lines, *wanted, f"ahead = crm.forecast(demand, crm.{options.in_python()})", *_decided(reconciling, overrides, history)])
    wanted = [] if ready else [f"demand = crm.demand({table}, every={every!r}, by={by!r}, measure={measure!r})"]
    made = f"ahead = crm.forecast({table if ready else 'demand'}, crm.{options.in_python()})"
    return script([*lines, *wanted, made, "print(ahead.summary(), ahead.ahead, ahead.accuracy)"])


def _decided(reconciling: ReconcileOptions | None, overrides: Sequence[Mapping[str, Any]], history: bool) -> list[str]:
    """What a person decided on top of a forecast, and the table of it all."""
    lines, ahead, given = [], "ahead.ahead", ["ahead"]
    if reconciling is not None:
        lines.append(f"reconciled = crm.reconcile(ahead, None, crm.{reconciling.in_python()})")
        ahead = "reconciled.ahead[ahead.ahead.columns]"
        given.append("reconciled=reconciled")
    if overrides or reconciling is not None:
        lines.append("from crm_analysis.analyses.forecast.overrides import overrides_from_records")
        lines.append(f"overridden = crm.override({ahead}, overrides_from_records({list(overrides)!r}))")
        given.append("overridden=overridden")
    if history:
        given.append("history=True")
    lines.append("from crm_analysis.analyses.forecast import long_form")
    return [*lines, f"long = long_form({', '.join(given)})", "print(ahead.summary(), long, ahead.accuracy)"]
