"""Order lines → examples: what was known of customers on a past day, and whether they churned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.history import describe_history
from crm_analysis.analyses.churn.data.purchases import (
    InterpurchaseTime,
    interpurchase_time,
    purchases_of,
)
from crm_analysis.analyses.churn.options import WindowOptions
from crm_analysis.analyses.customers import (
    Purchases,
    as_dates,
    as_day,
    short_record,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import with_plausible_dates

MAXIMUM_CUTOFFS = 6
_NEAREST_DAYS = 28


@dataclass(frozen=True, eq=False)
class Windows:
    """What `WindowOptions` come to on a record.

    - `window_days`: a customer who buys nothing for so long after a cut-off has churned.
    - `active_days`: who has bought within so long before a day is a customer then.
    - `cutoffs`: the days looked back from, earliest first.
    - `last_day`: of the record.
    - `inactive_customers`: those silent for longer than `active_days` on the last day.
    - `interpurchase_time`: what the window is proposed from.
    """

    window_days: int
    active_days: int
    cutoffs: tuple[pd.Timestamp, ...]
    last_day: pd.Timestamp
    inactive_customers: int
    interpurchase_time: InterpurchaseTime


def plan_windows(
    transactions: pd.DataFrame, options: WindowOptions | None = None
) -> Windows:
    """The window and the cut-offs that `churn_examples` takes with these options.

    The last cut-off lies a window before the record's last day, each earlier one `spacing_days`
    before, as long as a window of history lies before it.

    Raises
    ------
    AnalysisError
        A role is missing; `churn.dates_are_text`, `customers.no_purchases`,
        `churn.record_too_short` (days, least), `customers.record_too_short` (days, needed).
    """
    options = options or WindowOptions()
    return _plan(purchases_of(transactions, options.until), options)


def _plan(purchases: Purchases, options: WindowOptions) -> Windows:
    gaps = interpurchase_time(purchases)
    window = options.window_days or gaps.window_days
    span = purchases.span + 1
    short = short_record(purchases)
    if short and options.window_days is None:
        raise AnalysisError(short.key, **short.details)
    if span < 2 * window + 1:
        raise AnalysisError(
            "churn.record_too_short",
            days=span,
            least=2 * window + 1,
            window=window,
        )
    # A window apart no future is seen twice; nearer where the record would else give fewer than
    # four days to look back from.
    spacing = options.spacing_days or min(
        window, max(_NEAREST_DAYS, (span - 2 * window) // 3)
    )
    days = (
        purchases.until
        - window
        - spacing * np.arange(options.cutoffs or MAXIMUM_CUTOFFS)
    )
    cutoffs = np.sort(days[days - purchases.start + 1 >= window])
    active_days = options.active_days or window
    return Windows(
        window,
        active_days,
        tuple(map(pd.Timestamp, as_dates(cutoffs))),
        pd.Timestamp(as_dates(np.array([purchases.until]))[0]),
        int((purchases.last_day <= purchases.until - active_days).sum()),
        gaps,
    )


def churn_examples(
    transactions: pd.DataFrame,
    options: WindowOptions | None = None,
    *,
    current: bool = False,
) -> pd.DataFrame:
    """Examples of churning and staying, several cut-offs stacked.

    Parameters
    ----------
    transactions
        Order lines: customer, date; what there is of order, product, quantity, amount, category,
        channel, country.
    options
        The window and the cut-offs: `plan_windows` says what they come to.
    current
        The customers of the record's last day follow, whose `churned` is not known.

    Returns
    -------
    DataFrame
        A row a customer and cut-off on which they were still a customer (a purchase within
        `active_days` before). Features are of lines up to and including the cut-off; those whose
        source is not in the table, or for which the record is too short, are absent.

        - `customer` : name
        - `cutoff` : the day looked back from
        - `window_end` : the last day of the window that `churned` speaks of
        - `recency` : days since the last purchase
        - `frequency` : orders
        - `tenure` : days since the first purchase
        - `gap_mean`, `gap_std` : mean and deviation of the days between purchase days
        - `products`, `returns` : distinct products, return lines
        - `return_share` : return lines, as a share of all lines
        - `monetary`, `average_order` : net money in all, and per order
        - `quantity` : net quantity
        - `country` : the most frequent
        - `overdue`, `overdue_longest` : recency over gap_mean, over the longest gap
        - `usual_orders`, `missed_orders` : purchase days to expect of a window, and since the last
        - `orders_recent`, `orders_before` : purchase days in the last window, and in the one before
        - `spend_recent`, `spend_before` : money in the same
        - `orders_trend`, `spend_trend` : recent less before, over their sum (−1 to 1)
        - `orders_year_ago` : purchase days in the window that follows the same day a year before
        - `last_amount` : money of the last purchase day
        - `main_category`, `main_channel` : the most frequent
        - `churned` : no purchase after the cut-off, up to and including `window_end`

    Raises
    ------
    AnalysisError
        A role is missing; `churn.dates_are_text`, `customers.no_purchases`,
        `churn.record_too_short`, `churn.no_examples`.

    Examples
    --------
    >>> days = [*range(0, 200, 10), *range(0, 70, 10)]
    >>> lines = pd.DataFrame({"customer": ["stays"] * 20 + ["leaves"] * 7})
    >>> lines["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D")
    >>> examples = churn_examples(lines, WindowOptions(window_days=30))
    >>> examples[["customer", "cutoff", "recency", "churned"]]
      customer     cutoff  recency  churned
    0   leaves 2024-02-10        0    False
    1    stays 2024-02-10        0    False
    2   leaves 2024-03-11       10     True
    3    stays 2024-03-11        0    False
    4    stays 2024-04-10        0    False
    5    stays 2024-05-10        0    False
    6    stays 2024-06-09        0    False
    """
    options = options or WindowOptions()
    purchases = purchases_of(transactions, options.until)
    transactions = with_plausible_dates(transactions)
    windows = _plan(purchases, options)
    parts = []
    for cutoff in windows.cutoffs:
        day = as_day(cutoff)
        ahead = (purchases.day > day) & (purchases.day <= day + windows.window_days)
        buyers = purchases.labels[np.unique(purchases.customer[ahead])]
        active = _active_customers(
            transactions, purchases, cutoff, windows, options
        )
        parts.append(active.assign(churned=~active["customer"].isin(buyers)))
    if not sum(map(len, parts)):
        raise AnalysisError("churn.no_examples")
    if current:
        today = _active_customers(
            transactions, purchases, windows.last_day, windows, options
        )
        parts = [
            part.assign(churned=part["churned"].astype("boolean")) for part in parts
        ]
        parts.append(
            today.assign(churned=pd.array([pd.NA] * len(today), dtype="boolean"))
        )
    examples = pd.concat([part for part in parts if len(part)], ignore_index=True)
    window_end = examples["cutoff"] + pd.Timedelta(days=windows.window_days)
    examples.insert(2, "window_end", window_end.astype(examples["cutoff"].dtype))
    examples["churned"] = examples.pop(
        "churned"
    )  # columns that only later parts have stand last
    return examples


def current_customers(
    transactions: pd.DataFrame, options: WindowOptions | None = None
) -> pd.DataFrame:
    """Who is a customer on the record's last day, for `Churn.apply`.

    Whether they churn in the next window is not known yet.

    Parameters
    ----------
    transactions, options
        As `churn_examples` takes them.

    Returns
    -------
    DataFrame
        A row a customer:

        - `customer` : name
        - `cutoff` : the record's last day
        - `recency`, `frequency`, `tenure`, `gap_mean`, `gap_std`, `products`, `returns`,
          `return_share`, `monetary`, `average_order`, `quantity`, `country`, `overdue`,
          `overdue_longest`, `usual_orders`, `missed_orders`, `orders_recent`, `orders_before`,
          `spend_recent`, `spend_before`, `orders_trend`, `spend_trend`, `orders_year_ago`,
          `last_amount`, `main_category`, `main_channel` : features, as in `churn_examples`

    Raises
    ------
    AnalysisError
        As `churn_examples`.

    Examples
    --------
    Who last bought five months ago is no customer any more.

    >>> days = [*range(0, 200, 10), *range(0, 70, 10)]
    >>> lines = pd.DataFrame({"customer": ["stays"] * 20 + ["left"] * 7})
    >>> lines["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D")
    >>> now = current_customers(lines, WindowOptions(window_days=30))
    >>> now[["customer", "cutoff", "frequency", "tenure"]]
      customer     cutoff  frequency  tenure
    0    stays 2024-07-09         20     190
    """
    options = options or WindowOptions()
    purchases = purchases_of(transactions, options.until)
    transactions = with_plausible_dates(transactions)
    windows = _plan(purchases, options)
    return _active_customers(
        transactions, purchases, windows.last_day, windows, options
    )


def _active_customers(
    transactions: pd.DataFrame,
    purchases: Purchases,
    cutoff: pd.Timestamp,
    windows: Windows,
    options: WindowOptions,
) -> pd.DataFrame:
    """The features of those who are customers on a day."""
    day = as_day(cutoff)
    past = purchases.day <= day
    if options.lookback_days is not None:
        past &= purchases.day > day - options.lookback_days
    orders = np.bincount(purchases.customer[past], minlength=len(purchases.labels))
    active = np.zeros(len(purchases.labels), dtype=bool)
    active[
        purchases.customer[past & (purchases.day > day - windows.active_days)]
    ] = True
    wanted = purchases.labels[active & (orders >= options.min_orders)]
    history = describe_history(
        transactions, cutoff, windows.window_days, options.lookback_days
    )
    return history[history["customer"].isin(wanted)].reset_index(drop=True)
