"""What a plan amounts to: the total of each series, how sure it is, and whether that is a rise."""

from __future__ import annotations

import pandas as pd

from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.verdicts import direction_of
from crm_analysis.tables.kinds import require


def outlook(forecast: Forecast, plan: pd.DataFrame | None = None) -> pd.DataFrame:
    """The total ahead of each series as it is planned, and against the same periods a year before.

    Parameters
    ----------
    forecast
        What `forecast` gave.
    plan
        series, date, value: with values set by hand or made to add up. The model's interval and
        change move with the total. None: as forecast.

    Returns
    -------
    pandas.DataFrame
        In the forecast's order of series:

        - series : text
        - total : units ahead
        - lo_80, hi_80, lo_95, hi_95 : ends of its intervals, in units
        - change : share, against the same periods a year before; NaN where there are none
        - direction : "up", "down", "level" or "unclear"; None where nothing can be compared
    """
    plan = forecast.ahead if plan is None else plan
    require(plan, "series", "value")
    model = forecast.series.reset_index(drop=True)
    totals = plan.groupby("series", sort=False, observed=True)["value"].sum()
    total = model["series"].map(totals).astype(float)
    positive = model["total_ahead"] > 0
    ratio = (total / model["total_ahead"]).where(positive, 1.0)
    table = pd.DataFrame({"series": model["series"].astype(str), "total": total})
    for name in ("lo_80", "hi_80", "lo_95", "hi_95"):
        table[name] = (model[name] * ratio).where(positive, total)
    table["change"] = (1 + model["change"]) * ratio - 1
    table["direction"] = [_direction(row) for row in table.to_dict("records")]
    return table


def _direction(series: dict[str, float]) -> str | None:
    change, total = series["change"], series["total"]
    if pd.isna(change) or not total > 0:
        return None
    low, high = (series[end] / total * (1 + change) - 1 for end in ("lo_80", "hi_80"))
    return direction_of(change, low, high)
