"""Order lines → examples: what was known of each customer on some past days, and whether they then stayed away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.history import describe_history
from crm_analysis.analyses.churn.data.interpurchase import (
    Rhythm,
    propose_window,
    purchases_of,
)
from crm_analysis.analyses.churn.options import WindowOptions
from crm_analysis.analyses.customers import Purchases
from crm_analysis.errors import AnalysisError

__all__ = ["Windows", "churn_examples", "current_customers", "plan_windows"]

_MOST_CUTOFFS = 6
_NEAREST = 28


@dataclass(frozen=True, eq=False)
class Windows:
    """What `WindowOptions` come to on a record: `window_days`, `active_days`, the `cutoffs` (earliest first), `last_day`, and the `rhythm` they are from."""

    window_days: int
    active_days: int
    cutoffs: tuple[pd.Timestamp, ...]
    last_day: pd.Timestamp
    rhythm: Rhythm


def plan_windows(transactions: pd.DataFrame, options: WindowOptions | None = None) -> Windows:
    """The window and the cut-offs: the last one a window before the record's last day, each earlier one `spacing_days` before, as long as a window of
    history lies before it. AnalysisError `churn.record_too_short` (days, least).
    """
    options = options or WindowOptions()
    return _plan(purchases_of(transactions, options.until), options)


def _plan(bought: Purchases, options: WindowOptions) -> Windows:
    rhythm = propose_window(bought)
    window = options.window_days or rhythm.window_days
    span = bought.until - bought.start + 1
    if span < 2 * window + 1:
        raise AnalysisError(
            "churn.record_too_short", days=span, least=2 * window + 1, window=window
        )
    # A window apart no future is told twice; nearer where the record would else give fewer than four days to look back from.
    spacing = options.spacing_days or min(window, max(_NEAREST, (span - 2 * window) // 3))
    most = options.cutoffs or _MOST_CUTOFFS
    days = [
        day
        for at in range(most)
        if (day := bought.until - window - at * spacing) - bought.start + 1 >= window
    ]
    return Windows(
        window,
        options.active_days or window,
        tuple(_date(day) for day in reversed(days)),
        _date(bought.until),
        rhythm,
    )


def churn_examples(
    transactions: pd.DataFrame, options: WindowOptions | None = None, *, current: bool = False
) -> pd.DataFrame:
    """Examples of leaving and staying, several cut-offs stacked.

    Table in: order lines (customer, date; what there is of order, product, quantity, amount, category, channel, country). Table out: a row a customer and
    cut-off on which they were still a customer (a purchase within `active_days` before): customer, cutoff, the features of `describe_history` from lines up to and
    including the cut-off, and churned: no purchase in the `window_days` after it. With `current` the customers of the record's last day follow, churned not known.
    `attrs`: window_days, active_days, cutoffs, last_day (ISO), proposed_days, gone (customers silent for longer than active_days on the last day).

    >>> days = [*range(0, 200, 10), *range(0, 70, 10)]
    >>> lines = pd.DataFrame({"customer": ["stays"] * 20 + ["leaves"] * 7, "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D")})
    >>> churn_examples(lines, WindowOptions(window_days=30))[["customer", "cutoff", "recency", "churned"]]
      customer     cutoff  recency  churned
    0   leaves 2024-02-10        0    False
    1    stays 2024-02-10        0    False
    2   leaves 2024-03-11       10     True
    3    stays 2024-03-11        0    False
    4    stays 2024-04-10        0    False
    5    stays 2024-05-10        0    False
    6    stays 2024-06-09        0    False

    Raises
    ------
    AnalysisError
        A role is missing; `churn.dates_are_text`, `customers.no_purchases`, `churn.record_too_short`, `churn.no_examples`.
    """
    options = options or WindowOptions()
    bought = purchases_of(transactions, options.until)
    windows = _plan(bought, options)
    parts = []
    for cutoff in windows.cutoffs:
        known = _known(transactions, bought, cutoff, windows, options)
        day = _day(cutoff)
        coming = bought.labels[
            np.unique(
                bought.customer[(bought.day > day) & (bought.day <= day + windows.window_days)]
            )
        ]
        parts.append(known.assign(churned=~known["customer"].isin(coming)))
    if not sum(map(len, parts)):
        raise AnalysisError("churn.no_examples")
    if current:
        today = _known(transactions, bought, windows.last_day, windows, options)
        parts = [part.assign(churned=part["churned"].astype("boolean")) for part in parts]
        parts.append(today.assign(churned=pd.array([pd.NA] * len(today), dtype="boolean")))
    found = pd.concat([part for part in parts if len(part)], ignore_index=True)
    found = found[[*(name for name in found.columns if name != "churned"), "churned"]]
    found.attrs = _facts(windows, bought)
    return found


def current_customers(
    transactions: pd.DataFrame, options: WindowOptions | None = None
) -> pd.DataFrame:
    """Who is a customer on the record's last day, with the same features as `churn_examples` has, for `Churn.apply`: their next window is not known yet."""
    options = options or WindowOptions()
    bought = purchases_of(transactions, options.until)
    windows = _plan(bought, options)
    found = _known(transactions, bought, windows.last_day, windows, options)
    found.attrs = _facts(windows, bought)
    return found


def _known(
    transactions: pd.DataFrame,
    bought: Purchases,
    cutoff: pd.Timestamp,
    windows: Windows,
    options: WindowOptions,
) -> pd.DataFrame:
    day = _day(cutoff)
    seen = bought.day <= day
    if options.lookback_days is not None:
        seen &= bought.day > day - options.lookback_days
    orders = np.bincount(bought.customer[seen], minlength=len(bought.labels))
    active = np.zeros(len(bought.labels), dtype=bool)
    active[bought.customer[seen & (bought.day > day - windows.active_days)]] = True
    who = bought.labels[active & (orders >= options.min_orders)]
    found = describe_history(transactions, cutoff, windows.window_days, options.lookback_days)
    return found[found["customer"].isin(who)].reset_index(drop=True)


def _facts(windows: Windows, bought: Purchases) -> dict[str, object]:
    last = np.full(len(bought.labels), -1)
    np.maximum.at(last, bought.customer, bought.day)
    return {
        "window_days": windows.window_days,
        "active_days": windows.active_days,
        "proposed_days": windows.rhythm.window_days,
        "cutoffs": [cutoff.date().isoformat() for cutoff in windows.cutoffs],
        "last_day": windows.last_day.date().isoformat(),
        "gone": int((last <= bought.until - windows.active_days).sum()),
    }


def _date(day: int) -> pd.Timestamp:
    return pd.Timestamp(np.datetime64(int(day), "D"))


def _day(date: pd.Timestamp) -> int:
    return int(date.to_datetime64().astype("datetime64[D]").astype(np.int64))
