"""How often is too often: answers by the number of contacts shortly before, within customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import sent
from crm_analysis.analyses.engagement.claims import ADJUSTED, DESCRIPTION, Claim
from crm_analysis.analyses.engagement.conditional import Fitted, fit_within
from crm_analysis.analyses.engagement.leaving import fit_leaving
from crm_analysis.analyses.engagement.outcomes import numbers
from crm_analysis.analyses.engagement.responses import answered, once
from crm_analysis.analyses.inference import wilson
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob, share
from crm_analysis.tables.days import local_dates
from crm_analysis.tables.kinds import require

_WINDOWS = (7, 30)  # days
_LAST = 4  # the fourth contact and later ones are one
_FEWEST = 50  # customers with both answers and none
_FEWEST_SENT = 30  # contacts of a number that is spoken of
_FEWEST_LEFT = (
    60  # unsubscribed, of whom it is said what goes with it: ten a feature
)
_MOST_CUSTOMERS = 5000
_CAPS = (1, 2, 3, 4, 5, 6)
_COLUMNS = [
    *("window", "nth", "sent", "responded", "rate", "lo", "hi"),
    *("within", "within_lo", "within_hi", "unsubscribed", "unsubscribed_rate"),
    *("leaving", "leaving_lo", "leaving_hi"),
]


@dataclass(frozen=True, kw_only=True)
class PressureOptions(Options):
    """What is counted, and what a customer who unsubscribes was worth.

    - `value`: of a customer who unsubscribes, in money. None: not known.
    - `cap_days`: the days over which a cap would hold.
    """

    value: float | None = knob(None, low=0.0, high=1e9)
    cap_days: int = knob(7, low=1, high=90)
    coverage: float = share(0.95, low=0.5, high=0.99, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class ContactPressure:
    """How answers change with the number of contacts shortly before.

    - `by_count`: a row a window and number.
        - `window` : 7 or 30 days
        - `nth` : the how-manieth contact within them; 4 is the fourth or a later one
        - `sent`, `responded`, `rate`, `lo`, `hi` : the naive curve: other customers at each number
        - `within`, `within_lo`, `within_hi` : the share for the same customers; NaN where too few
          answered some contacts and not others, or under 30 were sent
        - `unsubscribed`, `unsubscribed_rate` : contacts, the naive curve; NaN where not known
        - `leaving`, `leaving_lo`, `leaving_hi` : the share that unsubscribes, for the same
          customers; NaN where under 60 who unsubscribed have others beside them
    - `caps`: a row a cap, had there been one.
        - `cap` : contacts allowed within `cap_days`
        - `sends_saved`, `share_saved` : contacts not made, of all
        - `responses_at_risk`, `unsubscribed_avoided` : answers and unsubscribes to these
    - `informative`: customers with both, whom the comparison within customers is from.
    - `value_lost`: by unsubscribes, in money; None where not known.
    - `claim`: "adjusted comparison" within customers, else "description".
    - `verdict`: in a sentence.
    - `notes`: what the reader should know.
    """

    by_count: pd.DataFrame
    caps: pd.DataFrame
    informative: int
    value_lost: float | None
    claim: Claim
    verdict: Message
    notes: tuple[Message, ...]
    options: PressureOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers of 7 days: first, last (within customers), naive_last, value_lost."""
        week = self.by_count[self.by_count["window"] == _WINDOWS[0]]
        last = week[week["sent"] >= min(_FEWEST_SENT, week["sent"].max())].iloc[-1]
        within = float(last["within"])
        return {
            "first": float(week.iloc[0]["rate"]),
            "last": within if np.isfinite(within) else None,
            "naive_last": float(last["rate"]),
            "informative": float(self.informative),
            "value_lost": self.value_lost,
        }


def contact_pressure(
    contacts: pd.DataFrame, options: PressureOptions | None = None
) -> ContactPressure:
    """Answers to the first, second, third contact within 7 and 30 days, of the same customers.

    Who is written to often is not like the others, mostly better; so the naive curve misleads.
    Conditional logistic regression compares each customer with themselves only. Unsubscribing
    happens once, at the last contact: there each who left is compared, by how the contact differs
    from their own usual, with those who stayed at a contact of the same number. What changed in a
    customer at the same time may still be behind it.

    Parameters
    ----------
    contacts : pandas.DataFrame
        customer, date; responded, or clicked, or opened; unsubscribed where known.
    options : PressureOptions, optional
        What a customer is worth who unsubscribes, and over how many days a cap would hold.

    Returns
    -------
    ContactPressure
        `.by_count`, `.caps`, `.claim`, `.verdict`.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "engagement.no_response"; "engagement.no_contacts".

    References
    ----------
    Chamberlain (1980), Review of Economic Studies 47, 225-238; of unsubscribing: Goldstein &
    Langholz (1992), Annals of Statistics 20, 1903-1928.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-03-01"] * 60)
    >>> contacts = pd.DataFrame({"customer": [f"C{number // 3}" for number in range(180)],
    ...     "date": days, "responded": [True, False, True] * 30 + [False, True, True] * 30})
    >>> pressure = contact_pressure(contacts)
    >>> pressure.by_count[["window", "nth", "sent", "responded"]].head(2)
       window  nth  sent  responded
    0       7    1   120         90
    1       7    2    60         30
    """
    options = options or PressureOptions()
    require(contacts, "customer", "date")
    contacts, repeats = once(sent(contacts))
    dated = (
        contacts["date"].notna().to_numpy()
        & contacts["customer"].notna().to_numpy()
    )
    contacts = contacts[dated]
    if not len(contacts):
        raise AnalysisError("engagement.no_contacts")
    log = _Log.of(contacts)
    parts, fits = [], {}
    for window in _WINDOWS:
        nth = np.minimum(log.nth(window), _LAST)
        fits[window] = _fit(log, nth, options.seed)
        part = _by_count(log, nth, fits[window], options)
        part = part.assign(window=window, **_leaving(log, nth, options))
        parts.append(part)
    by_count = pd.concat(parts, ignore_index=True)[_COLUMNS]
    informative = max(fit.customers for fit in fits.values())
    claim = ADJUSTED if informative >= _FEWEST else DESCRIPTION
    unsubscribed = (
        None if log.unsubscribed is None else float(log.unsubscribed.sum())
    )
    lost = None
    if unsubscribed is not None and options.value is not None:
        lost = unsubscribed * options.value
    if unsubscribed is None:
        note = Message("engagement.note.no_unsubscribed", {})
    elif by_count["leaving"].isna().all():
        details = {"count": int(unsubscribed), "fewest": _FEWEST_LEFT}
        note = Message("engagement.note.few_unsubscribed", details)
    else:
        note = Message("engagement.note.unsubscribed_once", {})
    return ContactPressure(
        by_count,
        _caps(log, options),
        informative,
        lost,
        claim,
        _verdict(by_count, fits[_WINDOWS[0]], claim, informative),
        (note, *repeats),
        options,
    )


@dataclass(frozen=True, eq=False)
class _Log:
    """Contacts sorted by customer and time (in days)."""

    customer: np.ndarray
    day: np.ndarray
    hits: np.ndarray
    unsubscribed: np.ndarray | None

    @classmethod
    def of(cls, contacts: pd.DataFrame) -> _Log:
        hits, _ = answered(contacts)
        code, _ = pd.factorize(contacts["customer"])
        seconds = local_dates(contacts["date"]).to_numpy("datetime64[s]")
        day = seconds.astype(np.int64) / 86_400
        order = np.lexsort((day, code))
        left = None
        if (
            "unsubscribed" in contacts.columns
            and contacts["unsubscribed"].notna().any()
        ):
            left = np.nan_to_num(numbers(contacts["unsubscribed"], "unsubscribed"))
            left = left[order]
        return cls(code[order], day[order], hits[order], left)

    def nth(self, window: int) -> np.ndarray:
        """The how-manieth contact of the customer within so many days each one is."""
        width = float(np.ptp(self.day)) + 2 * window + 1
        key = self.customer * width + (self.day - self.day.min())
        first = np.searchsorted(key, key - window, side="right")
        return np.arange(len(key)) - first + 1


def _fit(log: _Log, nth: np.ndarray, seed: int) -> Fitted:
    """Odds of an answer at the second, third, later contact against the first."""
    features = (nth[:, None] == np.arange(2, _LAST + 1)).astype(float)
    customers = int(log.customer[-1]) + 1
    rows = np.ones(len(nth), dtype=bool)
    if customers > _MOST_CUSTOMERS:
        chosen = np.random.default_rng(seed).permutation(customers)[
            :_MOST_CUSTOMERS
        ]
        rows = np.isin(log.customer, chosen)
    return fit_within(log.customer[rows], features[rows], log.hits[rows])


def _by_count(
    log: _Log, nth: np.ndarray, fit: Fitted, options: PressureOptions
) -> pd.DataFrame:
    numbers_there = np.arange(1, int(nth.max()) + 1)
    count = np.bincount(nth, minlength=_LAST + 1)[numbers_there].astype(float)
    hits = np.bincount(nth, log.hits, minlength=_LAST + 1)[numbers_there]
    low, high = wilson(hits, count, options.coverage)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = hits / count
    table = pd.DataFrame(
        {
            "nth": numbers_there,
            "sent": count.astype(np.int64),
            "responded": hits.astype(np.int64),
            "rate": rate,
            "lo": low,
            "hi": high,
        }
    )
    # A number that seldom comes has no curvature, and nothing to say.
    often = (count >= _FEWEST_SENT) | (numbers_there == 1)
    says = often & (fit.customers >= _FEWEST)
    curve = _curve(float(rate[0]), fit, options.coverage)
    for name, values in zip(
        ("within", "within_lo", "within_hi"), curve, strict=True
    ):
        table[name] = np.where(says, values[numbers_there - 1], np.nan)
    unsubscribed = np.full(len(count), np.nan)
    if log.unsubscribed is not None:
        unsubscribed = np.bincount(nth, log.unsubscribed, minlength=_LAST + 1)[
            numbers_there
        ]
    with np.errstate(divide="ignore", invalid="ignore"):
        return table.assign(
            unsubscribed=unsubscribed, unsubscribed_rate=unsubscribed / count
        )


def _leaving(
    log: _Log, nth: np.ndarray, options: PressureOptions
) -> dict[str, np.ndarray]:
    """How likely the same customers unsubscribe at each number."""
    levels = int(nth.max())
    names = ("leaving", "leaving_lo", "leaving_hi")
    unknown = dict.fromkeys(names, np.full(levels, np.nan))
    left = log.unsubscribed
    if left is None or left.sum() < _FEWEST_LEFT or levels < 2:
        return unknown
    fit = fit_leaving(log.customer, log.day, nth, log.hits, left, options.seed)
    if fit.customers < _FEWEST_LEFT:
        return unknown
    count = np.bincount(nth, minlength=levels + 1)[1:]
    first = float(left[nth == 1].mean())
    curve = _curve(first, fit, options.coverage)
    often = (count >= _FEWEST_SENT) & (first > 0)
    values = (np.where(often, part, np.nan) for part in curve)
    return dict(zip(names, values, strict=True))


def _curve(first: float, fit: Fitted, coverage: float) -> list[np.ndarray]:
    """The share at each number and its bounds, by odds against the share at the first."""
    from scipy.special import ndtri

    z = float(ndtri(0.5 + coverage / 2))
    odds = np.append(0.0, fit.odds)
    error = np.sqrt(np.append(0.0, np.clip(np.diag(fit.covariance), 0, None)))
    return [_at_odds(first, odds + sign * z * error) for sign in (0, -1, 1)]


def _at_odds(base: float, log_odds: np.ndarray) -> np.ndarray:
    """The share whose odds are so many times those of the base."""
    ratio = np.exp(np.clip(log_odds, -30, 30))
    return base * ratio / (1 - base + base * ratio)


def _caps(log: _Log, options: PressureOptions) -> pd.DataFrame:
    """What each cap would have saved and risked: a contact is dropped once the cap is reached."""
    rows = []
    total = len(log.day)
    left = log.unsubscribed
    for cap in _CAPS:
        dropped = _dropped(log, cap, options.cap_days)
        avoided = float("nan") if left is None else float(left[dropped].sum())
        saved = int(dropped.sum())
        risked = int(log.hits[dropped].sum())
        rows.append((cap, saved, saved / total, risked, avoided))
        if not saved:
            break
    return pd.DataFrame(
        rows,
        columns=[
            *("cap", "sends_saved", "share_saved"),
            *("responses_at_risk", "unsubscribed_avoided"),
        ],
    )


def _dropped(log: _Log, cap: int, days: int) -> np.ndarray:
    dropped = np.zeros(len(log.day), dtype=bool)
    made: list[float] = []
    before = -1
    for position, (customer, day) in enumerate(
        zip(log.customer.tolist(), log.day.tolist(), strict=True)
    ):
        if customer != before:
            made, before = [], customer
        if len(made) >= cap and day - made[-cap] < days:
            dropped[position] = True
        else:
            made.append(day)
    return dropped


def _verdict(
    by_count: pd.DataFrame, fit: Fitted, claim: Claim, informative: int
) -> Message:
    week = by_count[by_count["window"] == _WINDOWS[0]]
    if claim == DESCRIPTION or len(week) < 2:
        details: dict[str, Any] = {"customers": informative, "fewest": _FEWEST}
        return Message("engagement.pressure.few", details)
    often = week[week["sent"] >= _FEWEST_SENT]
    first, last = week.iloc[0], (week if often.empty else often).iloc[-1]
    details = {
        "nth": int(last["nth"]),
        "first": float(first["rate"]),
        "within": float(last["within"]),
        "low": float(last["within_lo"]),
        "high": float(last["within_hi"]),
        "naive": float(last["rate"]),
    }
    word = "flat"
    if details["high"] < details["first"]:
        word = "falls"
    elif details["low"] > details["first"]:
        word = "rises"
    return Message(f"engagement.pressure.adjusted.{word}", details)
