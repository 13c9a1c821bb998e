"""How content and how loyal each customer is: two measures, with what they are made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import (
    as_dates,
    as_day,
    day_numbers,
    day_of,
    plain_ids,
    purchase_days,
)
from crm_analysis.analyses.feedback.survey import (
    Answers,
    as_numbers,
    mix_of,
    read_scores,
)
from crm_analysis.analyses.feedback.survey.options import LoyaltyOptions
from crm_analysis.analyses.feedback.survey.scales import SCORES
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

PARTS = ("repeat_rate", "months_active", "tenure", "recommends")
_PERCENT = 100.0
_ENOUGH = 30  # customers who answered twice, to measure the reliability by them
_ASSUMED = 0.6
_FEWEST = 5  # answers of a segment, below which it is taken for one of all
_MOST_TRUSTED, _LEAST_TRUSTED = 0.95, 0.1


@dataclass(frozen=True, eq=False)
class CustomerSatisfaction:
    """How content and how loyal each customer is.

    - `customers`: a row a customer, those of the orders and those who answered.
        - `customer`, `segment` : as text; "" where no segment is known
        - `answered`, `answers` : the day of the latest score; how many there are
        - `score` : the latest, on its own scale; NaN where there is none
        - `satisfaction`, `satisfaction_lo`, `satisfaction_hi` : 0 to 100, the latest score drawn
          towards the mean of the segment as far as scores are not reliable; with its interval
        - `repeat_rate` : purchases that were not the first, as a share of all
        - `months_active` : months with a purchase, as a share of those since the first
        - `tenure` : time since the first purchase, as a share of the record
        - `recommends` : the latest NPS answer from 0 to 1; NaN where there is none
        - `loyalty` : 0 to 100, the parts by their weights; who never was asked to recommend
          counts with the mean of the segment, other parts that are not known are left out
    - `segments`: a row a segment.
        - `segment`, `customers`, `answered` : name, and how many
        - `satisfaction`, `loyalty` : means
    - `parts`: a row a part of loyalty.
        - `part`, `weight` : name; share of the weights of what is known
        - `known`, `mean` : of how many customers; 0 to 1
    - `measure`: the score that satisfaction is read from.
    - `reliability`: how far a score is trusted (0 to 1), and by that drawn to the segment.
    - `questions`: which scale a column is on, where that is not sure.
    - `notes`: what the reader should know.
    """

    customers: pd.DataFrame
    segments: pd.DataFrame
    parts: pd.DataFrame
    measure: str
    reliability: float
    questions: tuple[Message, ...]
    notes: tuple[Message, ...]
    options: LoyaltyOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: customers, answered, satisfaction and loyalty (means), reliability."""
        table = self.customers
        means = table[["satisfaction", "loyalty"]].mean()
        return {
            "customers": float(len(table)),
            "answered": float(table["score"].notna().sum()),
            **{
                str(name): None if pd.isna(mean) else float(mean)
                for name, mean in means.items()
            },
            "reliability": self.reliability,
        }


class _Latest(NamedTuple):
    """The latest answer of each customer: place on the scale, score, day, how many; by customer."""

    table: pd.DataFrame
    repeats: pd.DataFrame


def customer_satisfaction(
    feedback: pd.DataFrame,
    orders: pd.DataFrame | None = None,
    options: LoyaltyOptions | None = None,
    customers: pd.DataFrame | None = None,
) -> CustomerSatisfaction:
    """Each customer's satisfaction and loyalty, the two as numbers that other pages can use.

    Satisfaction is the latest score, drawn towards the mean of the customer's segment: one answer
    says little of one customer. Loyalty is made of four parts that are shown.

    Parameters
    ----------
    feedback : pandas.DataFrame
        customer and any of csat, rating, nps; date where known, else later rows are later.
    orders : pandas.DataFrame, optional
        Order lines: customer, date. Without them the parts of loyalty are read from `customers`.
    options : LoyaltyOptions, optional
        Weights, scales, reliability.
    customers : pandas.DataFrame, optional
        customer; segment where known; frequency and tenure (days), for loyalty without orders.

    Returns
    -------
    CustomerSatisfaction
        `.customers` (customer, satisfaction, loyalty and the parts), `.segments`, `.parts`.

    Raises
    ------
    AnalysisError
        "data.missing_role" without customers; "feedback.survey.no_scores";
        "feedback.loyalty.no_weight" where no known part has a weight;
        "feedback.loyalty.nobody" where no score names a customer; "customers.not_a_day".

    References
    ----------
    Efron and Morris (1977), Scientific American 236(5), 119-127, on drawing towards a mean.

    Examples
    --------
    >>> answers = pd.DataFrame({"customer": ["a", "b"], "csat": [5, 2]})
    >>> asked = customer_satisfaction(answers, options=LoyaltyOptions(reliability=0.5))
    >>> asked.customers[["customer", "score", "satisfaction"]]
      customer  score  satisfaction
    0        a    5.0         81.25
    1        b    2.0         43.75
    """
    options = options or LoyaltyOptions()
    require(feedback, "customer")
    until = day_of(options.as_of)
    feedback = _known_by(feedback, until)
    read = read_scores(feedback, options.scales)
    latest = {one.name: _latest(one, feedback) for one in read.answers}
    latest = {name: of for name, of in latest.items() if len(of.table)}
    if not latest and not read.questions:
        raise AnalysisError("feedback.loyalty.nobody")
    table, notes = _behaviour(orders, customers, until)
    mix = None if customers is None else mix_of(customers, None)
    names = table.index
    for of in latest.values():
        names = names.union(of.table.index, sort=False)
    table = table.reindex(names)
    table["segment"] = ""
    if mix is not None and "segment" in mix:
        table["segment"] = mix["segment"].reindex(names).fillna("").to_numpy(object)
    measure = _chosen(latest, options)
    table, reliability, more = _satisfaction(table, latest.get(measure), options)
    notes += more
    table["recommends"] = np.nan
    if "nps" in latest:
        table["recommends"] = latest["nps"].table["place"].reindex(names)
    weights = _weights(table, options)
    table["loyalty"] = _loyalty(table, weights)
    table = table.rename_axis("customer").reset_index()
    return CustomerSatisfaction(
        table[[*_COLUMNS]],
        _by_segment(table),
        _parts(table, weights),
        measure,
        reliability,
        read.questions,
        (*read.notes, *notes),
        options,
    )


_COLUMNS = (
    *("customer", "segment", "answered", "answers", "score"),
    *("satisfaction", "satisfaction_lo", "satisfaction_hi", *PARTS, "loyalty"),
)


def _known_by(feedback: pd.DataFrame, until: dt.date | None) -> pd.DataFrame:
    """The rows that name a customer and had been written by the last day that counts."""
    known = feedback["customer"].notna().to_numpy()
    if until is not None and "date" in feedback.columns:
        days, dated = day_numbers(feedback["date"])
        known = known & dated & (days <= as_day(until))
    rows = feedback[known]
    named = plain_ids(rows["customer"])
    return rows.assign(customer=named)[named.to_numpy() != ""]


def _latest(answers: Answers, feedback: pd.DataFrame) -> _Latest:
    known = ~np.isnan(answers.values)
    rows = pd.DataFrame(
        {
            "customer": feedback["customer"].to_numpy(object),
            "place": answers.place,
            "score": answers.values,
            "answered": pd.NaT,
        }
    )
    rows["answered"] = rows["answered"].astype("datetime64[ns]")
    if "date" in feedback.columns:
        days, dated = day_numbers(feedback["date"])
        rows["answered"] = pd.Series(as_dates(days)).where(dated)
    rows = rows[known].sort_values(
        "answered", kind="stable", na_position="first", ignore_index=True
    )
    groups = rows.groupby("customer", sort=True)
    table = groups.tail(1).set_index("customer").sort_index()
    table["answers"] = groups.size()
    repeats = rows[groups["place"].transform("size") > 1]
    return _Latest(table, repeats)


def _chosen(latest: dict[str, _Latest], options: LoyaltyOptions) -> str:
    """The score most customers gave; of equally many the one that asks for satisfaction."""
    if options.measure != "auto":
        return options.measure
    ordered = [name for name in ("csat", "rating", "nps") if name in latest]
    return max(ordered, key=lambda name: len(latest[name].table), default=SCORES[1])


def _behaviour(
    orders: pd.DataFrame | None,
    customers: pd.DataFrame | None,
    until: dt.date | None,
) -> tuple[pd.DataFrame, list[Message]]:
    """By customer the parts of loyalty that purchases tell: from 0 to 1, NaN where not known."""
    columns = ["repeat_rate", "months_active", "tenure"]
    if orders is not None:
        bought = purchase_days(orders, until)
        months = bought.day.astype("datetime64[D]").astype("datetime64[M]")
        entries = pd.DataFrame(
            {"who": bought.customer, "month": months.astype(int)}
        )
        active = entries.groupby("who")["month"].nunique().to_numpy()
        first = bought.first_day.astype("datetime64[D]").astype("datetime64[M]")
        last = np.int64(bought.until).astype("datetime64[D]")
        since = (last.astype("datetime64[M]") - first).astype(int) + 1
        span = max(bought.span, 1)
        parts = {
            "repeat_rate": 1 - 1 / bought.frequency,
            "months_active": active / since,
            "tenure": (bought.until - bought.first_day) / span,
        }
        names = plain_ids(pd.Series(bought.labels)).to_numpy(object)
        return pd.DataFrame(parts, index=names), []
    if customers is None:
        return pd.DataFrame(columns=columns, dtype=float), [
            Message("feedback.loyalty.no_orders", {})
        ]
    one = customers[customers["customer"].notna()]
    one = one.assign(customer=plain_ids(one["customer"]).to_numpy(object))
    one = one.drop_duplicates("customer", keep="last")
    table = pd.DataFrame(
        np.nan, index=one["customer"].to_numpy(object), columns=columns
    )
    if "frequency" in one.columns:
        times = as_numbers(one["frequency"])
        table["repeat_rate"] = np.where(
            times > 0, 1 - 1 / np.maximum(times, 1), np.nan
        )
    if "tenure" in one.columns:
        tenure = as_numbers(one["tenure"])
        longest = np.nanmax(tenure, initial=1.0)
        table["tenure"] = np.clip(tenure / longest, 0, 1)
    return table, []


def _satisfaction(
    table: pd.DataFrame, latest: _Latest | None, options: LoyaltyOptions
) -> tuple[pd.DataFrame, float, list[Message]]:
    """The table with each customer's satisfaction; how far scores were trusted, and why."""
    from scipy.special import ndtri

    if latest is None:
        nothing: dict[str, Any] = dict.fromkeys(_COLUMNS[4:8], np.nan)
        nothing |= {"answered": pd.NaT, "answers": 0}
        return table.assign(**nothing), options.reliability or _ASSUMED, []
    own = latest.table.reindex(table.index)
    place = own["place"]
    mean = _segment_means(place, table["segment"])
    spread = float(((place - mean) ** 2).mean())
    reliability, notes = _reliability(latest, spread, options)
    drawn = mean + reliability * (place - mean)
    reach = float(ndtri(0.5 + options.coverage / 2))
    reach *= np.sqrt(spread * reliability * (1 - reliability))
    return (
        table.assign(
            answered=own["answered"],
            answers=own["answers"].fillna(0).astype(int),
            score=own["score"],
            satisfaction=_PERCENT * drawn,
            satisfaction_lo=_PERCENT * (drawn - reach).clip(lower=0),
            satisfaction_hi=_PERCENT * (drawn + reach).clip(upper=1),
        ),
        reliability,
        notes,
    )


def _segment_means(values: pd.Series, segment: pd.Series) -> pd.Series:
    """For each customer the mean of their segment; of all where it has few values."""
    groups = values.groupby(segment)
    means = groups.transform("mean")
    return means.where(groups.transform("count") >= _FEWEST, values.mean())


def _reliability(
    latest: _Latest, spread: float, options: LoyaltyOptions
) -> tuple[float, list[Message]]:
    """How far a score is trusted: what does not come from one answer to another of a customer."""
    if options.reliability is not None:
        return options.reliability, []
    groups = latest.repeats.groupby("customer")["place"]
    customers = groups.ngroups if len(latest.repeats) else 0
    if customers < _ENOUGH or spread == 0:
        return _ASSUMED, [
            Message(
                "feedback.loyalty.assumed",
                {"reliability": _ASSUMED, "count": customers, "enough": _ENOUGH},
            )
        ]
    within = groups.var(ddof=1).mul(groups.size() - 1).sum()
    within /= len(latest.repeats) - customers
    measured = float(np.clip(1 - within / spread, _LEAST_TRUSTED, _MOST_TRUSTED))
    return measured, [
        Message(
            "feedback.loyalty.measured",
            {"reliability": measured, "count": customers},
        )
    ]


def _weights(table: pd.DataFrame, options: LoyaltyOptions) -> dict[str, float]:
    weights = {
        part: float(getattr(options, f"weight_{part}"))
        for part in PARTS
        if table[part].notna().any()
    }
    total = sum(weights.values())
    if weights and total <= 0:
        raise AnalysisError("feedback.loyalty.no_weight")
    return {part: weight / total for part, weight in weights.items()}


def _loyalty(table: pd.DataFrame, weights: dict[str, float]) -> pd.Series:
    """The weighted mean of the parts; NaN where none of the customer's is known."""
    total = pd.Series(0.0, index=table.index)
    weight = pd.Series(0.0, index=table.index)
    for part, share in weights.items():
        values = table[part]
        if part == "recommends":
            values = values.fillna(_segment_means(values, table["segment"]))
        known = values.notna()
        total += share * values.where(known, 0.0)
        weight += share * known
    return _PERCENT * total / weight.where(weight > 0)


def _by_segment(table: pd.DataFrame) -> pd.DataFrame:
    groups = table.groupby("segment", sort=True)
    return pd.DataFrame(
        {
            "customers": groups.size(),
            "answered": groups["score"].count(),
            "satisfaction": groups["satisfaction"].mean(),
            "loyalty": groups["loyalty"].mean(),
        }
    ).reset_index()


def _parts(table: pd.DataFrame, weights: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "part": list(PARTS),
            "weight": [weights.get(part, 0.0) for part in PARTS],
            "known": [int(table[part].notna().sum()) for part in PARTS],
            "mean": [float(table[part].mean()) for part in PARTS],
        }
    )
