"""Orders of customers who come, buy at their own rate, and leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.wording import LANGUAGES, say

START = pd.Timestamp("2023-01-01")


def shop(
    customers: int = 400,
    days: int = 730,
    seed: int = 0,
    leaving: float = 400.0,
    season: Sequence[float] | None = None,
    gap: int | None = None,
    coming: int = 300,
) -> pd.DataFrame:
    """Order lines of customers who come over the first `coming` days, each at their own rate."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(customers):
        rate, end, taste = (
            rng.gamma(1.5, 0.02),
            rng.exponential(leaving),
            rng.gamma(4, 10),
        )
        day = rng.uniform(0, coming)
        end += day
        while day < min(days, end):
            when = START + pd.Timedelta(days=int(day))
            if season is None or rng.random() < season[when.month - 1]:
                rows.append(
                    (
                        f"C{who:04d}",
                        when,
                        1.0,
                        float(np.round(rng.gamma(4, taste / 4), 2)),
                    )
                )
            day += (
                gap + rng.integers(-1, 2) if gap else rng.exponential(1 / rate) + 1
            )
    return pd.DataFrame(rows, columns=["customer", "date", "quantity", "amount"])


def spoken(key: str, details: dict[str, Any]) -> list[str]:
    """A sentence in both languages, with every placeholder filled."""
    texts = [say(key, language, **details) for language in LANGUAGES]
    assert all(text and "{" not in text for text in texts)
    return texts
