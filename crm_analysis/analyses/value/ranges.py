"""How far a customer may fall from what is expected, before it is turned into money of today.

The model's own spread, widened or narrowed until the hold-out agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.value.fitted import FittedValue
from crm_analysis.analyses.value.holdout import HoldOut, ModelTrial, frequency_class
from crm_analysis.analyses.value.models.fitting import Rows
from crm_analysis.analyses.value.models.gamma_gamma import GammaGamma
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS
from crm_analysis.jobs import Progress, no_progress

_GROUPS = {
    "0": (0, 0),
    "1–3": (1, 3),
    "4+": (4, np.inf),
}  # repeat orders so far
_LIMIT = 100_000  # orders nobody makes: where the loops end whatever the parameters
_CHUNK = 10_000
_ROUNDING = (
    1e-12  # of chances: a level just reaches what came to the customer it is set by
)
_CALIBRATED, _CALIBRATION_DRAWS = 4_000, 200


@dataclass(frozen=True, eq=False)
class CalibratedLevels:
    """Nominal levels that cover as promised, by group of orders so far, and how that was seen."""

    levels: tuple[float, ...]
    table: pd.DataFrame

    def of(self, frequency: np.ndarray) -> np.ndarray:
        """The level of each customer."""
        levels = np.empty(len(frequency))
        for (low, high), level in zip(_GROUPS.values(), self.levels, strict=True):
            levels[(frequency >= low) & (frequency <= high)] = level
        return levels


def calibrate(
    trial: ModelTrial | None,
    frequency: np.ndarray,
    target: float,
    seed: int,
) -> CalibratedLevels:
    """Split conformal: half the hold-out's customers say which level reaches `target`.

    The other half measure it. A customer needs the level at which the central interval just reaches
    what they did. With counts that are mostly zero the interval of a level holds more than the
    level says, so that a lower one holds the share that is asked for, and is narrower.

    References
    ----------
    Vovk, Gammerman & Shafer (2005); Lei et al., JASA 113 (2018).
    """
    columns = ["orders", "customers", "level", "nominal_coverage", "coverage"]
    if trial is None:
        rows = [(name, 0, target, np.nan, np.nan) for name in (*_GROUPS, "all")]
        return CalibratedLevels(
            (target,) * len(_GROUPS), pd.DataFrame(rows, columns=columns)
        )
    needed = level_needed(trial.below, trial.up_to)
    learning = np.random.default_rng(seed).random(len(needed)) < 0.5
    levels, rows, reached = [], [], np.zeros(len(needed), dtype=bool)
    for name, (low, high) in _GROUPS.items():
        inside = (frequency >= low) & (frequency <= high)
        level = _level_reaching(target, needed[inside & learning])
        checked = needed[inside & ~learning]
        nominal, coverage = _share(checked <= target), _share(checked <= level)
        rows.append((name, int(inside.sum()), level, nominal, coverage))
        reached |= inside & (needed <= level)
        levels.append(level)
    nominal, coverage = (
        _share(needed[~learning] <= target),
        _share(reached[~learning]),
    )
    rows.append(("all", len(needed), np.nan, nominal, coverage))
    return CalibratedLevels(tuple(levels), pd.DataFrame(rows, columns=columns))


def level_needed(below: np.ndarray, up_to: np.ndarray) -> np.ndarray:
    """The level whose central interval just reaches what came.

    `below` and `up_to` are the chances of less than that, and of no more than that.
    """
    return np.maximum(1 - 2 * up_to, 2 * below - 1)


def _level_reaching(target: float, needed: np.ndarray) -> float:
    """The level that is enough for a share `target` of customers; `target` itself with few."""
    rank = int(np.ceil(target * (len(needed) + 1)))
    if len(needed) < 20 or rank > len(needed):
        return target
    return float(np.clip(np.sort(needed)[rank - 1], 0.0, 0.999))


def _share(claims: np.ndarray) -> float:
    return float(claims.mean()) if len(claims) else float("nan")


def _tails(
    model: PurchaseModel,
    rows: Rows,
    t: float,
    floor: np.ndarray | float,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For n = 1, 2, …: the rows whose P(N ≥ n) is above `floor`, and it."""
    alive = model._staying(rows)
    going = np.arange(len(rows))
    floor = np.broadcast_to(floor, len(rows))
    successive = model._successive(rows, np.full(len(rows), t))
    chances = next(successive)
    for _ in range(1, _LIMIT):
        tail = alive[going] * chances
        above = np.flatnonzero(tail > floor[going])
        going = going[above]
        if not len(going):
            break
        yield going, tail[above]
        chances = successive.send(above)


def order_quantiles(
    model: PurchaseModel, t: float, levels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Central interval of each customer's orders in the next t, at each one's level.

    In whole orders, exact by the model.
    """
    rows = model.rows
    level = np.zeros(len(rows))
    level[rows.position] = levels
    low, high = np.zeros(len(rows)), np.zeros(len(rows))
    for start in range(0, len(rows), _CHUNK):
        chunk = np.arange(start, min(start + _CHUNK, len(rows)))
        floor = (1 - level[chunk]) / 2 - _ROUNDING
        for going, tail in _tails(model, rows.take(chunk), t, floor):
            counted = chunk[going]
            high[counted] += 1
            low[counted] += tail > (1 + level[counted]) / 2 + _ROUNDING
    low, high = low[rows.position], high[rows.position]
    return np.floor(low * model.orders_per_count), np.ceil(
        high * model.orders_per_count
    )


def calibrate_money(
    holdout: HoldOut, spend: GammaGamma, t: float, options: ValueOptions
) -> CalibratedLevels:
    """As `calibrate`, of the money of the next t; of up to 4,000 customers, all of them learning.

    Money has an interval of its own: that of orders is narrower for what is whole numbers in it.
    """
    rng = np.random.default_rng(options.seed)
    count = len(holdout.summary)
    chosen = np.sort(rng.permutation(count)[:_CALIBRATED])
    counts = _draw_counts(holdout.winner.model, chosen, t, _CALIBRATION_DRAWS)
    money = _money_of(counts, spend, chosen, rng)
    actual = np.asarray(holdout.actual_money)[chosen, None]
    needed = level_needed(
        (money < actual).mean(axis=1), (money <= actual).mean(axis=1)
    )
    frequency = holdout.summary["frequency"].to_numpy()[chosen]
    levels = tuple(
        _level_reaching(
            options.coverage, needed[(frequency >= low) & (frequency <= high)]
        )
        for low, high in _GROUPS.values()
    )
    return CalibratedLevels(levels, pd.DataFrame())


@dataclass(frozen=True, eq=False)
class MoneyRanges:
    """Money of each customer's next orders: low and high end of an interval, and variance."""

    low: np.ndarray
    high: np.ndarray
    variance: np.ndarray


def draw_money(
    model: PurchaseModel,
    spend: GammaGamma,
    t: float,
    levels: np.ndarray,
    *,
    draws: int,
    seed: int,
) -> MoneyRanges:
    """Central interval and variance of the money of the next t's orders, by customer.

    Orders: the model's distribution at evenly spaced chances. Money of n orders: p n over the
    customer's own gamma, whose scale is drawn from what their orders say of it (a beta prime).
    Worked through in chunks: memory does not grow with the customers.
    """
    rng = np.random.default_rng(seed)
    position = model.rows.position
    low, high, variance = (np.zeros(len(position)) for _ in range(3))
    order = np.argsort(position, kind="stable")
    for start in range(0, len(order), _CHUNK):
        customers = order[start : start + _CHUNK]
        money = _money_of(
            _draw_counts(model, customers, t, draws), spend, customers, rng
        )
        money.sort(axis=1)
        variance[customers] = money.var(axis=1)
        level = levels[customers]
        lowest = np.floor((1 - level) / 2 * draws)
        highest = np.ceil((1 + level) / 2 * draws) - 1
        each = np.arange(len(customers))
        low[customers] = money[each, np.clip(lowest, 0, draws - 1).astype(int)]
        high[customers] = money[each, np.clip(highest, 0, draws - 1).astype(int)]
    return MoneyRanges(low, high, variance)


def _draw_counts(
    model: PurchaseModel,
    customers: np.ndarray,
    t: float,
    draws: int,
) -> np.ndarray:
    distinct, position = np.unique(
        model.rows.position[customers], return_inverse=True
    )
    grid = (np.arange(draws) + 0.5) / draws
    counts = np.zeros((len(distinct), draws), dtype=np.int32)
    for going, tail in _tails(model, model.rows.take(distinct), t, 0.5 / draws):
        counts[going] += grid < tail[:, None]
    return counts[position]


def _money_of(
    counts: np.ndarray,
    spend: GammaGamma,
    customers: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    p, q, gamma = spend.parameters.values()
    frequency = spend.frequency[customers]
    shape = q + p * frequency
    scale = (
        gamma + np.maximum(np.nan_to_num(spend.monetary[customers]), 0) * frequency
    )
    ordering = counts > 0
    customer = np.nonzero(ordering)[0]
    money = np.zeros(counts.shape)
    spent = scale[customer] * rng.standard_gamma(p * counts[ordering])
    money[ordering] = spent / rng.standard_gamma(shape[customer])
    return money


def parameter_spread(model: PurchaseModel, t: float, worth: np.ndarray) -> float:
    """Standard error of a total that comes from not knowing the parameters.

    The total is of `worth` × the expected orders of each customer. What the data do not bound is
    held where it is.
    """
    rows = model.rows
    weight = np.bincount(rows.position, weights=worth, minlength=len(rows))
    times = np.full(len(rows), t)
    return spread_of(
        model, lambda moved: float(weight @ moved._expected(rows, times))
    )


def spread_of(
    model: PurchaseModel, total: Callable[[PurchaseModel], float]
) -> float:
    """The standard error of what a model gives in all, from not knowing its parameters."""
    bounded = np.isfinite(np.diag(model.covariance))
    if not bounded.any():
        return 0.0
    slopes = []
    for name, value in model.parameters.items():
        low, high = (
            total(
                replace(
                    model,
                    parameters={
                        **model.parameters,
                        name: value * float(np.exp(step)),
                    },
                )
            )
            for step in (-1e-3, 1e-3)
        )
        slopes.append((high - low) / 2e-3)
    gradient = np.array(slopes)[bounded]
    variance = gradient @ model.covariance[np.ix_(bounded, bounded)] @ gradient
    return float(np.sqrt(max(variance, 0.0)))


_NO_HOLDOUT = (
    "customer frequency recency T class actual expected orders_lo orders_hi"
)
_LARGE = 20_000  # customers, from which fewer draws are made of each


@dataclass(frozen=True, eq=False)
class Ranges:
    """Intervals by customer, as `value_ranges` gives them.

    options : the settings that they were made with.
    orders : lowest and highest number of orders; None where not asked for.
    money : the same of money, with its variance; None without amounts too.
    holdout : a row a customer known before the hold-out, as `Value.holdout`
        customer, frequency, recency, T : the history of then.
        class : frequency as text, "0" to "7+".
        actual, expected, orders_lo, orders_hi : orders that came, expected ones, their interval.
        actual_revenue, expected_revenue : money.
    coverage : a row a group of repeat orders so far, and "all"
        orders, customers : group, and how many they are.
        level : nominal level used.
        nominal_coverage, coverage : shares of customers inside the model's interval and inside
        theirs.
    """

    options: ValueOptions
    orders: tuple[np.ndarray, np.ndarray] | None
    money: MoneyRanges | None
    holdout: pd.DataFrame
    coverage: pd.DataFrame


def horizon_of(options: ValueOptions) -> int:
    """The horizon in units; a year unless set."""
    return options.horizon or max(1, round(365.25 / UNIT_DAYS[options.unit]))


def time_to_horizon(fitted: FittedValue, options: ValueOptions) -> float:
    """The model's units until the horizon."""
    return fitted.time_ahead(horizon_of(options) * UNIT_DAYS[options.unit])


def value_ranges(
    fitted: FittedValue,
    options: ValueOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Ranges:
    """The part of `estimate_value` that depends on horizon and coverage.

    It does not depend on margin and discount.

    Parameters
    ----------
    fitted
        What `fit_value` gave.
    options
        The settings; those of the fit unless given.
    progress
        Called with the share done and the step.

    Returns
    -------
    Ranges
        Intervals of orders and money by customer, and how often they held on the hold-out.

    Raises
    ------
    ValueError
        Where the fit was made with other settings that it depends on.

    See Also
    --------
    estimate_from_fit : Where the ranges go.

    Examples
    --------
    >>> rows = [(i, day) for i in range(40) for day in range(0, 300, 10 + i)]
    >>> orders = pd.DataFrame(rows, columns=["customer", "day"]).assign(amount=10.0)
    >>> orders["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(orders["day"], unit="D")
    >>> from crm_analysis import fit_value
    >>> ranges = value_ranges(fit_value(orders, ValueOptions(model="bgnbd")))
    >>> ranges.coverage.query("orders == 'all'")["customers"].item()
    40
    """
    options = options or fitted.options
    fitted.check(options)
    progress(0.1, "value.step.intervals")
    holdout = fitted.holdout
    trial, past_frequency = None, np.zeros(0)
    if holdout is not None:
        trial, past_frequency = (
            holdout.winner,
            holdout.summary["frequency"].to_numpy(),
        )
    levels = calibrate(trial, past_frequency, options.coverage, options.seed)
    coverage = levels.table
    table = pd.DataFrame(columns=_NO_HOLDOUT.split())
    if holdout is not None:
        table = _holdout_table(holdout, fitted, levels)
    orders = money = None
    if options.intervals:
        progress(0.4, "value.step.intervals")
        frequency = fitted.summary["frequency"].to_numpy()
        horizon = time_to_horizon(fitted, options)
        orders = order_quantiles(fitted.model, horizon, levels.of(frequency))
        if fitted.spend is not None:
            progress(0.6, "value.step.intervals")
            draws = 400 if len(frequency) <= _LARGE else 200
            if holdout is not None and fitted.spend_before is not None:
                length = holdout.time_ahead(options.unit)
                levels = calibrate_money(
                    holdout, fitted.spend_before, length, options
                )
            money = draw_money(
                fitted.model,
                fitted.spend,
                horizon,
                levels.of(frequency),
                draws=draws,
                seed=options.seed,
            )
    return Ranges(
        options.for_ranges(),
        orders,
        money,
        table,
        coverage,
    )


def _holdout_table(
    holdout: HoldOut, fitted: FittedValue, levels: CalibratedLevels
) -> pd.DataFrame:
    trial = holdout.winner
    table = holdout.summary[["customer", "frequency", "recency", "T"]].copy()
    table["class"] = frequency_class(table["frequency"])
    table["actual"], table["expected"] = holdout.actual, trial.expected
    table["orders_lo"], table["orders_hi"] = order_quantiles(
        trial.model,
        holdout.time_ahead(fitted.options.unit),
        levels.of(table["frequency"].to_numpy()),
    )
    if holdout.actual_money is not None:
        spend = fitted.spend_before
        each = 0.0 if spend is None else spend.expected().to_numpy()
        table = table.assign(
            actual_revenue=holdout.actual_money,
            expected_revenue=trial.expected * each,
        )
    return table
