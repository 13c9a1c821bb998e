"""What changed: the share of negative comments by month, beside chance and who answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.sentiment import Sentiment
from crm_analysis.analyses.inference import benjamini_hochberg

COLUMNS = [
    *("month", "comments", "negative", "share", "lo", "hi", "share_reweighted"),
    *("centre", "low_limit", "high_limit", "p_adjusted", "changed"),
]
_SIGMAS = 3.0  # of the limits of a p-chart
_FEWEST = 10  # comments of a month that may have changed


def count_months(
    dates: pd.Series,
    sentiment: Sentiment,
    mix: pd.Series | None,
    weights: Mapping[Any, float] | None,
    coverage: float,
) -> pd.DataFrame:
    """The share of negative comments by month.

    Parameters
    ----------
    dates : pandas.Series
        When each comment that was read was written.
    sentiment : Sentiment
        How they were read.
    mix : pandas.Series or None
        The group of customers each comment is of.
    weights : mapping or None
        The share of each group among all customers; None: as among all comments.
    coverage : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        A row a month: month (its first day), comments, negative (called so); share, lo, hi;
        share_reweighted to the mix of all months; centre, low_limit, high_limit of the p-chart;
        p_adjusted (this month against all others, exact, Benjamini-Hochberg) and whether it
        changed: both say so. Shares are NaN where nothing was learnt from labels.

    References
    ----------
    Montgomery (2019), Introduction to Statistical Quality Control, chapter 7; Fisher (1935).
    """
    known = dates.notna().to_numpy()
    if not known.any():
        return pd.DataFrame({column: [] for column in COLUMNS})
    months = pd.to_datetime(dates[known]).dt.to_period("M")
    numbers, distinct = pd.factorize(months, sort=True)
    rows = np.flatnonzero(known)
    by_month = [rows[numbers == number] for number in range(len(distinct))]
    table = pd.DataFrame(
        {
            "month": distinct.to_timestamp(),
            "comments": [len(each) for each in by_month],
        }
    )
    if sentiment.called is None:
        return table.reindex(columns=COLUMNS).assign(changed=False)
    negative = np.array([int(sentiment.called[each].sum()) for each in by_month])
    shares = [sentiment.share(each, coverage) for each in by_month]
    table[["share", "lo", "hi"]] = np.array(shares, dtype=float)
    count = table["comments"].to_numpy()
    centre = negative.sum() / count.sum()
    reach = _SIGMAS * np.sqrt(centre * (1 - centre) / count)
    low, high = centre - reach, centre + reach
    p_values = _against_others(negative, count)
    outside = (negative / count < low) | (negative / count > high)
    adjusted = benjamini_hochberg(p_values)
    table = table.assign(
        negative=negative,
        share_reweighted=_reweighted(by_month, sentiment, mix, weights),
        centre=_corrected(np.array([centre]), sentiment)[0],
        low_limit=_corrected(np.maximum(low, 0), sentiment),
        high_limit=_corrected(np.minimum(high, 1), sentiment),
        p_adjusted=adjusted,
        changed=outside & (adjusted < 1 - coverage) & (count >= _FEWEST),
    )
    return table[COLUMNS]


def _against_others(negative: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Twice the smaller tail of Fisher's exact test of each month against all the others."""
    from scipy.stats import hypergeom

    total, bad = int(count.sum()), int(negative.sum())
    above = hypergeom.sf(negative - 1, total, bad, count)
    below = hypergeom.cdf(negative, total, bad, count)
    return np.minimum(2 * np.minimum(above, below), 1.0)


def _corrected(shares: np.ndarray, sentiment: Sentiment) -> np.ndarray:
    """Shares of comments called negative on the scale of those that are."""
    error = sentiment.error
    if error is None:
        return shares
    youden = error.sensitivity + error.specificity - 1
    if youden <= 0:
        return np.full(len(shares), np.nan)
    return np.clip((shares + error.specificity - 1) / youden, 0, 1)


def _reweighted(
    by_month: list[np.ndarray],
    sentiment: Sentiment,
    mix: pd.Series | None,
    weights: Mapping[Any, float] | None,
) -> np.ndarray:
    """The share of each month as if the groups had answered by their weights."""
    shares = np.full(len(by_month), np.nan)
    if mix is None or sentiment.called is None:
        return shares
    code, groups = pd.factorize(mix)
    weight = np.bincount(code[code >= 0], minlength=len(groups)).astype(float)
    if weights is not None:
        weight = np.array([weights.get(group, 0.0) for group in groups])
    for position, rows in enumerate(by_month):
        rows = rows[code[rows] >= 0]
        count = np.bincount(code[rows], minlength=len(groups))
        hits = np.bincount(
            code[rows], sentiment.called[rows], minlength=len(groups)
        )
        there = count > 0
        if weight[there].sum() > 0:
            parts = weight[there] * hits[there] / count[there]
            shares[position] = parts.sum() / weight[there].sum()
    return _corrected(shares, sentiment)
