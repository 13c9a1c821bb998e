"""What only orders tell: a new product's start, borrowed from others; demand by segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.distribution import quantiles
from crm_analysis.analyses.forecast.options import (
    Every,
    ForecastOptions,
    Measure,
)
from crm_analysis.analyses.forecast.planning.overrides import sample_paths
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.series.demand import (
    Demand,
    demand,
    measure_demand,
)
from crm_analysis.analyses.forecast.series.periods import Grid
from crm_analysis.analyses.forecast.series.regular import (
    RegularSeries,
    regular_series,
)
from crm_analysis.analyses.forecast.series.selection import goods
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.kinds import require

_FIGURES = ["value", "lo_80", "hi_80", "lo_95", "hi_95"]
_MINIMUM = 3  # siblings, below which nothing is said


@dataclass(frozen=True, kw_only=True)
class NewProductOptions(Options):
    """How far ahead, and from whom the start is borrowed.

    `horizon` is in periods. `minimum_siblings` are wanted of the category; with fewer, all
    categories lend. `level` is how the new product is expected to sell beside the usual one of its
    category (1: as well).
    """

    horizon: int = knob(12, low=1, high=104)
    minimum_siblings: int = knob(5, low=3, high=50, advanced=True)
    level: float = knob(1.0, low=0.05, high=20.0, step=0.05)


@dataclass(frozen=True, eq=False)
class NewProduct:
    """What a new product may sell, and whom it borrows that from.

    Attributes
    ----------
    ahead : pandas.DataFrame
        A row a period:

        - series : the new product
        - date : first day of the period
        - value, lo_80, hi_80, lo_95, hi_95 : units of demand
        - siblings : count of earlier products that reached that age

    profile : pandas.DataFrame
        How the earlier products began, a row a period of their life:

        - period : counted from 1
        - median, lo_80, hi_80 : units; where the new product has sold already, multiples of what
          it sold so far
        - siblings : count that reached that age

    siblings : pandas.DataFrame
        A row an earlier product:

        - series : text
        - start : first day of the period of its first sale
        - total : units of the first periods
        - periods : count of its life that was recorded
        - first_share : share of the total that fell in the first period

    observed : pandas.DataFrame
        What the new product sold so far:

        - series, date, value : product, first day of the period, units

    category : str
        The one borrowed from; "" for all.
    notes : tuple of Message
        What the reader should know.
    every : str
        The period.
    measure : str
        What is measured, as the demand was asked for; "" where that is not known.
    """

    ahead: pd.DataFrame
    profile: pd.DataFrame
    siblings: pd.DataFrame
    observed: pd.DataFrame
    category: str
    notes: tuple[Message, ...]
    every: str = "month"
    measure: str = ""

    def summary(self) -> dict[str, float | None]:
        """Siblings (count), observed (periods), total (units), ends of the first 95 % interval."""
        first = self.ahead.iloc[0]
        return {
            "siblings": float(len(self.siblings)),
            "observed": float(len(self.observed)),
            "total": float(self.ahead["value"].sum()),
            "lo_95_first": float(first["lo_95"]),
            "hi_95_first": float(first["hi_95"]),
        }


def categories_of(table: pd.DataFrame) -> pd.DataFrame:
    """The category of each product in transactions: its most frequent, of equals the first by name.

    Returns
    -------
    pandas.DataFrame
        - series : the product
        - category : text

    Examples
    --------
    >>> lines = pd.DataFrame({"product": ["tea", "mug"], "category": ["drinks", "kitchen"]})
    >>> categories_of(lines)
      series category
    0    mug  kitchen
    1    tea   drinks
    """
    require(table, "product", "category")
    first = (
        table.dropna(subset=["product", "category"])
        .groupby(["product", "category"], observed=True)
        .size()
        .reset_index(name="lines")
        .sort_values(
            ["product", "lines", "category"],
            ascending=[True, False, True],
            ignore_index=True,
        )
        .drop_duplicates("product", ignore_index=True)
    )
    return pd.DataFrame(
        {
            "series": first["product"].astype(str).to_numpy(dtype=object),
            "category": first["category"].astype(str).to_numpy(dtype=object),
        }
    )


def demand_by_product(
    table: pd.DataFrame, every: Every, measure: Measure
) -> Demand:
    """Demand of each product that has a name, for `new_product` to borrow from."""
    require(table, "product")
    lines = goods(table)
    return measure_demand(
        lines[lines["product"].notna()], every, "product", measure
    )


def new_product(
    demand: pd.DataFrame,
    categories: pd.DataFrame | None = None,
    *,
    name: str,
    category: str | None = None,
    start: str | None = None,
    options: NewProductOptions | None = None,
) -> NewProduct:
    """What a new product may sell in its first periods, from how earlier products began.

    The earlier products of its category are laid over one another by age. Without sales of its own
    the new product is expected at their median; with some, at the median of their continuations as
    multiples of what each had sold by that age, times what it has sold so far. Intervals are
    prediction intervals for one more product like these: order statistics where there are enough
    siblings (9 for 80 %, 39 for 95 %), a t-interval on log(1 + x) otherwise. The season of the
    year is not in it.

    Parameters
    ----------
    demand
        series, date, value by product. Products that sell in the first period of the record are
        not borrowed from, for their start is not in it.
    categories
        series, category. None: all products are of one category.
    name, category
        The new product, and its category where `categories` lacks it.
    start
        ISO day of its first period; None: the period after its last sales, or after the record's
        end.
    options
        How far ahead, and from how many.

    Returns
    -------
    NewProduct
        Its periods `.ahead`, the `.profile` of how others began, and the `.siblings` themselves.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "planning.too_few_siblings": fewer than three products have a start.

    References
    ----------
    Forecasting by analogy: Armstrong (ed.), Principles of Forecasting, 2001.
    """
    options = options or NewProductOptions()
    as_recorded = ForecastOptions(leave_out_large_orders=False)
    products = list(regular_series(demand, as_recorded))
    grid = products[0].grid
    record_start = min(product.first for product in products)
    record_end = (
        max(product.first + len(product.recorded) for product in products) - 1
    )
    # A product's own start may be the record's first, but then nobody can borrow it.
    lives = {
        product.name: _life_of(product, record_start - (product.name == name))
        for product in products
    }
    own = lives.pop(name, None) or _Life(name, record_end + 1, np.empty(0))
    age = len(own.sold)
    category_of = _category_by_series(categories)
    wanted = category if category is not None else category_of.get(name, "")
    siblings, lender, doubts = _siblings(
        [
            life
            for life in lives.values()
            if life is not None and len(life.sold) > age
        ],
        category_of,
        wanted,
        options,
    )
    borrowed = {"series": name, "count": len(siblings), "category": lender}
    notes = [Message("planning.note.borrowed", borrowed), *doubts]
    curves = _curves(siblings, age + options.horizon)
    sibling_table = _sibling_table(siblings, curves, grid)
    scale = options.level
    if age:
        sold_by_age = np.nansum(curves[:, :age], axis=1)
        lending = sold_by_age > 0
        curves = curves[lending] / sold_by_age[lending, None]
        scale = float(np.nansum(own.sold))
        notes.append(
            Message(
                "planning.note.scaled",
                {"series": name, "periods": age, "sold": scale},
            ),
        )
    figures = _figures_by_age(curves if age else curves * scale)
    ahead = figures.iloc[age:].reset_index(drop=True)
    ahead[_FIGURES] *= scale if age else 1.0
    ahead = ahead[ahead["siblings"] >= _MINIMUM].reset_index(drop=True)
    if ahead.empty:
        raise AnalysisError(
            "planning.too_few_siblings",
            count=int(figures["siblings"].iloc[age]),
            category=wanted,
        )
    if len(ahead) < options.horizon:
        shorter = {"periods": len(ahead), "requested": options.horizon}
        notes.append(Message("planning.note.shorter_lives", shorter))
    first = own.first + age
    if start:
        first = int(grid.number(np.array([start], dtype="datetime64[D]"))[0])
    ahead.insert(0, "date", grid.dates(first + np.arange(len(ahead))))
    ahead.insert(0, "series", name)
    profile = figures[["value", "lo_80", "hi_80", "siblings"]].rename(
        columns={"value": "median"}
    )
    profile.insert(0, "period", np.arange(1, len(profile) + 1))
    return NewProduct(
        ahead,
        profile,
        sibling_table,
        pd.DataFrame(
            {
                "series": name,
                "date": grid.dates(own.first + np.arange(age)),
                "value": own.sold,
            }
        ),
        lender,
        tuple(notes),
        grid.every,
    )


@dataclass(frozen=True)
class _Life:
    """What a product sold from its first sale on; `first` is the number of that period."""

    name: str
    first: int
    sold: np.ndarray


def _life_of(series: RegularSeries, record_start: int) -> _Life | None:
    """None where it never sold, or sold in the record's first period already."""
    sells = np.nan_to_num(series.recorded) > 0
    if not sells.any():
        return None
    born = int(np.argmax(sells))
    if series.first + born <= record_start:
        return None
    return _Life(series.name, series.first + born, series.recorded[born:])


def _category_by_series(categories: pd.DataFrame | None) -> dict[str, str]:
    if categories is None:
        return {}
    require(categories, "series", "category")
    return dict(
        categories[["series", "category"]].astype(str).itertuples(index=False)
    )


def _siblings(
    lives: list[_Life],
    category_of: Mapping[str, str],
    wanted: str,
    options: NewProductOptions,
) -> tuple[list[_Life], str, list[Message]]:
    """The products to borrow from, their category ("" for all), and what is said about it."""
    siblings = [life for life in lives if category_of.get(life.name, "") == wanted]
    lender, notes = wanted, []
    too_few = len(siblings) < options.minimum_siblings
    if wanted and too_few and len(lives) > len(siblings):
        details = {
            "category": wanted,
            "count": len(siblings),
            "minimum": options.minimum_siblings,
        }
        notes.append(Message("planning.note.all_categories", details))
        siblings, lender = lives, ""
    if len(siblings) < _MINIMUM:
        raise AnalysisError(
            "planning.too_few_siblings",
            count=len(siblings),
            category=wanted,
        )
    return siblings, lender, notes


def _curves(siblings: list[_Life], periods: int) -> np.ndarray:
    """What each sold in its first periods: a row a product, NaN after its recorded life."""
    curves = np.full((len(siblings), periods), np.nan)
    for row, life in enumerate(siblings):
        sold = life.sold[:periods]
        curves[row, : len(sold)] = sold
    return curves


def _sibling_table(
    siblings: list[_Life], curves: np.ndarray, grid: Grid
) -> pd.DataFrame:
    total = np.nansum(curves, axis=1)
    first_share = np.full(len(total), np.nan)
    np.divide(curves[:, 0], total, out=first_share, where=total > 0)
    return pd.DataFrame(
        {
            "series": [life.name for life in siblings],
            "start": grid.dates(np.array([life.first for life in siblings])),
            "total": total,
            "periods": [len(life.sold) for life in siblings],
            "first_share": first_share,
        }
    )


def _figures_by_age(curves: np.ndarray) -> pd.DataFrame:
    """Median and prediction intervals at each age, over the siblings that reached it."""
    rows = []
    for sold in curves.T:
        reached = np.sort(sold[np.isfinite(sold)])
        median = float(np.median(reached)) if len(reached) else np.nan
        row: dict[str, float] = {
            "value": median,
            "siblings": len(reached),
        }
        for level, tail in {80: 0.1, 95: 0.025}.items():
            low, high = (
                _ends(reached, tail) if len(reached) >= 2 else (np.nan, np.nan)
            )
            # The two levels may come by different ways; the wider is never the narrower.
            row[f"lo_{level}"] = min(low, median, row.get("lo_80", np.inf))
            row[f"hi_{level}"] = max(high, median, row.get("hi_80", -np.inf))
        rows.append(row)
    return pd.DataFrame(rows)[[*_FIGURES, "siblings"]].astype({"siblings": int})


def _ends(values: np.ndarray, tail: float) -> tuple[float, float]:
    """Where one more like these (ascending) falls below, and above, with chance `tail` each."""
    count = len(values)
    rank = int(np.floor((count + 1) * tail + 1e-9))
    if rank >= 1:
        return float(values[rank - 1]), float(values[count - rank])
    from scipy.special import stdtrit

    logs = np.log1p(values)
    reach = stdtrit(count - 1, 1 - tail) * logs.std(ddof=1) * np.sqrt(1 + 1 / count)
    low = max(0.0, np.expm1(logs.mean() - reach))
    return float(low), float(np.expm1(min(logs.mean() + reach, 700.0)))


def with_segments(table: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The transactions with the `segment` of each line's customer, for `demand(by="segment")`.

    Parameters
    ----------
    table
        Transactions with customer.
    members
        customer, segment: the `customers` of a segmentation, or any such list; of several rows for
        a customer the last holds.

    Returns
    -------
    pandas.DataFrame
        All lines in their order; `segment` is text, missing for lines whose customer is unknown or
        in no segment. Segments are as of now: who was lost long ago counts, in the past too, to
        the segment of the lost.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "planning.no_members": no customer of the transactions is in the list.

    Examples
    --------
    >>> table = pd.DataFrame({"customer": ["a", "b", "a"], "order": ["1", "2", "3"]})
    >>> members = pd.DataFrame({"customer": ["a"], "segment": ["loyal"]})
    >>> with_segments(table, members)["segment"].fillna("-").tolist()
    ['loyal', '-', 'loyal']
    """
    require(table, "customer")
    segment_of = _segment_of(members)
    customers = table["customer"].astype(object)
    customers = customers.where(customers.isna(), customers.astype(str))
    segment = customers.map(segment_of)
    if segment.isna().all():
        raise AnalysisError("planning.no_members", count=len(segment_of))
    return table.assign(segment=segment.to_numpy(dtype=object))


def orders_by_segment(
    table: pd.DataFrame,
    members: pd.DataFrame,
    every: Every = "month",
) -> pd.DataFrame:
    """The orders of each segment by period: `demand` of the transactions `with_segments`."""
    lines = with_segments(table, members)
    return demand(
        lines[lines["segment"].notna()],
        every,
        by="segment",
        measure="orders",
    )


def orders_per_customer(
    forecast: Forecast,
    members: pd.DataFrame,
    *,
    ahead: pd.DataFrame | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Expected orders of each segment over the whole horizon, and of one of its customers.

    Parameters
    ----------
    forecast
        Of orders, with a series a segment.
    members
        customer, segment; of several rows for a customer the last holds.
    ahead
        The forecast as overridden; None: as forecast.
    samples, seed
        Of the sample paths that the intervals are read from.

    Returns
    -------
    pandas.DataFrame
        In order of expected orders:

        - segment : text
        - customers : count of the list's
        - expected : orders over the horizon
        - lo_80, hi_80, lo_95, hi_95 : ends of its intervals, in orders
        - per_customer : orders a customer; NaN where the list has none
        - per_period : orders a period
        - share : of all segments' orders

    Raises
    ------
    AnalysisError
        "data.missing_role"; "planning.no_series": `ahead` has none of the forecast's segments.

    Examples
    --------
    >>> from crm_analysis import ForecastOptions, forecast
    >>> dates = [*pd.date_range("2020-01-01", periods=24, freq="MS")] * 2
    >>> orders = pd.DataFrame({"series": ["new"] * 24 + ["loyal"] * 24, "date": dates})
    >>> orders["value"] = [10.0] * 24 + [30.0] * 24
    >>> options = ForecastOptions(horizon=2, model="seasonal_naive")
    >>> ahead = forecast(orders, options, measure="orders")
    >>> members = pd.DataFrame({"customer": ["a", "b", "c"], "segment": ["loyal", "loyal", "new"]})
    >>> table = orders_per_customer(ahead, members)
    >>> table[["segment", "customers", "expected", "per_customer", "share"]]
      segment  customers  expected  per_customer  share
    0   loyal          2      60.0          30.0   0.75
    1     new          1      20.0          20.0   0.25
    """
    sizes = _segment_of(members).value_counts()
    planned = forecast.ahead if ahead is None else ahead
    rows = []
    for name, (dates, paths) in sample_paths(
        forecast, ahead, samples=samples, seed=seed
    ).items():
        expected = float(
            planned.loc[planned["series"].astype(str) == name, "value"].sum()
        )
        customers = int(sizes.get(name, 0))
        rows.append(
            {
                "segment": name,
                "customers": customers,
                "expected": expected,
                **quantiles(paths.sum(axis=1), expected),
                "per_customer": expected / customers if customers else np.nan,
                "per_period": expected / len(dates),
            }
        )
    if not rows:
        raise AnalysisError("planning.no_series")
    table = pd.DataFrame(rows)
    total = float(table["expected"].sum())
    table["share"] = table["expected"] / total if total else np.nan
    return table.sort_values(
        "expected",
        ascending=False,
        kind="stable",
        ignore_index=True,
    )


def _segment_of(members: pd.DataFrame) -> pd.Series:
    require(members, "customer", "segment")
    listed = members.dropna(subset=["segment"])[["customer", "segment"]].astype(str)
    listed = listed.drop_duplicates("customer", keep="last")
    return pd.Series(
        listed["segment"].to_numpy(dtype=object),
        index=pd.Index(listed["customer"], dtype=object),
    )
