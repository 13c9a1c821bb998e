"""A score of several dimensions with weights a person sets, or is helped to set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import (
    check_one_row_each,
    day_numbers,
    plain_ids,
    purchase_days,
)
from crm_analysis.analyses.value.weights import (
    PairwiseWeights,
    ahp_weights,
    entropy_weights,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales

_DIMENSIONS = (
    "revenue",
    "frequency",
    "recency",
    "margin",
    "breadth",
    "service_cost",
    "satisfaction",
    "loyalty",
)
_LESS_IS_BETTER = ("recency", "service_cost")
_RFM = {"r": "recency", "f": "frequency", "m": "revenue"}


@dataclass(frozen=True, kw_only=True)
class ScoreOptions(Options):
    """What counts how much.

    Weights need not add up to one; a dimension the data do not know is left out. `scale`: a
    percentile rank, or a place between the lowest and the highest. `pairs` are texts such as
    "revenue:recency:3": revenue matters 3 times as much.
    """

    method: Literal["weights", "equal", "entropy", "pairs"] = "weights"
    weight_revenue: float = knob(3.0, low=0.0, high=10.0, step=0.5)
    weight_frequency: float = knob(2.0, low=0.0, high=10.0, step=0.5)
    weight_recency: float = knob(2.0, low=0.0, high=10.0, step=0.5)
    weight_margin: float = knob(2.0, low=0.0, high=10.0, step=0.5)
    weight_breadth: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    weight_service_cost: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    weight_satisfaction: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    weight_loyalty: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    scale: Literal["rank", "range"] = knob("rank", advanced=True)
    pairs: tuple[str, ...] = knob((), advanced=True)


@dataclass(frozen=True, eq=False)
class Scores:
    """A score of each customer.

    customers : a row a customer, the best first
        customer, score, rank : who, 0 to 100, and their place.
        revenue, frequency, recency, margin, breadth, service_cost, satisfaction, loyalty : the
        dimensions that are known, as `customer_dimensions` gives them.
        revenue_score, frequency_score, recency_score, margin_score, breadth_score,
        service_cost_score, satisfaction_score, loyalty_score : the same from 0 to 1, more being
        better.
    weights : a row a dimension
        dimension : name.
        weight : adding to one.
        entropy_weight : what it would be by how much it tells customers apart.
    pairwise : what the comparisons said, where they were used.
    """

    customers: pd.DataFrame
    weights: pd.DataFrame
    pairwise: PairwiseWeights | None

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        customers, dimensions : how many.
        mean, median : of the score.
        consistency_ratio : of the comparisons, where they were used.
        """
        score = self.customers["score"]
        return {
            "customers": float(len(score)),
            "dimensions": float(len(self.weights)),
            "mean": float(score.mean()),
            "median": float(score.median()),
            "consistency_ratio": self.pairwise.consistency_ratio
            if self.pairwise
            else None,
        }


def customer_dimensions(
    table: pd.DataFrame,
    contacts: pd.DataFrame | None = None,
    as_of: str | None = None,
    satisfaction: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row a customer with what is known of each dimension.

    Parameters
    ----------
    table
        Order lines: `customer`, `date`; `amount`, `cost` (of the line), `product` or `category`
        where there are any.
    contacts
        `customer`; `cost`, `satisfaction`, `date` where there are any.
    as_of
        The last day that counts; the last of the orders unless given.
    satisfaction
        `customer`, `satisfaction` and `loyalty` (0 to 100), as `customer_satisfaction` gives
        them. Where it knows of any satisfaction, that of the contacts does not count.

    Returns
    -------
    DataFrame
        customer : who.
        revenue : net money.
        frequency : purchase days.
        recency : days since the last.
        margin : revenue less costs.
        breadth : distinct categories, else products.
        service_cost, satisfaction : money of the contacts, and mean.
        loyalty : 0 to 100.

        Columns whose source there is not are not there.

    Raises
    ------
    AnalysisError
        As `purchase_summary`; "data.missing_role" for contacts without customer.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2024-03-01", "2024-02-01"])
    >>> lines = pd.DataFrame({"customer": ["a", "a", "b"], "date": days})
    >>> lines["amount"], lines["product"] = [10.0, 20.0, 5.0], ["tea", "cup", "tea"]
    >>> customer_dimensions(lines)
      customer  revenue  frequency  recency  breadth
    0        a     30.0          2        0        2
    1        b      5.0          1       29        1
    """
    table = only_sales(table)
    purchases = purchase_days(table, as_of)
    dimensions = pd.DataFrame(
        {
            "customer": purchases.labels,
            "frequency": purchases.frequency,
            "recency": purchases.until - purchases.last_day,
        }
    )
    customer = dimensions["customer"]
    if purchases.total is not None:
        dimensions.insert(1, "revenue", purchases.total)
    lines = _until(table, purchases.until).groupby("customer")
    if "cost" in table.columns and purchases.money is not None:
        costs = customer.map(lines["cost"].sum()).fillna(0.0)
        dimensions["margin"] = dimensions["revenue"] - costs
    thing = next(
        (name for name in ("category", "product") if name in table.columns),
        None,
    )
    if thing is not None:
        dimensions["breadth"] = customer.map(lines[thing].nunique()).fillna(0)
    if contacts is not None:
        require(contacts, "customer")
        met = _until(contacts, purchases.until).groupby("customer")
        if "cost" in contacts.columns:
            dimensions["service_cost"] = customer.map(met["cost"].sum()).fillna(0.0)
        if "satisfaction" in contacts.columns:
            dimensions["satisfaction"] = customer.map(met["satisfaction"].mean())
    if satisfaction is not None:
        require(satisfaction, "customer")
        names = plain_ids(satisfaction["customer"]).to_numpy(object)
        known = satisfaction.set_index(pd.Index(names))
        for name in ("satisfaction", "loyalty"):
            if name in known.columns and known[name].notna().any():
                dimensions[name] = plain_ids(customer).map(known[name])
    return dimensions


def _until(table: pd.DataFrame, day: int) -> pd.DataFrame:
    if "date" not in table.columns:
        return table
    days, dated = day_numbers(table["date"])
    return table[dated & (days <= day)]


def known_dimensions(dimensions: pd.DataFrame) -> list[str]:
    """The dimensions of the score that the data say something of."""
    columns = [name for name in _DIMENSIONS if name in dimensions.columns]
    return [name for name in columns if dimensions[name].notna().any()]


def scores(dimensions: pd.DataFrame, options: ScoreOptions | None = None) -> Scores:
    """A score of 0 to 100 for each customer from the dimensions that are known.

    Parameters
    ----------
    dimensions
        What `customer_dimensions` gives: `customer` and any of revenue, frequency, recency (days,
        less is better), margin, breadth, service_cost (less is better), satisfaction, loyalty. A
        customer
        of whom a dimension is not known gets the middle.
    options
        What counts how much.

    Returns
    -------
    Scores
        Customers with their score, and the weights.

    Raises
    ------
    AnalysisError
        "data.missing_role" without customer, "value.no_dimension" when none is known,
        "value.no_weight" when no weight is above 0, "value.no_pairs" when no pair is compared,
        "customers.repeated" when a customer has several rows.
    ValueError
        Where a pair is not written as "dimension:dimension:times".

    Examples
    --------
    >>> dimensions = pd.DataFrame({"customer": ["a", "b"], "revenue": [30.0, 5.0]})
    >>> dimensions["recency"] = [0, 29]
    >>> scores(dimensions).customers[["customer", "score", "rank"]]
      customer  score  rank
    0        a  100.0     1
    1        b    0.0     2
    """
    options = options or ScoreOptions()
    require(dimensions, "customer")
    check_one_row_each(dimensions)
    known = known_dimensions(dimensions)
    if not known:
        raise AnalysisError("value.no_dimension")
    scaled = _scaled(dimensions[known], options.scale)
    entropy = entropy_weights(_scaled(dimensions[known], "range"))
    pairwise = None
    if options.method == "pairs":
        pairwise = ahp_weights(_comparisons(options.pairs, known))
        weights = {name: pairwise.weights.get(name, 0.0) for name in known}
    elif options.method == "entropy":
        weights = entropy
    elif options.method == "equal":
        weights = dict.fromkeys(known, 1.0)
    else:
        weights = {
            name: float(getattr(options, f"weight_{name}")) for name in known
        }
    total = sum(weights.values())
    if total <= 0:
        raise AnalysisError("value.no_weight")
    shares = np.array([weights[name] / total for name in known])
    table = pd.DataFrame({"customer": dimensions["customer"].to_numpy()})
    table["score"] = 100 * (scaled.to_numpy() @ shares)
    table["rank"] = table["score"].rank(ascending=False, method="min").astype(int)
    for name in known:
        table[f"{name}_score"] = scaled[name].to_numpy()
        table[name] = dimensions[name].to_numpy()
    return Scores(
        table.sort_values("rank", kind="stable", ignore_index=True),
        pd.DataFrame(
            {
                "dimension": known,
                "weight": shares,
                "entropy_weight": entropy.values(),
            }
        ),
        pairwise,
    )


def _comparisons(
    pairs: tuple[str, ...], known: list[str]
) -> dict[tuple[str, str], float]:
    comparisons = {}
    for text in pairs:
        first, _, rest = text.partition(":")
        second, _, times = rest.partition(":")
        if (
            first not in _DIMENSIONS
            or second not in _DIMENSIONS
            or not _is_number(times)
        ):
            raise ValueError(f'{text!r} is not "dimension:dimension:times"')
        if first in known and second in known:
            comparisons[(first, second)] = float(times)
    if not comparisons:
        raise AnalysisError("value.no_pairs")
    return comparisons


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _scaled(dimensions: pd.DataFrame, scale: str) -> pd.DataFrame:
    """Dimensions from 0 to 1, more being better; what is not known is in the middle."""
    table = dimensions.astype(float)
    if scale == "rank":
        lowest, highest = 1, table.notna().sum()
        table = table.rank(method="average")
    else:
        lowest, highest = table.min(), table.max()
    span = highest - lowest
    scaled = ((table - lowest) / span.where(span > 0)).fillna(0.5)
    for name in _LESS_IS_BETTER:
        if name in scaled.columns:
            scaled[name] = 1 - scaled[name]
    return scaled


def rfm_scores(dimensions: pd.DataFrame) -> pd.DataFrame:
    """Recency, frequency and money in fifths, 5 the best; equal values share a score.

    Parameters
    ----------
    dimensions
        `customer`, `recency` (days since the last order), `frequency` and, where there is any,
        `revenue`.

    Returns
    -------
    DataFrame
        customer : who.
        r, f, m : scores from 1 to 5; there is no m without revenue.
        rfm, rfm_mean : the scores as text such as "545", and their mean.

    Raises
    ------
    AnalysisError
        "data.missing_role" without customer, "customers.repeated" when one has several rows.
    ValueError
        Without recency or frequency.

    References
    ----------
    Hughes, "Strategic Database Marketing" (1994).
    """
    require(dimensions, "customer")
    check_one_row_each(dimensions)
    missing = {"recency", "frequency"} - set(dimensions.columns)
    if missing:
        raise ValueError(
            f"RFM takes recency and frequency; no {', '.join(sorted(missing))} here"
        )
    table = pd.DataFrame({"customer": dimensions["customer"].to_numpy()})
    names = {
        letter: name for letter, name in _RFM.items() if name in dimensions.columns
    }
    scaled = _scaled(dimensions[list(names.values())], "rank").to_numpy()
    table[list(names)] = np.minimum(np.floor(scaled * 5).astype(int) + 1, 5)
    return table.assign(
        rfm=table[list(names)].astype(str).agg("".join, axis=1),
        rfm_mean=table[list(names)].mean(axis=1),
    )
