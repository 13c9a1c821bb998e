"""What changed between two tables of orders, and why, so that the parts add up to the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.days import plausible_dates
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales

FACTORS = ("customers", "orders", "value")
_SMALLEST = 0.005  # of money: less is a rounding of sums
_MOVERS = 10  # of each kind in each direction
_FEWEST_CHANGES = 6  # of earlier months, to say what is usual


@dataclass(frozen=True, eq=False)
class Changes:
    """What changed between two tables of orders.

    - `drivers`: a row a driver; the contributions add up to the change of revenue.
        - `driver` : "customers", "orders" (a customer), "value" (of an order); "returns" (what was
          taken back or taken off) and "unnamed" (sales of customers who are not known), where
          there are any
        - `before`, `after` : the driver itself: a number of customers, orders a customer, money an
          order, money
        - `contribution` : money
    - `segments`: who came, who went, who stayed; the contributions add up likewise.
        - `segment` : "new", "returned" (had bought before, but not in the table before), "more",
          "same", "less" (of those in both), "lapsed", and "unnamed" where there are such sales
        - `customers` : how many
        - `before`, `after`, `contribution` : money, and the change of it
    - `movers`: what moved most, the largest change first, ten up and ten down of each kind.
        - `kind` : "customer" or "product"
        - `name` : which
        - `before`, `after`, `change` : money
    - `corrected`: orders that are in both tables with other money, or gone from the time both span.
        - `order` : its number
        - `before`, `after` : money; 0 where it is gone
    - `revenue_before`, `revenue_after` : money in all, returns subtracted.
    - `customers_before`, `customers_after` : how many bought.
    """

    drivers: pd.DataFrame
    segments: pd.DataFrame
    movers: pd.DataFrame
    corrected: pd.DataFrame
    revenue_before: float
    revenue_after: float
    customers_before: int
    customers_after: int

    @property
    def change(self) -> float:
        """Money: revenue now less revenue before."""
        return self.revenue_after - self.revenue_before

    @property
    def unchanged(self) -> bool:
        """Whether both tables say the same: nobody's money differs, and nobody came or went."""
        is_still = self.drivers["contribution"].abs().lt(_SMALLEST).all()
        stayed = self.segments["segment"].isin(["same", "unnamed"])
        return bool(is_still and self.segments.loc[~stayed, "customers"].sum() == 0)

    @property
    def sentence(self) -> Message:
        """How revenue changed, and what did most for it."""
        details: dict[str, Any] = {
            "before": self.revenue_before,
            "after": self.revenue_after,
            "change": abs(self.change),
        }
        if self.unchanged:
            return Message("overview.changed.nothing", details)
        if abs(self.change) < _SMALLEST:
            return Message("overview.changed.level", details)
        sign = np.sign(self.change)
        main = (self.drivers["contribution"] * sign).idxmax()
        direction = "up" if sign > 0 else "down"
        details |= {
            "driver": str(self.drivers.loc[main, "driver"]),
            "part": abs(float(self.drivers.loc[main, "contribution"])),
        }
        return Message(f"overview.changed.{direction}", details)

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: revenue and customers before and after; who came and who went.

        customers_before + new + returned - lapsed = customers_after. Besides the change of revenue
        (money, and as a share), corrected orders and what that changed.
        """
        numbers = self.segments.set_index("segment")["customers"]
        share = (
            self.change / self.revenue_before if self.revenue_before > 0 else None
        )
        moved = self.corrected["after"] - self.corrected["before"]
        return {
            "revenue_before": self.revenue_before,
            "revenue_after": self.revenue_after,
            "change": self.change,
            "share": share,
            "customers_before": float(self.customers_before),
            "customers_after": float(self.customers_after),
            **{
                name: float(numbers[name]) for name in ("new", "returned", "lapsed")
            },
            "corrected": float(len(self.corrected)),
            "corrected_money": float(moved.sum()),
        }


def what_changed(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    history: pd.DataFrame | None = None,
) -> Changes:
    """What changed from one table of orders to another, and which driver did how much of it.

    Revenue of known customers, before returns, is customers times orders a customer times value of
    an order. By the logarithmic mean Divisia index each takes L(V1, V0) ln(x1 / x0) of the change,
    L(a, b) = (a - b) / ln(a / b): the parts add up, and none depends on the order in which they
    are changed (Ang, "Decomposition analysis for policymaking in energy: which is the preferred
    method?", Energy Policy 32, 2004). Returns, and sales without a customer, stand beside.

    Parameters
    ----------
    before, after
        Cleaned order lines with `amount`: of two periods, or a table as it was and as it is;
        `customer`, `order`, `date` and `product` where known. Without `order` a customer's day is
        an order. Money of both is in one currency.
    history
        Lines from before both, which tell who returned from who is new.

    Returns
    -------
    Changes
        Drivers, segments, movers and corrected orders.

    Raises
    ------
    AnalysisError
        "data.missing_role" without an amount.

    Examples
    --------
    >>> def shop(customers, orders, value):
    ...     lines = range(round(customers * orders))
    ...     rows = [(f"c{line % customers}", f"o{line}", value) for line in lines]
    ...     return pd.DataFrame(rows, columns=["customer", "order", "amount"])
    >>> changed = what_changed(shop(100, 2, 10.0), shop(110, 1.8, 11.0))
    >>> changed.drivers["contribution"].round(2).tolist(), round(changed.change, 2)
    ([198.98, -219.96, 198.98], 178.0)
    """
    first, second = _Lines.of(before), _Lines.of(after)
    return Changes(
        _drivers(first, second),
        _segments(first, second, _customers_of(history)),
        _movers(first, second),
        _corrected(before, after),
        float(first.money.sum()),
        float(second.money.sum()),
        len(first.by_customer),
        len(second.by_customer),
    )


def same_days(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The last month of a record and the one before, so cut that both have the same days.

    A month that has not ended is compared with as many days of the month before; whole months are
    compared whole.

    Parameters
    ----------
    table
        Order lines with `date`.

    Returns
    -------
    tuple of two tables
        The lines of the month before, and those of the last one.

    Raises
    ------
    AnalysisError
        "data.missing_role" without a date, "overview.one_month" where the record does not hold two
        months.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-04-03", "2024-04-20", "2024-05-02", "2024-05-10"])
    >>> before, after = same_days(pd.DataFrame({"date": days, "amount": [1.0, 2.0, 4.0, 8.0]}))
    >>> before["amount"].sum(), after["amount"].sum()
    (np.float64(1.0), np.float64(12.0))
    """
    require(table, "date")
    days = pd.to_datetime(plausible_dates(table["date"]))
    if days.isna().all():
        raise AnalysisError("overview.one_month")
    last = days.max()
    month = last.to_period("M")
    previous = month - 1
    if days.min().to_period("M") > previous:
        raise AnalysisError("overview.one_month")
    is_whole = last.day == month.days_in_month
    until = 31 if is_whole else min(last.day, previous.days_in_month)
    in_time = days.dt.day.le(until)
    periods = days.dt.to_period("M")
    return table[in_time & periods.eq(previous)], table[in_time & periods.eq(month)]


def usual_change(table: pd.DataFrame, share: float = 0.8) -> float | None:
    """By how much revenue changes from one whole month to the next, up or down, in most months.

    Parameters
    ----------
    table
        Order lines with `date` and `amount`.
    share
        Of the earlier months: that many change by no more. The last change is not counted.

    Returns
    -------
    float or None
        Money; None where there are fewer than six earlier changes to say it by.

    Raises
    ------
    AnalysisError
        "data.missing_role" without a date or an amount.

    Examples
    --------
    >>> days = pd.date_range("2024-01-15", periods=9, freq="MS")
    >>> money = [100.0, 110.0, 100.0, 110.0, 100.0, 110.0, 100.0, 110.0, 500.0]
    >>> usual_change(pd.DataFrame({"date": days, "amount": money}))
    10.0
    """
    require(table, "date", "amount")
    sales = only_sales(table)
    days = pd.to_datetime(plausible_dates(sales["date"]))
    if days.isna().all():
        return None
    money = pd.to_numeric(sales["amount"], errors="coerce").fillna(0.0)
    by_month = money.groupby(days.dt.to_period("M")).sum()
    months = pd.period_range(by_month.index.min(), by_month.index.max(), freq="M")
    changes = by_month.reindex(months, fill_value=0.0).diff().dropna().abs()
    # The first month may have begun before the record, the last goes on.
    earlier = changes.iloc[1:-1]
    if len(earlier) < _FEWEST_CHANGES:
        return None
    return float(earlier.quantile(share))


@dataclass(frozen=True, eq=False)
class _Lines:
    """The sales of a table: what is known of them, each once."""

    table: pd.DataFrame
    money: pd.Series
    by_customer: pd.Series

    @classmethod
    def of(cls, table: pd.DataFrame) -> _Lines:
        """The sales of a table. AnalysisError without an amount."""
        require(table, "amount")
        sales = only_sales(table).reset_index(drop=True)
        money = pd.to_numeric(sales["amount"], errors="coerce").astype(float)
        money = money.where(np.isfinite(money), 0.0)
        sales = sales.assign(customer=_named(sales))
        return cls(sales, money, money.groupby(sales["customer"]).sum())

    @property
    def is_taken(self) -> pd.Series:
        """Which lines take money back: returns, refunds and what was taken off."""
        return self.money < 0

    @property
    def is_named(self) -> pd.Series:
        """Which lines say who bought."""
        return self.table["customer"].notna()

    def factors(self) -> tuple[float, float, float]:
        """Customers, orders a customer, and money an order, before returns."""
        bought = self.is_named & ~self.is_taken
        lines, money = self.table[bought], float(self.money[bought].sum())
        if money <= 0:
            return 0.0, 0.0, 0.0
        customers = lines["customer"].nunique()
        orders = _orders(lines)
        return float(customers), orders / customers, money / orders


def _named(sales: pd.DataFrame) -> pd.Series:
    if "customer" not in sales.columns:
        return pd.Series(None, index=sales.index, dtype=object)
    names = sales["customer"].astype(object)
    return names.where(names.notna() & names.astype(str).str.strip().ne(""), None)


def _orders(lines: pd.DataFrame) -> int:
    for names in (["order"], ["customer", "date"]):
        if set(names) <= set(lines.columns) and lines[names].notna().all(axis=None):
            keys = lines[names]
            if "date" in names:
                keys = keys.assign(date=pd.to_datetime(keys["date"]).dt.normalize())
            return len(keys.drop_duplicates())
    return len(lines)


def _drivers(first: _Lines, second: _Lines) -> pd.DataFrame:
    before, after = first.factors(), second.factors()
    rows = [
        {"driver": name, "before": old, "after": new, "contribution": part}
        for name, old, new, part in zip(
            FACTORS, before, after, _divisia(before, after), strict=True
        )
    ]
    for name in ("returns", "unnamed"):
        sums = [_beside(lines, name) for lines in (first, second)]
        if any(sums):
            rows.append(
                {
                    "driver": name,
                    "before": sums[0],
                    "after": sums[1],
                    "contribution": sums[1] - sums[0],
                }
            )
    return pd.DataFrame(rows)


def _beside(lines: _Lines, name: str) -> float:
    if name == "returns":
        return float(lines.money[lines.is_taken & lines.is_named].sum())
    return float(lines.money[~lines.is_named].sum())


def _divisia(
    before: tuple[float, ...], after: tuple[float, ...]
) -> tuple[float, ...]:
    """What each factor does of the change of their product (LMDI I, additive).

    Where nobody bought before, or nobody now, customers did it all.

    >>> [round(part, 2) for part in _divisia((100, 2, 10), (110, 1.8, 11))]
    [198.98, -219.96, 198.98]
    """
    old, new = float(np.prod(before)), float(np.prod(after))
    if old <= 0 or new <= 0:
        return (new - old, *(0.0 for _ in before[1:]))
    mean = (
        old if np.isclose(old, new, rtol=1e-12) else (new - old) / np.log(new / old)
    )
    parts = [
        float(mean * np.log(b / a)) for a, b in zip(before, after, strict=True)
    ]
    return tuple(parts)


def _customers_of(history: pd.DataFrame | None) -> set[object]:
    if history is None or "customer" not in history.columns:
        return set()
    return set(only_sales(history)["customer"].dropna())


def _segments(first: _Lines, second: _Lines, earlier: set[object]) -> pd.DataFrame:
    money = _side_by_side(first.by_customer, second.by_customer)
    came, went = money["before"].isna(), money["after"].isna()
    change = money["after"].fillna(0.0) - money["before"].fillna(0.0)
    known = pd.Series([name in earlier for name in money.index], index=money.index)
    group = pd.Series(
        np.select(
            [
                came & known.astype(bool),
                came,
                went,
                change.abs() < _SMALLEST,
                change > 0,
            ],
            ["returned", "new", "lapsed", "same", "more"],
            "less",
        ),
        index=money.index,
        dtype=object,
    )
    names = ["new", "returned", "more", "same", "less", "lapsed"]
    sums = money.fillna(0.0).groupby(group).sum().reindex(names, fill_value=0.0)
    counts = group.value_counts().reindex(names, fill_value=0)
    table = sums.reset_index(names="segment")
    table.insert(1, "customers", counts.to_numpy(dtype=int))
    unnamed = [_beside(lines, "unnamed") for lines in (first, second)]
    if any(unnamed):
        table.loc[len(table)] = ["unnamed", 0, *unnamed]
    return table.assign(contribution=table["after"] - table["before"])


def _movers(first: _Lines, second: _Lines) -> pd.DataFrame:
    parts = [_moved("customer", first.by_customer, second.by_customer)]
    if all("product" in lines.table.columns for lines in (first, second)):
        sums = [
            lines.money.groupby(lines.table["product"]).sum()
            for lines in (first, second)
        ]
        parts.append(_moved("product", *sums))
    return pd.concat(parts, ignore_index=True)


def _moved(kind: str, before: pd.Series, after: pd.Series) -> pd.DataFrame:
    table = _side_by_side(before, after).fillna(0.0).reset_index(names="name")
    table = table.assign(change=table["after"] - table["before"])
    table = table[table["change"].abs() >= _SMALLEST]
    table = table.sort_values("change", ascending=False, kind="stable")
    places = np.arange(len(table))
    rose, fell = table["change"] > 0, table["change"] < 0
    moved = table[
        (rose & (places < _MOVERS)) | (fell & (places >= len(table) - _MOVERS))
    ]
    moved = moved.sort_values(
        "change",
        key=lambda change: -change.abs(),
        kind="stable",
        ignore_index=True,
    )
    moved["name"] = moved["name"].astype(str)
    moved.insert(0, "kind", kind)
    return moved


def _side_by_side(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Money before and after by name; NaN where there is none."""
    names = sorted({*before.index, *after.index}, key=str)
    table = pd.DataFrame(index=pd.Index(names, dtype=object))
    for title, sums in (("before", before), ("after", after)):
        known = sums.to_dict()
        table[title] = [float(known.get(name, np.nan)) for name in names]
    return table


def _corrected(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Orders whose money was changed afterwards, within the time that both tables span."""
    empty = pd.DataFrame({"order": [], "before": [], "after": []})
    empty = empty.astype({"order": object, "before": float, "after": float})
    needed = {"order", "date"}
    if not (needed <= set(before.columns) and needed <= set(after.columns)):
        return empty
    sums = [_order_money(table) for table in (before, after)]
    old, new = (table["money"] for table in sums)
    shared = old.index.intersection(new.index)
    if shared.empty:
        return empty
    since = sums[1]["date"].min()
    gone = old.index.difference(new.index)
    gone = gone[(sums[0]["date"].reindex(gone) >= since).to_numpy()]
    changed = shared[(old[shared] - new[shared]).abs().to_numpy() >= _SMALLEST]
    names = changed.append(gone)
    return pd.DataFrame(
        {
            "order": names.astype(object),
            "before": old.reindex(names).to_numpy(dtype=float),
            "after": new.reindex(names).fillna(0.0).to_numpy(dtype=float),
        }
    )


def _order_money(table: pd.DataFrame) -> pd.DataFrame:
    sales = only_sales(table)
    lines = pd.DataFrame(
        {
            "money": pd.to_numeric(sales["amount"], errors="coerce").fillna(0.0),
            "date": pd.to_datetime(sales["date"]),
            "order": sales["order"],
        }
    )
    return lines.groupby("order").agg(money=("money", "sum"), date=("date", "min"))
