"""One row per customer from 1 M and 10 M order lines, beside pandas' groupby and hand-written SQL.

All give recency, frequency, monetary, tenure, mean and deviation of the gaps between purchase days,
and distinct products, and are checked to give the same. The lines lie in DuckDB for us and for the
SQL (as the app stores them) and in pandas for the groupby; a second line adds our way from a pandas
frame, its copy into DuckDB included. Each runs in a process of its own. Synthetic lines, seed 0.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd

from benchmarks.measure import Row, apart, timed
from crm_analysis.analyses.customers import describe_customers
from crm_analysis.engine import Engine

SIZES = [
    int(text)
    for text in os.environ.get("CUSTOMER_LINES", "1000000 10000000").split()
]
CHECKED = [
    "recency",
    "frequency",
    "monetary",
    "tenure",
    "gap_mean",
    "gap_std",
    "products",
]

SQL = """
CREATE OR REPLACE TABLE described AS
WITH visits AS (
    SELECT
        customer,
        date::DATE AS day,
        "order",
        count(*) AS lines,
        sum((quantity < 0)::INT) AS back,
        sum(amount) AS amount
    FROM lines GROUP BY ALL
), people AS (
    SELECT
        customer,
        min(day) FILTER (back < lines) AS first,
        max(day) FILTER (back < lines) AS last,
        max(day) AS any_last,
        min(day) AS any_first,
        count(DISTINCT "order") FILTER (back < lines) AS frequency,
        sum(amount) AS monetary
    FROM visits GROUP BY customer
), days AS (
    SELECT DISTINCT customer, day FROM visits WHERE back < lines
), gaps AS (
    SELECT customer, avg(gap) AS gap_mean, stddev_samp(gap) AS gap_std FROM (
        SELECT customer, day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap FROM days
    ) GROUP BY customer
), things AS (
    SELECT customer, count(*) AS products
    FROM (SELECT DISTINCT customer, product FROM lines) GROUP BY customer
), today AS (SELECT max(day) + 1 AS today FROM visits)
SELECT
    customer,
    today - coalesce(last, any_last) AS recency,
    frequency,
    monetary,
    today - coalesce(first, any_first) AS tenure,
    gap_mean,
    gap_std,
    products
FROM people LEFT JOIN gaps USING (customer) LEFT JOIN things USING (customer), today
ORDER BY customer
"""


def make_lines(count: int, seed: int = 0) -> pd.DataFrame:
    """Two years of 3,000 products: about 40 lines a customer in 10 orders, 4 % returned."""
    rng = np.random.default_rng(seed)
    customer = rng.integers(0, max(2, count // 40), count)
    turn = rng.integers(0, 10, count)
    order = customer.astype(np.int64) * 10 + turn
    day = (
        order * 7919 + customer * 104_729
    ) % 730  # all lines of an order fall on one day
    quantity = np.where(order % 25 == 0, -1.0, rng.integers(1, 6, count))

    def texts(letter, numbers):
        return pd.Series(np.char.add(letter, numbers.astype(str)), dtype=object)

    return pd.DataFrame(
        {
            "customer": texts("C", customer),
            "order": texts("O", order),
            "date": pd.Timestamp("2023-01-01")
            + pd.to_timedelta(day, unit="D")
            + pd.to_timedelta(order % 40_000, unit="s"),
            "product": texts("P", rng.integers(0, 3000, count)),
            "quantity": quantity,
            "amount": (quantity * rng.gamma(2, 5, count)).round(2),
        }
    )


def by_pandas(lines: pd.DataFrame) -> pd.DataFrame:
    """The same summary as pandas users write it."""
    day = lines["date"].dt.normalize()
    bought = lines["quantity"] >= 0
    today = day.max() + pd.Timedelta(days=1)
    summary = lines.groupby("customer").agg(
        monetary=("amount", "sum"), products=("product", "nunique")
    )
    orders = lines[bought].groupby("customer").agg(frequency=("order", "nunique"))
    spread = (
        day.groupby(lines["customer"])
        .agg(any_first="min", any_last="max")
        .join(day[bought].groupby(lines["customer"]).agg(first="min", last="max"))
    )
    days = (
        pd.DataFrame({"customer": lines["customer"][bought], "day": day[bought]})
        .drop_duplicates()
        .sort_values(["customer", "day"])
    )
    days["gap"] = days.groupby("customer")["day"].diff().dt.days
    gaps = days.groupby("customer")["gap"].agg(gap_mean="mean", gap_std="std")
    summary = summary.join(orders).join(spread).join(gaps)
    summary["frequency"] = summary["frequency"].fillna(0).astype("int64")
    summary["recency"] = (
        today - summary["last"].fillna(summary["any_last"])
    ).dt.days
    summary["tenure"] = (
        today - summary["first"].fillna(summary["any_first"])
    ).dt.days
    return summary.sort_index().reset_index()


def digest(summary: pd.DataFrame) -> dict[str, float]:
    """Sums that two summaries share when they are the same."""
    return {
        "customers": float(len(summary)),
        **{
            name: round(
                float(summary[name].sum())
                / max(1.0, float(summary[name].abs().max())),
                6,
            )
            for name in CHECKED
        },
    }


def ours_stored(count: int) -> tuple[float, dict[str, float]]:
    """Ours from lines that lie in the engine."""
    engine = Engine()
    engine.register("lines", make_lines(count))
    done = timed(lambda: describe_customers(engine.backend.table("lines")), runs=2)
    return done.seconds, digest(done.result)


def ours_frame(count: int) -> tuple[float, dict[str, float]]:
    """Ours from a pandas frame."""
    lines = make_lines(count)
    done = timed(describe_customers, lines)
    return done.seconds, digest(done.result)


def sql_stored(count: int) -> tuple[float, dict[str, float]]:
    """SQL by hand on the same table, its result as a frame."""
    engine = Engine()
    engine.register("lines", make_lines(count))
    done = timed(
        lambda: (
            engine.run(SQL),
            engine.frame("FROM described ORDER BY customer"),
        )[1],
        runs=2,
    )
    return done.seconds, digest(done.result)


def pandas_frame(count: int) -> tuple[float, dict[str, float]]:
    """pandas' groupby."""
    lines = make_lines(count)
    done = timed(by_pandas, lines)
    return done.seconds, digest(done.result)


def main() -> list[Row]:
    """A line for each size and peer."""
    rows = []
    for count in SIZES:
        timings = {
            work.__name__: apart(work, count)
            for work in (ours_stored, ours_frame, sql_stored, pandas_frame)
        }
        seconds = {name: done.result[0] for name, done in timings.items()}
        first = timings["ours_stored"].result[1]
        same = all(done.result[1] == first for done in timings.values())
        note = (
            ""
            if same
            else f"NOT THE SAME: { ({name: done.result[1] for name, done in timings.items()}) }"
        )
        size = f"{count / 1e6:g} M lines"
        rows.append(
            Row(
                f"stored, {size}",
                seconds["ours_stored"],
                "pandas groupby",
                seconds["pandas_frame"],
                note=note,
            )
        )
        rows.append(
            Row(
                f"stored, {size}",
                seconds["ours_stored"],
                "DuckDB SQL by hand",
                seconds["sql_stored"],
                note=note,
            )
        )
        rows.append(
            Row(
                f"from a frame, {size}",
                seconds["ours_frame"],
                "pandas groupby",
                seconds["pandas_frame"],
                note=note,
            )
        )
    return rows
