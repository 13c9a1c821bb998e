"""A product without a past of its own borrows the start of its category: how earlier products began, and how much they differed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.periods import Grid
from crm_analysis.analyses.forecast.series.regular import Regular, regular_series
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.kinds import require

__all__ = ["NewProduct", "NewProductOptions", "categories_of", "new_product"]

_LEVELS = {80: 0.1, 95: 0.025}


@dataclass(frozen=True, kw_only=True)
class NewProductOptions(Options):
    """`horizon`: periods ahead. `fewest`: earlier products to borrow from; with fewer in the category all categories lend. `level`: how the newcomer is expected to
    sell beside the usual one of its category (1: as well).
    """

    horizon: int = knob(12, low=1, high=104)
    fewest: int = knob(5, low=3, high=50, advanced=True)
    level: float = knob(1.0, low=0.05, high=20.0, step=0.05)


@dataclass(frozen=True, eq=False)
class NewProduct:
    """`ahead`: series, date, value, lo_80, hi_80, lo_95, hi_95, siblings (how many reached that age). `profile`: period (1: the first of its life), median, lo_80, hi_80, siblings: the start of the
    earlier products, in units or, where the newcomer has sold already, as multiples of what it sold so far. `siblings`: series, start, total (of the first periods), periods (of their life seen), first_share
    (share of the total that fell in the first period). `observed`: series, date, value of the newcomer so far. `category`: borrowed from ("" for all). `notes`: (key, details).
    """

    ahead: pd.DataFrame
    profile: pd.DataFrame
    siblings: pd.DataFrame
    observed: pd.DataFrame
    category: str
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """siblings, observed (periods), total (ahead), lo_95_first, hi_95_first (of the first period ahead)."""
        first = self.ahead.iloc[0]
        return {
            "siblings": float(len(self.siblings)),
            "observed": float(len(self.observed)),
            "total": float(self.ahead["value"].sum()),
            "lo_95_first": float(first["lo_95"]),
            "hi_95_first": float(first["hi_95"]),
        }


def categories_of(table: pd.DataFrame) -> pd.DataFrame:
    """The category of each product in transactions: series (the product), category (the most frequent; of equals the first by name).

    >>> categories_of(pd.DataFrame({"product": ["tea", "tea", "mug"], "category": ["drinks", "drinks", "kitchen"]})).values.tolist()
    [['mug', 'kitchen'], ['tea', 'drinks']]
    """
    require(table, "product", "category")
    counted = (
        table.dropna(subset=["product", "category"])
        .groupby(["product", "category"], observed=True)
        .size()
        .reset_index(name="lines")
    )
    counted = counted.sort_values(
        ["product", "lines", "category"], ascending=[True, False, True]
    ).drop_duplicates("product")
    return pd.DataFrame(
        {
            "series": counted["product"].astype(str).to_numpy(dtype=object),
            "category": counted["category"].astype(str).to_numpy(dtype=object),
        }
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
    """What a new product may sell in its first periods, from how earlier products of its category began.

    The earlier products are laid over one another by age. Without sales of its own the newcomer is expected at their median; with some, at the median of their continuations as multiples of what each
    had sold by that age, times what the newcomer has sold so far (forecasting by analogy; Armstrong, Principles of Forecasting, 2001). Intervals are prediction intervals for one more product like these:
    order statistics where there are enough siblings (9 for 80 %, 39 for 95 %), a t-interval on log(1 + x) otherwise. The season of the year is not in it.

    Parameters
    ----------
    demand
        series, date, value by product. Products that sell in the first period of the record are not lent from, for their start was not seen.
    categories
        series, category. None: all products are of one category.
    name, category
        The newcomer, and its category where `categories` lacks it.
    start
        ISO day of its first period; None: the period after its last sales, or after the record's end.

    Raises
    ------
    AnalysisError
        "planning.too_few_siblings": fewer than three products were seen to begin.
    """
    options = options or NewProductOptions()
    everything = list(regular_series(demand, ForecastOptions()))
    grid = everything[0].grid
    begin = min(one.first for one in everything)
    last = max(one.first + len(one.told) for one in everything) - 1
    own = next((one for one in everything if one.name == name), None)
    kinds = (
        {}
        if categories is None
        else dict(
            zip(categories["series"].astype(str), categories["category"].astype(str), strict=True)
        )
    )
    wanted = category if category is not None else kinds.get(name, "")
    begun = [
        (one, life)
        for one in everything
        if one.name != name
        for life in [_life(one, begin)]
        if life is not None
    ]
    so_far = _life(own, begin - 1) if own is not None else None
    age = 0 if so_far is None else len(so_far[1])
    alike = [
        pair for pair in begun if kinds.get(pair[0].name, "") == wanted and len(pair[1][1]) > age
    ]
    notes: list[Message] = []
    used = wanted
    if len(alike) < options.fewest and wanted:
        others = [pair for pair in begun if len(pair[1][1]) > age]
        if len(others) > len(alike):
            notes.append(
                Message(
                    "planning.note.all_categories",
                    {"category": wanted, "count": len(alike), "least": options.fewest},
                )
            )
            alike, used = others, ""
    if len(alike) < 3:
        raise AnalysisError("planning.too_few_siblings", count=len(alike), category=wanted)
    steps = age + options.horizon
    curves = np.full((len(alike), steps), np.nan)
    for row, (_, (_, life)) in enumerate(alike):
        curves[row, : min(steps, len(life))] = life[:steps]
    siblings = _siblings(alike, curves, grid)
    scale = options.level
    if age and so_far is not None:
        base = np.nansum(curves[:, :age], axis=1)
        lending = base > 0
        curves, scale = curves[lending] / base[lending, None], float(np.nansum(so_far[1]))
        notes.append(
            Message("planning.note.scaled", {"series": name, "periods": age, "sold": scale})
        )
    profile, figures = _profile(curves, scale if not age else 1.0)
    first = (
        int(grid.number(np.array([start], dtype="datetime64[D]"))[0])
        if start
        else (so_far[0] + age if so_far is not None else last + 1)
    )
    ahead = figures.iloc[age:].reset_index(drop=True)
    if age:
        for column in ("value", "lo_80", "hi_80", "lo_95", "hi_95"):
            ahead[column] = ahead[column] * scale
    ahead = ahead[ahead["siblings"] >= 3].reset_index(drop=True)
    if ahead.empty:
        raise AnalysisError(
            "planning.too_few_siblings", count=int(figures["siblings"].iloc[age]), category=wanted
        )
    if len(ahead) < options.horizon:
        notes.append(
            Message(
                "planning.note.shorter_lives", {"periods": len(ahead), "asked": options.horizon}
            )
        )
    ahead.insert(0, "date", grid.dates(first + np.arange(len(ahead))))
    ahead.insert(0, "series", name)
    notes.insert(
        0,
        Message("planning.note.borrowed", {"series": name, "count": len(alike), "category": used}),
    )
    observed = pd.DataFrame(columns=["series", "date", "value"])
    if so_far is not None:
        observed = pd.DataFrame(
            {"series": name, "date": grid.dates(so_far[0] + np.arange(age)), "value": so_far[1]}
        )
    return NewProduct(ahead, profile, siblings, observed, used, tuple(notes))


def _life(one: Regular, begin: int) -> tuple[int, np.ndarray] | None:
    """From the first sale on: the number of its period, and what was sold in each; None where it was sold in the record's first period already, or never."""
    sold = np.nan_to_num(one.told)
    if not (sold > 0).any():
        return None
    born = int(np.argmax(sold > 0))
    return None if one.first + born <= begin else (one.first + born, one.told[born:])


def _siblings(
    alike: list[tuple[Regular, tuple[int, np.ndarray]]], curves: np.ndarray, grid: Grid
) -> pd.DataFrame:
    totals = np.nansum(curves, axis=1)
    return pd.DataFrame(
        {
            "series": [one.name for one, _ in alike],
            "start": grid.dates(np.array([born for _, (born, _) in alike])),
            "total": totals,
            "periods": [len(life) for _, (_, life) in alike],
            "first_share": np.divide(
                curves[:, 0], totals, out=np.full(len(totals), np.nan), where=totals > 0
            ),
        }
    )


def _profile(curves: np.ndarray, scale: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Median and prediction intervals at each age, over the siblings that reached it."""
    rows = []
    for column in curves.T:
        known = np.sort(column[np.isfinite(column)]) * scale
        row: dict[str, float] = {
            "value": float(np.median(known)) if len(known) else np.nan,
            "siblings": len(known),
        }
        for level, tail in _LEVELS.items():
            low, high = _ends(known, tail) if len(known) >= 2 else (np.nan, np.nan)
            # The two levels may come by different ways; the wider is never the narrower.
            row[f"lo_{level}"] = min(low, row["value"], row.get("lo_80", np.inf))
            row[f"hi_{level}"] = max(high, row["value"], row.get("hi_80", -np.inf))
        rows.append(row)
    figures = pd.DataFrame(rows)[["value", "lo_80", "hi_80", "lo_95", "hi_95", "siblings"]].astype(
        {"siblings": int}
    )
    profile = figures[["value", "lo_80", "hi_80", "siblings"]].rename(columns={"value": "median"})
    profile.insert(0, "period", np.arange(1, len(profile) + 1))
    return profile, figures


def _ends(known: np.ndarray, tail: float) -> tuple[float, float]:
    """Where one more like these falls below, and above, with chance `tail` each."""
    count = len(known)
    place = int(np.floor((count + 1) * tail + 1e-9))
    if place >= 1:
        return float(known[place - 1]), float(known[count - place])
    from scipy.special import stdtrit

    logs = np.log1p(known)
    reach = stdtrit(count - 1, 1 - tail) * logs.std(ddof=1) * np.sqrt(1 + 1 / count)
    return float(max(0.0, np.expm1(logs.mean() - reach))), float(
        np.expm1(min(logs.mean() + reach, 700.0))
    )
