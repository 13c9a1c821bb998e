"""Made order lines whose structure is known."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def lines(baskets: Any) -> pd.DataFrame:
    """A bare frame of order and product from lists of names."""
    return pd.DataFrame(
        [(order, item) for order, basket in enumerate(baskets) for item in basket],
        columns=["order", "product"],
    )


def shop(customers: int = 300, seed: int = 0) -> pd.DataFrame:
    """Three tastes of five products each.

    A customer buys of one taste, so that what comes next can be told.
    """
    rng = np.random.default_rng(seed)
    rows, order = [], 0
    for customer in range(customers):
        taste = customer % 3
        day = 0
        for _ in range(4):
            order += 1
            day += int(rng.integers(5, 30))
            picked = [
                f"t{taste}-{item}" for item in rng.choice(5, 2, replace=False)
            ] + [f"any-{rng.integers(8)}"]
            rows += [
                (
                    f"C{customer}",
                    f"O{order}",
                    pd.Timestamp("2024-01-01") + pd.Timedelta(days=day),
                    item,
                    1.0,
                    10.0,
                )
                for item in picked
            ]
    return pd.DataFrame(
        rows,
        columns=["customer", "order", "date", "product", "quantity", "amount"],
    )


def bakery(orders: int = 1400, customers: int = 200, seed: int = 5) -> pd.DataFrame:
    """Small baskets of products drawn one by one, whoever buys: there is nothing to find."""
    rng = np.random.default_rng(seed)
    wanted = np.array([8, 7, 20, 25, 14, 7, 6, 1.5, 18, 4, 0.3])
    size = rng.choice([1, 1, 2, 2, 3, 4], orders)
    order = np.repeat(np.arange(orders), size)
    return pd.DataFrame(
        {
            "customer": np.char.add(
                "K",
                np.repeat(rng.integers(0, customers, orders), size).astype(str),
            ),
            "order": order.astype(str),
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(order // 4, "D"),
            "product": np.char.add(
                "p",
                rng.choice(len(wanted), len(order), p=wanted / wanted.sum()).astype(
                    str
                ),
            ),
        }
    )


def ragged(path: Path, delimiter: str = ",") -> pd.DataFrame:
    with path.open(encoding="utf-8", newline="") as file:
        return lines(
            [
                [cell for cell in row if cell.strip()]
                for row in csv.reader(file, delimiter=delimiter)
            ]
        )
