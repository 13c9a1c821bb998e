"""A few orders and months of demand."""

from pathlib import Path

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast import Forecast, ForecastOptions

FAST = ForecastOptions(horizon=6, windows=2)


def orders(*rows: tuple) -> pd.DataFrame:
    """(date, customer, order, product, quantity, amount)"""
    table = pd.DataFrame(
        rows,
        columns=["date", "customer", "order", "product", "quantity", "amount"],
    )
    return table.assign(date=pd.to_datetime(table["date"]))


LINES = orders(
    ("2024-01-01", "a", "1", "tea", 2, 20.0),
    ("2024-01-31", "b", "2", "tea", 1, 10.0),
    ("2024-01-31", "b", "2", "pot", 1, 30.0),
    ("2024-02-05", "a", "3", "pot", -1, -30.0),
    ("2024-02-06", "a", "4", "tea", 4, 40.0),
    ("2024-02-28", "a", "5", "tea", 1, 10.0),
    ("2024-04-01", "b", "6", "tea", 3, 30.0),
    ("2024-04-30", "c", "7", "pot", 2, 60.0),
)


def months(
    *values: float, start: str = "2020-01-01", name: str = "all"
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": name,
            "date": pd.date_range(start, periods=len(values), freq="MS"),
            "value": np.array(values, dtype=float),
        }
    )


# --- forecast


def row_of(result: Forecast, series: str = "all") -> dict:
    return result.series.set_index("series").loc[series].to_dict()


def check(result: Forecast, horizon: int) -> None:
    """What is true of every forecast."""
    ahead = result.ahead
    for _, part in ahead.groupby("series"):
        assert len(part) == horizon
        assert part["date"].is_monotonic_increasing
    numbers = ahead[["value", "lo_80", "hi_80", "lo_95", "hi_95"]]
    assert np.isfinite(numbers.to_numpy()).all()
    assert (numbers >= 0).all(axis=None)
    assert (ahead["lo_95"] <= ahead["lo_80"] + 1e-9).all()
    assert (ahead["hi_80"] <= ahead["hi_95"] + 1e-9).all()
    for name in result.series["series"]:
        assert (result.paths(name, 50, 0) >= 0).all()
    assert float(result.summary()["total"] or 0) >= 0


def real_months(folder: Path) -> dict[str, np.ndarray]:
    """The monthly series of the real files."""
    small = folder / "fpp_small_series"
    air = pd.read_csv(folder / "airpassengers" / "AirPassengers.csv")
    series = {"air": air["value"].to_numpy(float)}
    for name in ("a10", "debitcards", "elecequip", "wineind", "ShampooSales"):
        series[name] = (
            pd.read_csv(small / f"{name}.csv").iloc[:, 1].dropna().to_numpy(float)
        )
    retail = pd.read_csv(small / "australian_capital_retail.csv")
    return series | {
        name: retail[name].to_numpy(float) for name in retail.columns[1:]
    }
