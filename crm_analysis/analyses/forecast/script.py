"""The same forecast as Python that can be copied and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.planning.reconciliation import ReconcileOptions
from crm_analysis.analyses.forecast.series.selection import DemandOptions
from crm_analysis.tables.script import Loading, guessed, script

__all__ = ["code"]


def code(
    options: ForecastOptions,
    source: str = "orders.csv",
    *,
    what: DemandOptions | None = None,
    loading: Loading | None = None,
    reconciling: ReconcileOptions | None = None,
    overrides: Sequence[Mapping[str, Any]] = (),
    history: bool = False,
) -> str:
    """A script that loads `source` (or a table by other lines), forecasts the demand that is wanted (`what`) with these settings and ends with its long form.

    What was decided on top stands in its place: totals and parts made to add up (`reconciling`), the values set by hand (`overrides`: records), and
    the `history` before it all.

    >>> print(code(ForecastOptions(horizon=6), "shop.csv", what=DemandOptions(by="category")))
    import crm_analysis as crm
    from crm_analysis.analyses.forecast.series.selection import DemandOptions, select_demand
    from crm_analysis.analyses.forecast import long_form
    <BLANKLINE>
    raw = crm.read_table('shop.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    demand = select_demand(cleaned.table, DemandOptions(by='category'))
    ahead = crm.forecast(demand.table, crm.ForecastOptions(horizon=6), measure=demand.measure)
    long = long_form(ahead)
    print(ahead.summary(), long, ahead.accuracy)
    """
    lines, table = loading or guessed(source)
    return script(
        [
            *lines,
            "from crm_analysis.analyses.forecast.series.selection import DemandOptions, select_demand",
            f"demand = select_demand({table}, {(what or DemandOptions()).in_python()})",
            f"ahead = crm.forecast(demand.table, crm.{options.in_python()}, measure=demand.measure)",
            *_decided(reconciling, overrides, history),
        ]
    )


def _decided(
    reconciling: ReconcileOptions | None, overrides: Sequence[Mapping[str, Any]], history: bool
) -> list[str]:
    """What a person decided on top of a forecast, and the table of it all."""
    lines, ahead, given = [], "ahead.ahead", ["ahead"]
    if reconciling is not None:
        lines.append(f"reconciled = crm.reconcile(ahead, None, crm.{reconciling.in_python()})")
        ahead = "reconciled.ahead[ahead.ahead.columns]"
        given.append("reconciled=reconciled")
    if overrides or reconciling is not None:
        lines.append(
            "from crm_analysis.analyses.forecast.planning.overrides import overrides_from_records"
        )
        lines.append(
            f"overridden = crm.override({ahead}, overrides_from_records({list(overrides)!r}))"
        )
        given.append("overridden=overridden")
    if history:
        given.append("history=True")
    lines.append("from crm_analysis.analyses.forecast import long_form")
    return [
        *lines,
        f"long = long_form({', '.join(given)})",
        "print(ahead.summary(), long, ahead.accuracy)",
    ]
