"""How many customers a test needs before it can say anything."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from crm_analysis.analyses.engagement.claims import DESCRIPTION, Claim
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob, share

_POINTS = 40


@dataclass(frozen=True, kw_only=True)
class TestOptions(Options):
    """What the test is to show.

    - `baseline`: the share that buys, or the mean, without the contact.
    - `effect`: the smallest difference that pays, in the same unit (.02 is two points).
    - `deviation`: the outcome's standard deviation, where it is an amount. None: it is a share.
    - `alpha`: how often to be wrong where there is no difference; `power`: how often to see one.
    - `arms`: how many are compared with the control (Bonferroni over them).
    - `holdout`: the share left alone. None: as many as in each other arm.
    - `per_day`: customers contacted in a day at the present volume; `customers`: how many there
      are in all. None: not known.
    """

    __test__: ClassVar[bool] = (
        False  # pytest takes what begins with Test for a test
    )

    baseline: float = knob(0.1, low=0.0, high=1e9)
    effect: float = knob(0.02, low=1e-6, high=1e9)
    deviation: float | None = knob(None, low=1e-9, high=1e9)
    alpha: float = share(0.05, low=0.001, high=0.2, step=0.005, advanced=True)
    power: float = share(0.8, low=0.5, high=0.99)
    arms: int = knob(1, low=1, high=10, advanced=True)
    holdout: float | None = share(None, low=0.01, high=0.9)
    per_day: float | None = knob(None, low=0.1, high=1e8)
    customers: int | None = knob(None, low=2, high=1_000_000_000)


@dataclass(frozen=True, eq=False)
class TestPlan:
    """How many a test needs.

    - `curve`: what more customers would show.
        - `per_arm` : customers in each of two equal arms
        - `customers` : in all, with the arms and the split as planned
        - `detectable` : the smallest difference that they show
        - `days` : at the present volume; NaN where it is not known
        - `chosen` : the plan's own
    - `claim`: "description": nothing was compared yet.
    """

    __test__: ClassVar[bool] = False

    curve: pd.DataFrame
    claim: Claim
    options: TestOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        per_arm (of equal arms), customers (in all), treated (in each arm), holdout, multiplier
        (for the uneven split), days, and detectable with the customers there are.
        """
        options = self.options
        per_arm = math.ceil(_per_arm(options))
        treated, holdout = _sizes(per_arm, options)
        customers = options.arms * treated + holdout
        detectable = None
        if options.customers is not None:
            detectable = _detectable(
                options.customers / _per_customer(options), options
            )
        return {
            "per_arm": float(per_arm),
            "customers": float(customers),
            "treated": float(treated),
            "holdout": float(holdout),
            "multiplier": _multiplier(options),
            "days": math.ceil(customers / options.per_day)
            if options.per_day
            else None,
            "detectable": detectable,
        }


def plan_test(options: TestOptions | None = None) -> TestPlan:
    """How many customers each arm needs, how long that takes, and what fewer would show.

    Shares: n = (z₁₋α⁄₂ + z₁₋β)²(p₁q₁ + p₂q₂)/δ² in each arm; means: 2(z₁₋α⁄₂ + z₁₋β)²σ²/δ². An
    uneven split of w to 1 − w needs 1/(4w(1 − w)) times as many in all.

    Parameters
    ----------
    options : TestOptions, optional
        The outcome without contact, the smallest difference that pays, how sure to be.

    Returns
    -------
    TestPlan
        The curve of detectable differences; the sizes in `summary()`.

    Raises
    ------
    AnalysisError
        "engagement.share_too_large" where a share and the difference together pass 100 %.

    References
    ----------
    Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, chapter 4.

    Examples
    --------
    >>> plan_test(TestOptions(baseline=0.10, effect=0.02)).summary()["per_arm"]
    3839.0
    >>> uneven = plan_test(TestOptions(baseline=0.10, effect=0.02, holdout=0.1)).summary()
    >>> round(uneven["multiplier"], 2), uneven["holdout"] < uneven["treated"]
    (2.78, True)
    """
    options = options or TestOptions()
    if options.deviation is None and options.baseline + options.effect >= 1:
        raise AnalysisError(
            "engagement.share_too_large",
            baseline=options.baseline,
            more=options.effect,
        )
    chosen = math.ceil(_per_arm(options))
    sizes = np.unique(
        np.append(
            np.geomspace(max(10, chosen / 20), chosen * 4, _POINTS).round(), chosen
        )
    )
    customers = np.round(sizes * _per_customer(options))
    curve = pd.DataFrame(
        {
            "per_arm": sizes.astype(np.int64),
            "customers": customers.astype(np.int64),
            "detectable": [_detectable(float(size), options) for size in sizes],
            "days": np.ceil(customers / options.per_day)
            if options.per_day
            else np.nan,
            "chosen": sizes == chosen,
        }
    )
    return TestPlan(curve, DESCRIPTION, options)


def _quantiles(options: TestOptions) -> float:
    from scipy.special import ndtri

    alpha = options.alpha / options.arms
    return float(ndtri(1 - alpha / 2) + ndtri(options.power))


def _per_arm(options: TestOptions) -> float:
    if options.deviation is not None:
        variance = 2 * options.deviation**2
    else:
        second = options.baseline + options.effect
        variance = options.baseline * (1 - options.baseline) + second * (1 - second)
    return _quantiles(options) ** 2 * variance / options.effect**2


def _detectable(per_arm: float, options: TestOptions) -> float:
    """The difference that arms of this size show: the formula the other way round."""
    square = _quantiles(options) ** 2
    if options.deviation is not None:
        return float(np.sqrt(2 * square / per_arm) * options.deviation)
    share = options.baseline
    linear = square * (1 - 2 * share)
    constant = 2 * square * share * (1 - share)
    quadratic = per_arm + square
    root = np.sqrt(linear**2 + 4 * quadratic * constant)
    return float(min((linear + root) / (2 * quadratic), 1 - share))


def detectable_share(
    share: float, sizes: np.ndarray, coverage: float, power: float = 0.8
) -> float:
    """The difference about this share that arms of these sizes show with this power.

    >>> round(detectable_share(0.1, np.array([3839, 3839]), 0.95), 3)
    0.019
    """
    from scipy.special import ndtri

    variance = max(share * (1 - share), 1e-12) * float((1 / sizes).sum())
    quantiles = float(ndtri(0.5 + coverage / 2) + ndtri(power))
    return quantiles * float(np.sqrt(variance))


def _shares(options: TestOptions) -> tuple[float, float]:
    """The shares of each treated arm and of the hold-out."""
    if options.holdout is None:
        return 1 / (options.arms + 1), 1 / (options.arms + 1)
    return (1 - options.holdout) / options.arms, options.holdout


def _multiplier(options: TestOptions) -> float:
    treated, holdout = _shares(options)
    part = holdout / (treated + holdout)
    return 1 / (4 * part * (1 - part))


def _per_customer(options: TestOptions) -> float:
    """Customers in all for each customer of an arm of an even split."""
    treated, holdout = _shares(options)
    return 2 * _multiplier(options) / (treated + holdout)


def _sizes(per_arm: int, options: TestOptions) -> tuple[int, int]:
    customers = per_arm * _per_customer(options)
    treated, holdout = (
        math.ceil(share * customers - 1e-9) for share in _shares(options)
    )
    return treated, holdout
