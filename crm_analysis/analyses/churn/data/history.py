"""What was known of customers on a day: their purchases up to and including it, and nothing later."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.interpurchase import purchase_lines
from crm_analysis.analyses.customers import describe_customers

__all__ = ["COLUMNS", "describe_history"]

COLUMNS = frozenset(
    [
        "recency",
        "frequency",
        "tenure",
        "gap_mean",
        "gap_std",
        "products",
        "returns",
        "return_share",
        "monetary",
        "average_order",
        "quantity",
        "country",
        "overdue",
        "overdue_longest",
        "usual_orders",
        "missed_orders",
        "orders_recent",
        "orders_before",
        "spend_recent",
        "spend_before",
        "orders_trend",
        "spend_trend",
        "orders_year_ago",
        "last_amount",
        "main_category",
        "main_channel",
    ]
)
_WORDS = (("category", "main_category"), ("channel", "main_channel"))


def describe_history(
    transactions: pd.DataFrame, cutoff: pd.Timestamp, window: int, lookback: int | None = None
) -> pd.DataFrame:
    """One row a customer as of the end of the day `cutoff`.

    The first thing done is to throw away every later line. Columns: customer, cutoff; recency, frequency, tenure, gap_mean, gap_std, products, returns,
    return_share, monetary, average_order, quantity, country as `describe_customers` says; overdue and overdue_longest (recency over gap_mean, over the longest gap);
    usual_orders, missed_orders (purchase days to expect of `window` days, and of the days since the last, at the pace so far); orders_recent, orders_before,
    spend_recent, spend_before (purchase days and money in the last `window` days and in the window before), orders_trend, spend_trend (recent less before, over
    their sum); orders_year_ago (purchase days in the window that follows the same day a year before; empty where the record is too short);
    last_amount (money of the last purchase day); main_category, main_channel (the most frequent). Columns whose source is not in the table are absent.
    """
    day = int(cutoff.to_datetime64().astype("datetime64[D]").astype(np.int64))
    known = transactions[transactions["date"] < cutoff.normalize() + pd.Timedelta(days=1)]
    if lookback is not None:
        known = known[known["date"] >= cutoff.normalize() - pd.Timedelta(days=lookback - 1)]
    found = describe_customers(known, as_of=cutoff.date(), kind="transactions").drop(
        columns=["first_order", "last_order"]
    )
    found.attrs = {}
    lines = purchase_lines(known)
    start = int(lines["day"].min())
    found = found[found["customer"].isin(lines["customer"].unique())].reset_index(drop=True)
    people = pd.Index(found["customer"])
    who = people.get_indexer(lines["customer"])
    age = day - lines["day"].to_numpy()
    found["overdue"] = found["recency"] / found["gap_mean"]
    width = int(age.max()) + 1
    days = np.stack(
        np.divmod(np.unique(who.astype(np.int64) * width + age), width)
    )  # customer and age of each purchase day
    pace = np.bincount(days[0], minlength=len(people)) / (found["tenure"] + window)
    found["usual_orders"], found["missed_orders"] = pace * window, pace * found["recency"]
    found["overdue_longest"] = found["recency"] / _longest_gap(days, len(people))
    spent = lines["amount"].fillna(0).to_numpy(dtype=float) if "amount" in lines.columns else None
    recent, before = (window, 2 * window) if day - start >= 2 * window - 1 else (window, None)
    for name, first, last in (("recent", 0, recent), ("before", window, before)):
        if last is None:
            continue  # the record is too short to look back so far: not "no purchase" but not known
        inside = (days[1] >= first) & (days[1] < last)
        found[f"orders_{name}"] = np.bincount(days[0][inside], minlength=len(people)).astype(float)
        if spent is not None:
            inside = (age >= first) & (age < last)
            found[f"spend_{name}"] = np.bincount(
                who[inside], weights=spent[inside], minlength=len(people)
            )
    for name in ("orders", "spend"):
        if f"{name}_before" in found.columns:
            both = found[f"{name}_recent"] + found[f"{name}_before"]
            found[f"{name}_trend"] = (
                (found[f"{name}_recent"] - found[f"{name}_before"]) / both.where(both > 0)
            ).fillna(0.0)
    if day - 365 >= start:
        inside = (days[1] < 365) & (days[1] >= 365 - window)
        found["orders_year_ago"] = np.bincount(days[0][inside], minlength=len(people)).astype(float)
    if spent is not None:
        youngest = np.full(len(people), np.iinfo(np.int64).max)
        np.minimum.at(youngest, who, age)
        inside = age == youngest[who]
        found["last_amount"] = np.bincount(
            who[inside], weights=spent[inside], minlength=len(people)
        )
    for name, called in _WORDS:
        if name in lines.columns:
            found[called] = _most_frequent(who, lines[name], len(people))
    found.insert(
        1,
        "cutoff",
        pd.Series(
            np.full(len(found), cutoff.normalize().to_datetime64(), dtype="datetime64[us]"),
            index=found.index,
        ),
    )
    return found


def _longest_gap(days: np.ndarray, people: int) -> np.ndarray:
    """Each customer's longest gap between purchase days; NaN with one."""
    same = days[0][1:] == days[0][:-1]
    longest = np.zeros(people)
    np.maximum.at(longest, days[0][1:][same], np.diff(days[1])[same].astype(float))
    return np.where(longest > 0, longest, np.nan)


def _most_frequent(who: np.ndarray, column: pd.Series, people: int) -> np.ndarray:
    """Each customer's most frequent value, the first in the alphabet among equals; None where none is known."""
    codes, levels = pd.factorize(column.astype("object"), sort=True)
    there = codes >= 0
    pairs, counts = np.unique(
        who[there].astype(np.int64) * max(len(levels), 1) + codes[there], return_counts=True
    )
    person, level = pairs // max(len(levels), 1), pairs % max(len(levels), 1)
    order = np.lexsort((level, -counts, person))
    first = order[np.r_[True, np.diff(person[order]) != 0]] if len(order) else order
    found = np.full(people, None, dtype=object)
    found[person[first]] = np.asarray(levels, dtype=object)[level[first]]
    return found
