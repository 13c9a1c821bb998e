"""The same forecast as Python that can be copied and run."""

from __future__ import annotations

from dataclasses import fields

from crm_analysis.analyses.forecast.options import ForecastOptions

__all__ = ["code"]


def code(
    options: ForecastOptions, source: str = "orders.csv", *, every: str = "month", by: str | None = None, measure: str = "quantity", ready: bool = False
) -> str:
    """A script that loads `source` and forecasts it with these settings; `ready`: the file is a table of series, date, value.

    >>> print(code(ForecastOptions(horizon=6), "shop.csv", by="category"))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('shop.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    demand = crm.demand(cleaned.table, every='month', by='category', measure='quantity')
    ahead = crm.forecast(demand, crm.ForecastOptions(horizon=6))
    print(ahead.summary(), ahead.ahead, ahead.accuracy)
    """
    own = ", ".join(f"{field.name}={getattr(options, field.name)!r}" for field in fields(options) if getattr(options, field.name) != field.default)
    taken = "cleaned.table" if ready else "demand"
    lines = ["import crm_analysis as crm", "", f"raw = crm.read_table({source!r})", "cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())"]
    if not ready:
        lines.append(f"demand = crm.demand(cleaned.table, every={every!r}, by={by!r}, measure={measure!r})")
    return "\n".join([*lines, f"ahead = crm.forecast({taken}, crm.ForecastOptions({own}))", "print(ahead.summary(), ahead.ahead, ahead.accuracy)"])
