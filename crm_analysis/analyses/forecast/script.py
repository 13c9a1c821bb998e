"""The same forecast as Python that can be copied and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.planning.reconciliation import (
    ReconcileOptions,
)
from crm_analysis.analyses.forecast.series.selection import DemandOptions
from crm_analysis.tables.script import Loading, guessed, script

_PACKAGE = "crm_analysis.analyses.forecast"


def code(
    options: ForecastOptions,
    *,
    demand_options: DemandOptions | None = None,
    loading: Loading | None = None,
    reconcile_options: ReconcileOptions | None = None,
    overrides: Sequence[Mapping[str, Any]] = (),
    history: bool = False,
) -> str:
    """A script that forecasts demand with these settings and ends with the long form of it.

    Parameters
    ----------
    options
        Settings of the forecast.
    demand_options
        Which demand.
    loading
        Lines that load a table, and its name; None: those that load "orders.csv".
    reconcile_options
        How totals and parts are made to add up; None: they are not.
    overrides
        Values set by hand, as records.
    history
        Whether the history stands before the forecast.

    Examples
    --------
    >>> print(code(ForecastOptions(horizon=6), demand_options=DemandOptions(by="category")))
    import crm_analysis as crm
    from crm_analysis.analyses.forecast import DemandOptions, long_form, select_demand
    <BLANKLINE>
    raw = crm.read_table('orders.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    demand = select_demand(cleaned.table, DemandOptions(by='category'))
    ahead = crm.forecast(demand.table, crm.ForecastOptions(horizon=6), measure=demand.measure)
    long = long_form(ahead)
    print(ahead.summary(), long, ahead.accuracy)
    """
    lines, table = loading or guessed("orders.csv")
    selection = (demand_options or DemandOptions()).in_python()
    settings = f"crm.{options.in_python()}"
    lines = [
        *lines,
        f"from {_PACKAGE} import DemandOptions, long_form, select_demand",
        f"demand = select_demand({table}, {selection})",
        f"ahead = crm.forecast(demand.table, {settings}, measure=demand.measure)",
    ]
    planned, arguments = "ahead.ahead", ["ahead"]
    if reconcile_options is not None:
        settings = f"crm.{reconcile_options.in_python()}"
        lines.append(f"reconciled = crm.reconcile(ahead, None, {settings})")
        planned = "reconciled.ahead[ahead.ahead.columns]"
        arguments.append("reconciled=reconciled")
    if overrides or reconcile_options is not None:
        records = f"overrides_from_records({list(overrides)!r})"
        lines.append(
            f"from {_PACKAGE}.planning.overrides import overrides_from_records"
        )
        lines.append(f"overridden = crm.override({planned}, {records})")
        arguments.append("overridden=overridden")
    if history:
        arguments.append("history=True")
    lines.append(f"long = long_form({', '.join(arguments)})")
    lines.append("print(ahead.summary(), long, ahead.accuracy)")
    return script(lines)
