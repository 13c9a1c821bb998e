"""When to write: the hours at which the same people answer more often than they usually do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import sent
from crm_analysis.analyses.engagement.claims import DESCRIPTION, EXPERIMENT, Claim
from crm_analysis.analyses.engagement.plan import TestOptions, plan_test
from crm_analysis.analyses.engagement.responses import (
    answered,
    has_times,
    once,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, share
from crm_analysis.tables.days import local_dates
from crm_analysis.tables.kinds import require

FEWEST_SENDS = 30  # at an hour of a weekday: with fewer it is shown in grey
_FEWEST_RESPONSES = 200  # with fewer, one recommendation for all or none
_PARTS = (
    (0, 6),
    (6, 9),
    (9, 12),
    (12, 14),
    (14, 18),
    (18, 24),
)  # of a day, in hours
_SURE = 1e-3  # that hours were chosen by who was written to
_OWN = 2.0  # contacts that what is usual at an hour weighs against a customer's own


@dataclass(frozen=True, kw_only=True)
class BestTimeOptions(Options):
    """How times are compared.

    - `randomised`: whether the hours were drawn by chance.
    - `gain`: the smallest difference in answers worth a test of times, as a share of the usual.
    - `coverage`: of the intervals.
    """

    randomised: bool = False
    gain: float = share(0.2, low=0.05, step=0.05, advanced=True)
    coverage: float = share(0.95, low=0.5, high=0.99, advanced=True)


@dataclass(frozen=True, eq=False)
class BestTime:
    """When contacts are answered.

    - `hours`: a row a weekday and hour with contacts.
        - `weekday`, `hour` : 1 is Monday; 0 to 23
        - `sent`, `responded`, `rate` : contacts, answers, their share
        - `usual` : the share that the same people answer at other times
        - `shrunken`, `lo`, `hi` : the share drawn towards that, with its interval
        - `lift` : how much more than usual, a share
        - `enough` : whether there are 30 contacts or more
        - `surely` : whether it is more than usual though so many hours were looked at
    - `customers`: the part of the day for each; empty with under 200 answers.
        - `customer`, `from_hour`, `to_hour` : the part of the day
        - `rate`, `contacts` : the share expected then; how many contacts of their own that rests on
    - `weekday`, `hour`: the recommendation for all; None where no hour is surely better.
    - `proposal`: a spread of times drawn by chance.
        - `slots`, `per_slot`, `customers` : times compared, contacts at each, in all
    - `claim`: "experiment" where the hours were drawn by chance and look so.
    - `verdict`: in a sentence.
    - `notes`: what the reader should know.
    """

    hours: pd.DataFrame
    customers: pd.DataFrame
    weekday: int | None
    hour: int | None
    proposal: dict[str, int]
    claim: Claim
    verdict: Message
    notes: tuple[Message, ...]
    options: BestTimeOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: sent, responded, rate, weekday, hour, per_slot."""
        count, hits = self.hours["sent"].sum(), self.hours["responded"].sum()
        return {
            "sent": float(count),
            "responded": float(hits),
            "rate": float(hits / count),
            "weekday": None if self.weekday is None else float(self.weekday),
            "hour": None if self.hour is None else float(self.hour),
            "per_slot": float(self.proposal["per_slot"]),
        }


def best_time(
    contacts: pd.DataFrame, options: BestTimeOptions | None = None
) -> BestTime:
    """Answers by weekday and hour, beside what the same people answer at other times.

    Each hour's share is drawn towards what those written to then usually answer, and each
    customer's usual towards that of all (beta-binomial, the weights by moments): so an hour is
    not good because good customers were written to then.

    Parameters
    ----------
    contacts : pandas.DataFrame
        customer, date with its time; responded, or clicked, or opened.
    options : BestTimeOptions, optional
        Whether the hours were drawn by chance.

    Returns
    -------
    BestTime
        `.hours`, the recommendation, and the `.proposal` of a test of times.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "engagement.no_time" where dates have no time of day;
        "engagement.no_response"; "engagement.no_contacts".

    References
    ----------
    Casella (1985), The American Statistician 39, 83-87, on empirical Bayes.

    Examples
    --------
    >>> times = pd.to_datetime(["2024-01-01 09:00", "2024-01-01 20:00"] * 200)
    >>> contacts = pd.DataFrame({"customer": [f"C{number // 8}" for number in range(400)],
    ...     "date": times, "responded": [False, True] * 100 + [False, False] * 100})
    >>> best = best_time(contacts)
    >>> best.hour, best.claim
    (20, 'description')
    """
    options = options or BestTimeOptions()
    require(contacts, "customer", "date")
    contacts, repeats = once(sent(contacts))
    hits, _ = answered(contacts)
    dated = (
        contacts["date"].notna().to_numpy()
        & contacts["customer"].notna().to_numpy()
    )
    contacts, hits = contacts[dated], hits[dated]
    if not len(contacts):
        raise AnalysisError("engagement.no_contacts")
    dates = local_dates(contacts["date"])
    if not has_times(dates):
        raise AnalysisError("engagement.no_time")
    customer, names = pd.factorize(contacts["customer"])
    usual = _usual(customer, hits)
    cell = (dates.dt.weekday * 24 + dates.dt.hour).to_numpy()
    hours = _hours(cell, hits, usual, options.coverage)
    chosen = _were_chosen(dates.dt.hour.to_numpy(), usual)
    claim: Claim = EXPERIMENT if options.randomised and not chosen else DESCRIPTION
    best = _best(hours, hits.sum())
    customers = _customers(names, customer, dates.dt.hour.to_numpy(), hits)
    if hits.sum() < _FEWEST_RESPONSES:
        customers = customers.head(0)
    proposal = _proposal(float(hits.mean()), options)
    notes = (
        [] if claim == EXPERIMENT else [Message("engagement.note.times_chosen", {})]
    )
    if options.randomised and chosen:
        notes = [Message("engagement.note.times_not_random", {})]
    notes += repeats
    return BestTime(
        hours,
        customers,
        None if best is None else int(best["weekday"]),
        None if best is None else int(best["hour"]),
        proposal,
        claim,
        _verdict(best, int(hits.sum()), claim, proposal),
        tuple(notes),
        options,
    )


def _usual(customer: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """For each contact, what this customer answers at others, drawn to what all answer."""
    count = np.bincount(customer).astype(float)
    total = np.bincount(customer, hits)
    overall = float(np.clip(hits.mean(), 1e-6, 1 - 1e-6))
    weight = _weight(total, count, overall)
    others, answers = count[customer] - 1, total[customer] - hits
    return (answers + weight * overall) / (others + weight)


def _weight(
    hits: np.ndarray, count: np.ndarray, expected: np.ndarray | float
) -> float:
    """How many contacts the expectation is worth, by the moments of a beta-binomial."""
    expected = np.broadcast_to(np.asarray(expected, dtype=float), hits.shape)
    variance = expected * (1 - expected)
    excess = float(((hits - count * expected) ** 2 - count * variance).sum())
    scale = float((count * (count - 1) * variance).sum())
    correlation = np.clip(excess / scale if scale > 0 else 0.0, 1e-4, 0.9)
    return float(1 / correlation - 1)


def _hours(
    cell: np.ndarray, hits: np.ndarray, usual: np.ndarray, coverage: float
) -> pd.DataFrame:
    from scipy.special import betaincinv

    cells, place = np.unique(cell, return_inverse=True)
    count = np.bincount(place).astype(float)
    total = np.bincount(place, hits)
    expected = np.clip(np.bincount(place, usual) / count, 1e-6, 1 - 1e-6)
    weight = _weight(total, count, expected)
    first = total + weight * expected
    second = count - total + weight * (1 - expected)
    tail = (1 - coverage) / 2
    shrunken = first / (first + second)
    return pd.DataFrame(
        {
            "weekday": cells // 24 + 1,
            "hour": cells % 24,
            "sent": count.astype(np.int64),
            "responded": total.astype(np.int64),
            "rate": total / count,
            "usual": expected,
            "shrunken": shrunken,
            "lo": betaincinv(first, second, tail),
            "hi": betaincinv(first, second, 1 - tail),
            "lift": shrunken / expected - 1,
            "enough": count >= FEWEST_SENDS,
            "surely": betaincinv(first, second, tail / len(cells)) > expected,
        }
    )


def _were_chosen(hour: np.ndarray, usual: np.ndarray) -> bool:
    """Whether the hours go with who was written to, as chance would not have it."""
    from scipy.stats import f_oneway

    groups = [usual[hour == value] for value in np.unique(hour)]
    groups = [group for group in groups if len(group) > 1]
    if len(groups) < 2 or float(np.ptp(usual)) == 0:
        return False
    p = float(f_oneway(*groups).pvalue)
    return p < _SURE


def _best(hours: pd.DataFrame, responses: float) -> dict[str, Any] | None:
    """The hour at which the same people surely answer more than they usually do."""
    able = hours[hours["enough"] & hours["surely"]]
    if able.empty or responses == 0:
        return None
    return able.loc[able["lift"].idxmax()].to_dict()


def _customers(
    names: pd.Index, customer: np.ndarray, hour: np.ndarray, hits: np.ndarray
) -> pd.DataFrame:
    """For each customer the part of the day, their own answers drawn to those of all."""
    ends = [end for _, end in _PARTS]
    part = np.searchsorted(ends, hour, side="right")
    size = (len(names), len(_PARTS))
    place = customer * len(_PARTS) + part
    count = np.bincount(place, minlength=size[0] * size[1]).reshape(size)
    total = np.bincount(place, hits, minlength=size[0] * size[1]).reshape(size)
    overall = max(float(hits.mean()), 1e-6)
    of_all = (total.sum(axis=0) + _OWN * overall) / (count.sum(axis=0) + _OWN)
    own = (total.sum(axis=1) + _OWN * overall) / (count.sum(axis=1) + _OWN)
    expected = own[:, None] * of_all[None, :] / overall
    rate = (total + _OWN * expected) / (count + _OWN)
    rate[:, count.sum(axis=0) < FEWEST_SENDS] = -1.0
    best = rate.argmax(axis=1)
    everyone = np.arange(len(names))
    return pd.DataFrame(
        {
            "customer": names,
            "from_hour": [_PARTS[position][0] for position in best],
            "to_hour": [_PARTS[position][1] for position in best],
            "rate": np.clip(rate[everyone, best], 0, 1),
            "contacts": count.sum(axis=1),
        }
    )


def _proposal(rate: float, options: BestTimeOptions) -> dict[str, int]:
    """A test of the parts of the day against one another."""
    slots = len(_PARTS) - 1  # nobody is woken at night
    baseline = float(np.clip(rate, 0.001, 0.9))
    effect = min(options.gain * baseline, 0.99 - baseline)
    plan = plan_test(TestOptions(baseline=baseline, effect=effect, arms=slots - 1))
    per_slot = int(plan.summary()["per_arm"] or 0)
    return {"slots": slots, "per_slot": per_slot, "customers": slots * per_slot}


def _verdict(
    best: dict[str, Any] | None,
    responses: int,
    claim: Claim,
    proposal: dict[str, int],
) -> Message:
    details: dict[str, Any] = {"responses": responses, **proposal}
    if best is None:
        return Message("engagement.time.none", details)
    details |= {
        "weekday": int(best["weekday"]),
        "hour": int(best["hour"]),
        "rate": float(best["shrunken"]),
        "usual": float(best["usual"]),
    }
    word = "experiment" if claim == EXPERIMENT else "description"
    return Message(f"engagement.time.{word}", details)
