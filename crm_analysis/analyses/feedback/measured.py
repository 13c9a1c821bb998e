"""How well a reading of comments agrees with what is known, and shares corrected by that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.inference import wilson

MEASURES = (
    "auc",
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "sensitivity",
    "specificity",
)


def agreement(
    scores: np.ndarray, called: np.ndarray, negative: np.ndarray, coverage: float
) -> pd.DataFrame:
    """Accuracy of a reading on comments whose sentiment is known, with intervals.

    Parameters
    ----------
    scores, called, negative : numpy.ndarray
        How negative it was read; whether it was called negative; whether it is.
    coverage : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        A row a measure: measure, value, lo, hi, n (comments with a label), negative, positive (how
        many of each). The area under the curve has DeLong's interval, shares have Wilson's, means
        of shares one by their variances.
    """
    truth = negative.astype(bool)
    bad, good = int(truth.sum()), int((~truth).sum())
    hits, rejected = int((called & truth).sum()), int((~called & ~truth).sum())
    auc, auc_error = _auc(scores, truth)
    rows = {
        "auc": (auc, *_around(auc, auc_error, coverage)),
        "accuracy": _share(hits + rejected, bad + good, coverage),
        "sensitivity": _share(hits, bad, coverage),
        "specificity": _share(rejected, good, coverage),
    }
    sensitivity, specificity = rows["sensitivity"][0], rows["specificity"][0]
    balanced = (sensitivity + specificity) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(
            np.divide(sensitivity * (1 - sensitivity), bad)
            + np.divide(specificity * (1 - specificity), good)
        )
    rows["balanced_accuracy"] = (balanced, *_around(balanced, spread / 2, coverage))
    rows["macro_f1"] = (_macro_f1(called, truth), np.nan, np.nan)
    table = pd.DataFrame(
        [(name, *rows[name]) for name in MEASURES],
        columns=["measure", "value", "lo", "hi"],
    )
    return table.assign(n=bad + good, negative=bad, positive=good)


def no_agreement() -> pd.DataFrame:
    """The table of `agreement` where nothing is known."""
    empty = pd.DataFrame({"measure": list(MEASURES)})
    return empty.assign(
        value=np.nan, lo=np.nan, hi=np.nan, n=0, negative=0, positive=0
    )


def _share(hits: int, trials: int, coverage: float) -> tuple[float, float, float]:
    if not trials:
        return (np.nan, np.nan, np.nan)
    low, high = wilson(hits, trials, coverage)
    return hits / trials, float(low), float(high)


def _around(value: float, error: float, coverage: float) -> tuple[float, float]:
    from scipy.special import ndtri

    reach = float(ndtri(0.5 + coverage / 2)) * error
    return max(value - reach, 0.0), min(value + reach, 1.0)


def _auc(scores: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """The area under the ROC curve and its standard error (DeLong et al. 1988)."""
    from scipy.stats import rankdata

    bad, good = int(truth.sum()), int((~truth).sum())
    if not bad or not good:
        return np.nan, np.nan
    overall = rankdata(scores)
    above = (overall[truth] - rankdata(scores[truth])) / good
    below = (overall[~truth] - rankdata(scores[~truth])) / bad
    spread = np.var(above, ddof=min(1, bad - 1)) / bad
    spread += np.var(below, ddof=min(1, good - 1)) / good
    return float(above.mean()), float(np.sqrt(spread))


def _macro_f1(called: np.ndarray, truth: np.ndarray) -> float:
    scores = []
    for sign in (True, False):
        both = int(((called == sign) & (truth == sign)).sum())
        either = int((called == sign).sum() + (truth == sign).sum())
        scores.append(2 * both / either if either else np.nan)
    return float(np.mean(scores))


@dataclass(frozen=True)
class Error:
    """How often a reading is right: of `bad` negative comments and of `good` other ones.

    >>> share, low, high = Error(0.9, 0.8, 100, 100).corrected(40, 100)
    >>> round(share, 3)
    0.286
    """

    sensitivity: float
    specificity: float
    bad: int
    good: int

    def corrected(
        self, called: float, trials: int, coverage: float = 0.95
    ) -> tuple[float, float, float]:
        """The share that is negative where so many of the trials were called so, with interval.

        The interval holds the error of counting and that of the classifier, whose sensitivity and
        specificity are estimates themselves; it is never narrower than that of counting alone.

        References
        ----------
        Rogan and Gladen (1978), American Journal of Epidemiology 107, 71-76; Lang and Reiczigel
        (2014), Preventive Veterinary Medicine 113, 13-22, for the interval.
        """
        from scipy.special import ndtri

        youden = self.sensitivity + self.specificity - 1
        if not trials or youden <= 0 or not self.bad or not self.good:
            return np.nan, np.nan, np.nan
        share = (called / trials + self.specificity - 1) / youden
        z = float(ndtri(0.5 + coverage / 2))
        # Each estimate is drawn towards a half, as the interval needs it of small samples.
        count = trials + z * z
        seen = (called + z * z / 2) / count
        bad, good = self.bad + 2, self.good + 2
        sensitivity = (self.bad * self.sensitivity + 1) / bad
        specificity = (self.good * self.specificity + 1) / good
        youden = sensitivity + specificity - 1
        if youden <= 0:
            return float(np.clip(share, 0, 1)), 0.0, 1.0
        centre = (seen + specificity - 1) / youden
        shift = (
            2
            * z
            * z
            * (
                centre * sensitivity * (1 - sensitivity) / bad
                - (1 - centre) * specificity * (1 - specificity) / good
            )
        )
        variance = (
            seen * (1 - seen) / count
            + centre**2 * sensitivity * (1 - sensitivity) / bad
            + (1 - centre) ** 2 * specificity * (1 - specificity) / good
        ) / youden**2
        reach = z * np.sqrt(variance)
        low, high = np.clip([centre + shift - reach, centre + shift + reach], 0, 1)
        share = float(np.clip(share, 0, 1))
        # At either end both bounds may be cut to it: counting alone leaves as much open.
        lowest, highest = wilson(share * trials, trials, coverage)
        return (
            share,
            min(float(low), float(lowest)),
            max(float(high), float(highest)),
        )
