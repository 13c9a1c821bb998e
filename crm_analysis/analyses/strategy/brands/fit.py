"""How brands share their category's buyers: the NBD-Dirichlet, from shares and penetrations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.brands.market import ALIKE, Market, market_of
from crm_analysis.analyses.strategy.figures import (
    check_names,
    check_table,
    figures_of,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

_NOTCH = 1.58  # McGill, Tukey & Larsen (1978)
_WHISKER = 1.5
_DIGITS = 4
_ROUNDED = 0.011  # shares are often given in whole per cent


@dataclass(frozen=True, eq=False)
class BrandModel:
    """How a category is bought, and what its brands should look like at their shares.

    - `parameters`: M, purchases of the category by a customer in the period; K, the smaller the
      more customers differ in how often they buy; S, to four digits, the smaller the more they
      differ in what.
    - `brands`: a row a brand, in the order given.
        - `brand`, `share`, `penetration` : as given (of purchases; of customers who bought it)
        - `S` : by this brand alone, 30 at most, where customers choose alike; 0 where it has
          fewer buyers than any S explains
        - `used` : whether it counts for S
        - `expected_penetration` : share of customers, by the model
        - `purchases` : of a buyer of the brand, by share and penetration as given
        - `expected_purchases` : the same by the model
        - `category_purchases` : how often its buyers buy the category, by the model
        - `requirements` : the share of its buyers' purchases that it gets, by the model
        - `sole` : the share of its buyers who buy no other, by the model
    - `notes`: what to say of it.
    """

    parameters: dict[str, float]
    brands: pd.DataFrame
    notes: tuple[Message, ...]

    @property
    def sentence(self) -> Message:
        """The largest brand beside the smallest: whether buyers or habits set them apart."""
        table = self.brands.sort_values(
            "penetration", ascending=False, kind="stable"
        )
        large, small = table.iloc[0], table.iloc[-1]
        details = {
            "large": large["brand"],
            "small": small["brand"],
            "many": float(large["penetration"]),
            "few": float(small["penetration"]),
            "often": float(large["purchases"]),
            "seldom": float(small["purchases"]),
        }
        if len(table) < 2:
            return Message("strategy.brands.page.single", details)
        wider = large["penetration"] / small["penetration"]
        deeper = large["purchases"] / small["purchases"]
        word = "buyers" if wider >= max(deeper, 1 / deeper) else "habits"
        return Message(f"strategy.brands.page.{word}", details)

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        M, K, S; S_low, S_high (of single brands), S_all (the mean of all that have one, weighted
        by share), brands, used.
        """
        each = self.brands.loc[self.brands["S"] > 0]
        return {
            **self.parameters,
            "S_low": float(each["S"].min()),
            "S_high": float(each["S"].max()),
            "S_all": float(np.average(each["S"], weights=each["share"])),
            "brands": float(len(self.brands)),
            "used": float(self.brands["used"].sum()),
        }


def fit_nbd_dirichlet(
    *, penetration: float, rate: float, brands: pd.DataFrame
) -> BrandModel:
    """The NBD-Dirichlet of a category and its brands.

    Customers buy the category as often as a negative binomial says, and which brand as a Dirichlet
    says: then shares alone tell how many buy a brand and how often. S is the mean, weighted by
    share, of what single brands say, without outliers and those above the upper notch of the box
    plot, whose large S would stand for all (as R's package NBDdirichlet does it).

    Parameters
    ----------
    penetration
        Share of customers who bought the category in the period, above 0 and below 1.
    rate
        Purchases of each of these, above 1.
    brands
        A row a brand: `brand` (or `category`, or `product`), `share` of the category's purchases,
        `penetration` (share of all customers). They need not be all there are.

    Returns
    -------
    BrandModel
        `.parameters` {M, K, S}, `.brands`.

    Raises
    ------
    AnalysisError
        "strategy.brands.everybody" where nobody is left who did not buy;
        "strategy.brands.no_buyers", "strategy.brands.rate", "strategy.brands.too_even" where no
        category is bought so; "strategy.brands.no_column", "strategy.brands.no_brands",
        "strategy.brands.repeated", "strategy.brands.share", "strategy.brands.shares",
        "strategy.brands.penetration", "strategy.brands.no_s" where the brands are not to be used.

    References
    ----------
    Goodhardt, Ehrenberg & Chatfield (1984), Journal of the Royal Statistical Society A 147.

    Examples
    --------
    >>> brands = pd.DataFrame({"brand": ["A", "B", "C"], "share": [0.5, 0.3, 0.2],
    ...     "penetration": [0.4, 0.3, 0.2]})
    >>> model = fit_nbd_dirichlet(penetration=0.6, rate=2.5, brands=brands)
    >>> {name: round(value, 2) for name, value in model.parameters.items()}
    {'M': 1.5, 'K': 1.0, 'S': 3.22}
    """
    name = _check(penetration, rate, brands)
    market = market_of(penetration, rate)
    if market is None:
        raise AnalysisError(
            "strategy.brands.too_even", penetration=penetration, rate=rate
        )
    shares, bought = (_figures(brands, column) for column in _FIGURES)
    each = np.array(
        [
            market.s_of(share, buyers)
            for share, buyers in zip(shares, bought, strict=True)
        ]
    )
    if not (each > 0).any():
        raise AnalysisError("strategy.brands.no_s")
    used = _usual(each)
    # What stands among the parameters is what all else is computed with.
    s = _to_digits(float(np.average(each[used], weights=shares[used])))
    table = _expected(market, s, shares)
    table.insert(0, "purchases", market.m * shares / bought)
    table.insert(0, "used", used)
    table.insert(0, "S", each)
    table.insert(0, "penetration", bought)
    table.insert(0, "share", shares)
    table.insert(0, "brand", brands[name].astype(str).to_numpy())
    parameters = {"M": market.m, "K": market.k, "S": s}
    return BrandModel(parameters, table, tuple(_remarks(table, s)))


_FIGURES = ("share", "penetration")


def _check(penetration: float, rate: float, brands: pd.DataFrame) -> str:
    """The column of names; AnalysisError where there is nothing to fit."""
    if penetration >= 1:
        raise AnalysisError("strategy.brands.everybody")
    if not penetration > 0:
        raise AnalysisError("strategy.brands.no_buyers")
    if not 1 < rate < np.inf:
        raise AnalysisError("strategy.brands.rate", rate=rate)
    check_table(brands)
    known = ("brand", "category", "product")
    name = next((word for word in known if word in brands), "brand")
    for column in (name, *_FIGURES):
        if column not in brands:
            raise AnalysisError("strategy.brands.no_column", column=column)
    check_names(brands, name)
    if brands.empty:
        raise AnalysisError("strategy.brands.no_brands")
    if brands[name].isna().any() or brands[name].duplicated().any():
        raise AnalysisError("strategy.brands.repeated")
    for column in _FIGURES:
        figures = _figures(brands, column)
        outside = ~((figures > 0) & (figures < 1))
        if outside.any():
            names = brands.loc[outside, name].astype(str).tolist()
            raise AnalysisError("strategy.brands.share", column=column, names=names)
    total = float(_figures(brands, "share").sum())
    if total > 1 + _ROUNDED:
        raise AnalysisError("strategy.brands.shares", total=total)
    above = _figures(brands, "penetration") > penetration
    if above.any():
        names = brands.loc[above, name].astype(str).tolist()
        raise AnalysisError(
            "strategy.brands.penetration", names=names, penetration=penetration
        )
    return name


def _figures(brands: pd.DataFrame, column: str) -> np.ndarray:
    return figures_of(brands[column])


def _to_digits(value: float) -> float:
    """A positive number to four digits, far more of them than single brands agree on."""
    return round(value, _DIGITS - 1 - math.floor(math.log10(value)))


def _usual(each: np.ndarray) -> np.ndarray:
    """Which S are no outliers of the box plot, and not above its upper notch."""
    has_s = each > 0
    low, middle, high = _hinges(each[has_s])
    spread = high - low
    notch = middle + _NOTCH * spread / np.sqrt(has_s.sum())
    inside = (each >= low - _WHISKER * spread) & (each <= high + _WHISKER * spread)
    return has_s & inside & (each <= notch)


def _hinges(values: np.ndarray) -> tuple[float, float, float]:
    """Tukey's lower hinge, median and upper hinge: the medians of both halves, and of all."""
    ordered = np.sort(values)
    half = (len(ordered) + 1) // 2
    return (
        float(np.median(ordered[:half])),
        float(np.median(ordered)),
        float(np.median(ordered[-half:])),
    )


def _expected(market: Market, s: float, shares: np.ndarray) -> pd.DataFrame:
    penetration = np.array([market.penetration(share, s) for share in shares])
    category = np.array([market.category_purchases(share, s) for share in shares])
    purchases = market.m * shares / penetration
    return pd.DataFrame(
        {
            "expected_penetration": penetration,
            "expected_purchases": purchases,
            "category_purchases": category,
            "requirements": purchases / category,
            "sole": [market.sole(share, s) for share in shares],
        }
    )


def _remarks(table: pd.DataFrame, s: float) -> list[Message]:
    each = table["S"].to_numpy()
    own = each[each > 0]
    notes = []
    if np.ptp(own) > 0:
        spread = {"low": float(own.min()), "high": float(own.max()), "s": s}
        notes.append(Message("strategy.brands.note.spread", spread))
    for key, members in (
        ("unusual", (each > 0) & (each < ALIKE) & ~table["used"]),
        ("loyal", each == 0),
    ):
        names = table.loc[members, "brand"].tolist()
        if names:
            notes.append(Message(f"strategy.brands.note.{key}", {"names": names}))
    alike = int((each >= ALIKE).sum())
    if alike:
        details = {"count": alike, "brands": len(each)}
        notes.append(Message("strategy.brands.note.alike", details))
    return notes
