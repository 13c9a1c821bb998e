"""What each forecast of a back-test missed by."""

from __future__ import annotations

import pandas as pd

from crm_analysis.tables.kinds import require


def backtest_errors(backtest: pd.DataFrame) -> pd.DataFrame:
    """The back-test (`Forecast.backtest`) with what each forecast missed by.

    Returns
    -------
    pandas.DataFrame
        All its columns, and

        - error : units of demand, forecast less actual
        - inside : bool, whether the actual lies in the 80 % interval
    """
    require(backtest, "value", "forecast", "lo_80", "hi_80")
    error = backtest["forecast"] - backtest["value"]
    inside = backtest["value"].between(backtest["lo_80"], backtest["hi_80"])
    return backtest.assign(error=error, inside=inside)
