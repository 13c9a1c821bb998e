"""Arms that were not drawn by chance: compared as far as what is known of them allows."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from crm_analysis.analyses.engagement.balance import check
from crm_analysis.analyses.inference import Estimate
from crm_analysis.tables.threads import one_thread

_FOLDS = 5
_NARROW = 0.05  # the chance of either arm that is wanted
OVERLAP = 0.9  # of customers who have it, for arms to be compared
_CLIP = 0.01
_FEW = 50


class Comparison(NamedTuple):
    """An estimate, and the means it is between."""

    estimate: Estimate
    treated: float
    control: float

    @property
    def e_value(self) -> float:
        """How strongly something unknown would have to go with both to explain it away."""
        return e_value(self.treated, self.control)


class Adjustment:
    """How likely each customer was to be treated, by which any outcome is then compared.

    Augmented inverse propensity weighting with cross-fitted logistic and ridge models.

    References
    ----------
    Robins, Rotnitzky & Zhao (1994), Journal of the American Statistical Association 89, 846-866;
    cross-fitted: Chernozhukov et al. (2018), Econometrics Journal 21, C1-C68.

    Examples
    --------
    Those with x were treated more often and are 1 better without it; the treatment adds .5:

    >>> rng = np.random.default_rng(0)
    >>> x = rng.integers(0, 2, 4000)
    >>> treated = rng.random(4000) < 0.3 + 0.4 * x
    >>> outcome = x + 0.5 * treated + rng.normal(size=4000)
    >>> estimate = Adjustment(x[:, None].astype(float), treated).compare(outcome).estimate
    >>> estimate.lo < 0.5 < estimate.hi
    True
    """

    def __init__(self, features: np.ndarray, treated: np.ndarray) -> None:
        self.features, self.treated = features, treated
        fold = np.arange(len(treated)) % _FOLDS
        self._fold = np.random.default_rng(0).permutation(fold)
        self.is_possible = min(int(treated.sum()), int((~treated).sum())) >= _FEW

    @cached_property
    def chance(self) -> np.ndarray:
        """Of being treated, by a model that has not seen the customer."""
        from sklearn.linear_model import LogisticRegression

        chance = np.empty(len(self.treated))
        with one_thread():
            for held in range(_FOLDS):
                learn, apply = self._fold != held, self._fold == held
                model = LogisticRegression(solver="newton-cholesky", max_iter=100)
                model.fit(self.features[learn], self.treated[learn])
                chance[apply] = model.predict_proba(self.features[apply])[:, 1]
        return chance

    @cached_property
    def overlap(self) -> float:
        """The share that could have been in either arm."""
        either = (self.chance > _NARROW) & (self.chance < 1 - _NARROW)
        return float(either.mean()) if self.is_possible else 0.0

    @property
    def overlaps(self) -> bool:
        """Whether enough of them could have been in either arm to compare them."""
        return self.overlap >= OVERLAP

    def _expected(self, outcome: np.ndarray) -> np.ndarray:
        """The outcome in either arm, by models that have not seen the customer."""
        from sklearn.linear_model import Ridge

        expected = np.empty((len(outcome), 2))
        with one_thread():
            for held in range(_FOLDS):
                learn, apply = self._fold != held, self._fold == held
                for arm in (0, 1):
                    rows = learn & (self.treated == bool(arm))
                    model = Ridge(1.0).fit(self.features[rows], outcome[rows])
                    expected[apply, arm] = model.predict(self.features[apply])
        return expected

    def compare(self, outcome: np.ndarray, coverage: float = 0.95) -> Comparison:
        """The difference with what is known taken into account."""
        from scipy.special import ndtr, ndtri

        expected, treated = self._expected(outcome), self.treated
        chance = np.clip(self.chance, _CLIP, 1 - _CLIP)
        of_treated = expected[:, 1] + treated * (outcome - expected[:, 1]) / chance
        residual = (~treated) * (outcome - expected[:, 0])
        of_control = expected[:, 0] + residual / (1 - chance)
        gains = of_treated - of_control
        difference = float(gains.mean())
        error = float(gains.std(ddof=1) / np.sqrt(len(gains)))
        reach = float(ndtri(0.5 + coverage / 2)) * error
        z = difference / error if error else 0.0
        p = float(2 * ndtr(-abs(z)))
        estimate = Estimate(
            difference, difference - reach, difference + reach, p, z, "aipw"
        )
        return Comparison(
            estimate, float(of_treated.mean()), float(of_control.mean())
        )


def overlap_check(overlap: float) -> dict[str, Any]:
    """The share that could have been in either arm, as a check that a claim rests on."""
    return check("overlap", "", overlap, OVERLAP, float("nan"), overlap >= OVERLAP)


def e_value(treated: float, control: float) -> float:
    """How strongly something unknown would have to go with both, as a risk ratio.

    References
    ----------
    VanderWeele & Ding (2017), Annals of Internal Medicine 167, 268-274.

    Examples
    --------
    >>> round(e_value(0.12, 0.10), 2)
    1.69
    """
    if not treated > 0 or not control > 0:
        return float("nan")
    ratio = max(treated / control, control / treated)
    return ratio + float(np.sqrt(ratio * (ratio - 1)))
