"""Orders of customers some of whom stop, and people who leave by what is known of them."""

from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn import ChurnOptions
from crm_analysis.wording import LANGUAGES, has, say

QUICK = ChurnOptions(model="logistic", draws=20)


START = pd.Timestamp("2024-01-01")


def orders(customers: int = 120, days: int = 500, seed: int = 0) -> pd.DataFrame:
    """Regular buyers, a third of whom stop for good on a day of their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(customers):
        end, gap = (
            (rng.integers(120, days - 60) if who % 3 == 0 else days),
            rng.integers(6, 16),
        )
        day = int(rng.integers(0, 60))
        while day < end:
            rows.append(
                (
                    f"C{who:03d}",
                    f"{who}-{day}",
                    START + pd.Timedelta(days=day),
                    f"P{rng.integers(5)}",
                    1.0,
                    float(rng.integers(5, 50)),
                )
            )
            day += max(1, int(gap + rng.integers(-3, 4)))
    return pd.DataFrame(
        rows,
        columns=["customer", "order", "date", "product", "quantity", "amount"],
    )


def people(count: int = 400, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "customer": [f"C{number}" for number in range(count)],
            "tenure": rng.integers(1, 60, count),
            "plan": rng.choice(["a", "b"], count),
        }
    )
    return table.assign(
        churned=rng.random(count) < 1 / (1 + np.exp(table["tenure"] / 10 - 2))
    )


def spoken(sentences: Any) -> None:
    for key, details in sentences:
        assert has(key), key
        assert all(
            "{" not in say(key, language, **details) for language in LANGUAGES
        )
