"""What the orders teach, whatever is asked of the future: hold-out, model, spend, seasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases, purchase_days, short_record
from crm_analysis.analyses.value.holdout import (
    HoldOut,
    actual_by_month,
    hold_out,
    orders_by_month,
    tracking,
)
from crm_analysis.analyses.value.models import fit_model, models_named
from crm_analysis.analyses.value.models.gamma_gamma import (
    GammaGamma,
    fit_gamma_gamma,
)
from crm_analysis.analyses.value.models.lookalike import fit_lookalike
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS, summarise
from crm_analysis.analyses.value.season import (
    EVEN_CLOCK,
    Clock,
    month_multipliers,
    no_multipliers,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

_REPEATERS = 10  # fewer customers with repeat orders than that cannot carry a model
_KNOWN = 20  # customers, the same for a hold-out
_SEASON_DAYS = 330  # of record, before a month may be told from the others
_LONGEST_HOLDOUT = 364  # days, unless set
_NEARER = 0.95  # of what the months were missed by without a season


@dataclass(frozen=True, eq=False)
class FittedValue:
    """What `fit_value` learned, for `value_ranges` and `estimate_from_fit`.

    options : the settings that it was fitted with.
    purchases : the history, day by day.
    summary : a row a customer, as `purchase_summary` gives it
        customer, first, last : who, dates of the first and the last purchase.
        frequency : repeat purchase days.
        recency, T : `unit`s from the first purchase to the last, and to the end.
        monetary, revenue, first_amount : money a repeat purchase day, of all, of the first.
    holdout : the trials of the models; None where too little was known before.
    model : the chosen model, fitted to all of the history.
    spend, spend_before : the model of spend, now and as it stood before the hold-out.
    season : a row a calendar month, as `Value.season`
        month, days : 1 to 12, and days of it seen.
        actual, expected : repeat orders, and those expected without seasons.
        multiplier : orders against a usual month; 1 is like the others.
    clock : the time in which the models were fitted; all months are alike without a season.
    notes : (key, details).
    """

    options: ValueOptions
    purchases: Purchases
    summary: pd.DataFrame
    holdout: HoldOut | None
    model: PurchaseModel
    spend: GammaGamma | None
    spend_before: GammaGamma | None
    season: pd.DataFrame
    clock: Clock
    notes: tuple[Message, ...]

    def time_ahead(self, days: float) -> float:
        """The model's `unit`s in the next `days`."""
        until = self.purchases.until
        time = float(self.clock.between(until, until + days))
        return time / UNIT_DAYS[self.options.unit]

    def check(self, options: ValueOptions) -> None:
        """Raise a ValueError where the fit was made with other settings than are asked for."""
        if options.for_fit() != self.options.for_fit():
            raise ValueError(
                f"the fit was made with {self.options.for_fit().in_python()}; "
                f"it is no answer to {options.for_fit().in_python()}"
            )


def fit_value(
    table: pd.DataFrame,
    options: ValueOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> FittedValue:
    """The part of `estimate_value` that takes long and serves many questions.

    It does not depend on the horizon, margin, discount or coverage: what it gives is turned into a
    `Value` for any of them by `estimate_from_fit`. Where the months' multipliers, known before the
    hold-out, bring its months nearer by 5 %, models are fitted in their time: see `Clock`.

    Parameters
    ----------
    table, options, progress
        As `estimate_value` takes them.

    Returns
    -------
    FittedValue
        The hold-out, the chosen model, the model of spend and the seasons.

    Raises
    ------
    AnalysisError
        As `estimate_value`.

    See Also
    --------
    estimate_from_fit : The answer of one horizon and margin.
    value_ranges : How sure it is.

    Examples
    --------
    >>> rows = [(i, day) for i in range(40) for day in range(0, 300, 10 + i)]
    >>> orders = pd.DataFrame(rows, columns=["customer", "day"]).assign(amount=10.0)
    >>> orders["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(orders["day"], unit="D")
    >>> fitted = fit_value(orders, ValueOptions(model="bgnbd"))
    >>> fitted.model.name, len(fitted.summary)
    ('bgnbd', 40)
    """
    options = options or ValueOptions()
    progress(0.0, "value.step.history")
    purchases = purchase_days(table, options.until)
    if purchases.span < 1:
        raise AnalysisError("value.one_day")
    short = short_record(purchases)
    if short:
        raise AnalysisError(short.key, **short.details)
    summary = summarise(purchases, options.unit)
    progress(0.1, "value.step.holdout")
    holdout, holdout_notes = _hold_out(purchases, options)
    progress(0.4, "value.step.fit")
    model, model_notes = _final_model(holdout, purchases, summary, options)
    season, clock = no_multipliers(), EVEN_CLOCK
    if model.knows_new_customers and purchases.span >= _SEASON_DAYS:
        season = _season(model, purchases, options)
        progress(0.5, "value.step.holdout")
        timed = _seasonal_hold_out(holdout, purchases, options)
        if timed is not None:
            holdout, holdout_notes = timed
        if timed is not None or options.seasonal:
            clock = Clock(season["multiplier"].to_numpy())
            progress(0.8, "value.step.fit")
            timed_summary = summarise(purchases, options.unit, clock)
            model, model_notes = _final_model(
                holdout, purchases, timed_summary, options, clock
            )
    source = options.spend if options.spend != "auto" else _better_source(holdout)
    spend, spend_notes = choose_spend(summary, source, options.seed)
    spend_before = None
    if holdout is not None and holdout.actual_money is not None:
        spend_before, _ = choose_spend(holdout.summary, source, options.seed)
    progress(0.9, "value.step.fit")
    notes = [
        *_history_notes(purchases),
        *holdout_notes,
        *model_notes,
        *spend_notes,
    ]
    return FittedValue(
        options,
        purchases,
        summary,
        holdout,
        model,
        spend,
        spend_before,
        season,
        clock,
        notes=tuple(notes),
    )


def _history_notes(purchases: Purchases) -> list[Message]:
    notes = []
    if purchases.left_out:
        notes.append(Message("value.note.left_out", {"count": purchases.left_out}))
    if not purchases.return_lines:
        return notes
    details = {"count": purchases.return_lines}
    unmatched = abs(purchases.unmatched_returns)
    if unmatched:
        notes.append(
            Message("value.note.returns", details | {"unmatched": unmatched})
        )
    else:
        notes.append(Message("value.note.returns_matched", details))
    return notes


def _season(
    model: PurchaseModel, purchases: Purchases, options: ValueOptions
) -> pd.DataFrame:
    days = np.arange(purchases.start, purchases.until + 1)
    expected = tracking(model, purchases, days, options.unit)
    return month_multipliers(expected, purchases)


def _seasonal_hold_out(
    holdout: HoldOut | None, purchases: Purchases, options: ValueOptions
) -> tuple[HoldOut, list[Message]] | None:
    """The hold-out in the time of the months before it; None where that is no help.

    Asked first is the shape of its months alone: a model that knows no season is wrong in level
    too, for lack of it.
    """
    if holdout is None or options.seasonal is False:
        return None
    model = holdout.winner.model
    if not model.knows_new_customers or holdout.past.span < _SEASON_DAYS:
        return None
    season = _season(model, holdout.past, options)
    clock = Clock(season["multiplier"].to_numpy())
    before = orders_by_month(holdout, EVEN_CLOCK, options.unit)
    came = actual_by_month(holdout, purchases)
    shaped, plain, actual = (
        orders / max(orders.sum(), 1e-9)
        for orders in (orders_by_month(holdout, clock, options.unit), before, came)
    )
    if not (options.seasonal or _nearer(shaped, plain, actual)):
        return None
    timed, notes = _hold_out(purchases, options, clock)
    if timed is None:
        return None
    after = orders_by_month(timed, clock, options.unit)
    better = _nearer(after, before, came)
    return (timed, notes) if options.seasonal or better else None


def _nearer(new: np.ndarray, old: np.ndarray, actual: np.ndarray) -> bool:
    """Whether the new months miss by 5 % less than the old ones."""
    return bool(np.abs(new - actual).sum() < _NEARER * np.abs(old - actual).sum())


def _hold_out(
    purchases: Purchases, options: ValueOptions, clock: Clock = EVEN_CLOCK
) -> tuple[HoldOut | None, list[Message]]:
    days = min(purchases.span // 2, _LONGEST_HOLDOUT)
    if options.holdout:
        days = round(options.holdout * UNIT_DAYS[options.unit])
    start = purchases.until - days
    known = int((purchases.first_day <= start).sum())
    past = purchases.repeated & (purchases.day <= start)
    repeaters = int((purchases.count(past) > 0).sum())
    if days < 1 or known < _KNOWN or repeaters < _REPEATERS:
        return None, [
            Message("value.note.no_holdout", {"days": days, "repeaters": repeaters})
        ]
    names = models_named(options.model)
    holdout = hold_out(purchases, options.unit, days, names, options.seed, clock)
    notes = []
    failed = [name for name in names if not holdout.trials[name].model.usable]
    if failed:
        notes.append(Message("value.note.failed", {"models": failed}))
    if holdout.chosen != "lookalike" and _simple_is_better(holdout):
        notes.append(Message("value.note.simple_is_better", {}))
    return holdout, notes


def _simple_is_better(holdout: HoldOut) -> bool:
    """Whether the look-alike estimate came nearer, customer by customer and in total."""
    squares, totals = [], []
    for trial in (holdout.trials["lookalike"], holdout.winner):
        gap = trial.expected - holdout.actual
        squares.append(float((gap**2).mean()))
        totals.append(abs(float(gap.sum())))
    return squares[0] < squares[1] and totals[0] < totals[1]


def _final_model(
    holdout: HoldOut | None,
    purchases: Purchases,
    summary: pd.DataFrame,
    options: ValueOptions,
    clock: Clock = EVEN_CLOCK,
) -> tuple[PurchaseModel, list[Message]]:
    """The chosen model fitted to everything; without a hold-out the likeliest one.

    Where no fit can be used: the look-alike estimate. `summary` is in the time of `clock`.
    """
    names = models_named(options.model)
    if holdout is not None:
        names = () if holdout.chosen == "lookalike" else (holdout.chosen,)
    repeaters = int((summary["frequency"] > 0).sum())
    enough = repeaters >= _REPEATERS
    fits = []
    if enough:
        for name in names:
            fits.append(
                fit_model(
                    name, purchases, summary, options.unit, options.seed, clock
                )
            )
    usable = [model for model in fits if model.usable]
    if usable:
        model = max(usable, key=lambda model: model.log_likelihood)
        return model, list(model.notes)
    days = holdout.length if holdout else purchases.span / 3
    window = max(min(days, purchases.span / 2), 1) / UNIT_DAYS[options.unit]
    reason = "value.note.fallback" if enough else "value.note.fallback_few"
    note = Message(reason, {"repeaters": repeaters})
    return fit_lookalike(purchases, summary, window, options.unit, clock), [note]


def choose_spend(
    summary: pd.DataFrame, source: str, seed: int
) -> tuple[GammaGamma | None, list[Message]]:
    """Money of an order, from repeat orders or from all; else everybody's mean."""
    if "monetary" not in summary.columns:
        return None, [Message("value.note.no_amount", {})]
    try:
        spend = fit_gamma_gamma(_orders_from(summary, source), seed=seed)
    except AnalysisError:
        spend = None
    if spend is None or not spend.usable:
        return _pooled_spend(summary), [Message("value.note.spend_fallback", {})]
    return spend, [
        *spend.notes,
        Message(f"value.note.spend_{source}", {"customers": spend.customers}),
    ]


def _orders_from(summary: pd.DataFrame, source: str) -> pd.DataFrame:
    """The summary of repeat orders, or with the first order counted among them ("all")."""
    if source == "repeat":
        return summary
    orders = summary["frequency"] + 1
    return summary.assign(monetary=summary["revenue"] / orders, frequency=orders)


def _better_source(holdout: HoldOut | None) -> str:
    """Repeat orders or all: which would have foretold the money of the hold-out's orders better."""
    if holdout is None or holdout.actual_money is None:
        return "repeat"
    ordered = (holdout.actual > 0) & (holdout.actual_money > 0)
    if ordered.sum() < 20:
        return "repeat"
    actual = np.log(holdout.actual_money[ordered] / holdout.actual[ordered])
    misses = {}
    for source in ("repeat", "all"):
        try:
            spend = fit_gamma_gamma(_orders_from(holdout.summary, source))
        except AnalysisError:
            continue
        if spend.usable:
            expected = np.log(spend.expected().to_numpy()[ordered])
            misses[source] = float(np.abs(expected - actual).mean())
    return min(misses, key=lambda source: misses[source]) if misses else "repeat"


def _pooled_spend(summary: pd.DataFrame) -> GammaGamma:
    """Everybody's mean order, with the weight of three orders against a customer's own mean."""
    orders = _orders_from(summary, "all")
    count = orders["frequency"].to_numpy(float)
    money = orders["monetary"].clip(lower=0.0).to_numpy(float)
    mean = max(float(np.average(money, weights=count)), 1e-9)
    return GammaGamma(
        {"p": 1.0, "q": 4.0, "gamma": 3.0 * mean},
        log_likelihood=float("nan"),
        converged=False,
        customers=len(count),
        notes=(Message("value.note.spend_fallback", {}),),
        covariance=np.zeros((3, 3)),
        frequency=count,
        monetary=money,
        index=summary.index,
    )
