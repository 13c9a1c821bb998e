"""Tests of one question (are two things independent, shares equal, means equal), and of many."""

from __future__ import annotations

import numpy as np

_NEGLIGIBLE = 1e-5  # of a sum: terms below it are not added one by one
_TERMS_AT_ONCE = 4


def chi_square_p(
    statistic: np.ndarray | float, degrees: np.ndarray | int = 1
) -> np.ndarray:
    """The probability of so large a chi-square by chance.

    Examples
    --------
    >>> round(float(chi_square_p(3.8415)), 3), round(float(chi_square_p(5.9915, 2)), 3)
    (0.05, 0.05)
    """
    from scipy.special import chdtrc, erfc

    if isinstance(degrees, int) and degrees == 1:
        return erfc(np.sqrt(np.asarray(statistic) / 2))
    return chdtrc(np.asarray(degrees, dtype=float), statistic)


def fourfold_chi_square(
    total: float | np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    both: np.ndarray,
) -> np.ndarray:
    """Pearson's chi-square (no continuity correction) that two properties are independent.

    `first`, `second` and `both` count those of the `total` with the one property, the other, and
    both. It is 0 where all or none have one of them.

    Examples
    --------
    >>> round(float(fourfold_chi_square(100, 20, 40, 16)), 2)
    16.67
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        of_first = (first / total) * ((total - first) / total)
        variance = of_first * (second / total) * ((total - second) / total)
        covariance = (both * total - first * second) / total**2
        return np.where(variance > 0, total * covariance**2 / variance, 0.0)


def hypergeometric_p(
    total: np.ndarray | float,
    first: np.ndarray,
    second: np.ndarray,
    both: np.ndarray,
) -> np.ndarray:
    """Fisher's exact test: how probable it is that independent properties meet so often or oftener.

    `first`, `second` and `both` count those of the `total` with the one property, the other, and
    both. `total` need not be whole: with first × second / expected, as many are expected to have
    both as the `expected`.

    Examples
    --------
    >>> counts = np.array([20, 2]), np.array([40, 50]), np.array([16, 2])
    >>> hypergeometric_p(100, *counts).round(6).tolist()
    [6.3e-05, 0.247475]
    """
    x, y, k = (np.asarray(counts, dtype=float) for counts in (first, second, both))
    size = np.broadcast_to(np.asarray(total, dtype=float), k.shape)
    possible = (size >= np.maximum(x, y)) & (size - x - y + k > 0) & (k > 0)
    p_value = np.ones(k.shape)
    size, x, y, k = (values[possible] for values in (size, x, y, k))
    above = k > x * y / size
    tail = np.empty(len(k))
    tail[above] = _tail(size[above], x[above], y[above], k[above], 1)
    below = ~above
    tail[below] = 1 - _tail(size[below], x[below], y[below], k[below] - 1, -1)
    p_value[possible] = np.clip(tail, 0.0, 1.0)
    return p_value


def _tail(
    size: np.ndarray, x: np.ndarray, y: np.ndarray, k: np.ndarray, step: int
) -> np.ndarray:
    """The probabilities of k and of all beyond it, upwards or downwards, added up."""
    from scipy.special import gammaln

    rest = size - x - y
    first, second, both = (counts.astype(np.int64) for counts in (x, y, k))
    largest = int(np.maximum(first, second).max(initial=0))
    log_factorial = gammaln(np.arange(largest + 1) + 1.0)
    start = (
        log_factorial[first] - log_factorial[both] - log_factorial[first - both]
        + log_factorial[second] - log_factorial[second - both]
        + gammaln(size - x + 1) - gammaln(rest + k + 1)
        + gammaln(size - y + 1) - gammaln(size + 1)
    )  # fmt: skip
    total = np.ones(len(k))
    rows, term = np.arange(len(k)), np.ones(len(k))
    while len(rows):
        added = np.zeros(len(rows))
        for _ in range(_TERMS_AT_ONCE):
            if step > 0:
                ratio = (x - k) * (y - k) / ((k + 1) * (rest + k + 1))
            else:
                ratio = k * (rest + k) / ((x - k + 1) * (y - k + 1))
            term = term * np.maximum(ratio, 0.0)
            added += term
            k = k + step
        total[rows] += added
        going = term > _NEGLIGIBLE * total[rows]
        # The ratios of what is not added any more fall: it is a little less than this.
        ended = np.minimum(ratio[~going], 0.99)
        total[rows[~going]] += term[~going] * ended / (1 - ended)
        rows, term, k = rows[going], term[going], k[going]
        x, y, rest = x[going], y[going], rest[going]
    return np.exp(start) * total


def equal_shares(
    hits: np.ndarray, trials: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pearson's chi-square that the share hits / trials is the same in all groups; and its p-value.

    A row is a question, a column a group; a group without trials is not compared.

    Examples
    --------
    >>> chi_square, p_value = equal_shares(np.array([[10, 20]]), np.array([[50, 50]]))
    >>> chi_square.round(2).tolist(), p_value.round(3).tolist()
    ([4.76], [0.029])
    """
    hits, trials = hits.astype(float), trials.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits.sum(axis=1) / trials.sum(axis=1)
        variance = trials * (share * (1 - share))[:, None]
        excess = hits - trials * share[:, None]
        parts = np.where(trials > 0, excess**2 / variance, 0.0)
    statistic = np.where(
        (share > 0) & (share < 1), np.nan_to_num(parts).sum(axis=1), 0.0
    )
    return statistic, chi_square_p(
        statistic, np.maximum((trials > 0).sum(axis=1) - 1, 1)
    )


def equal_means(count: np.ndarray, total: np.ndarray, squares: np.ndarray) -> float:
    """The p-value of an analysis of variance that all groups have the same mean.

    A group is known by how many it has, their sum, and the sum of their squares. Missing
    where there is nothing to compare.

    Examples
    --------
    >>> round(equal_means(np.array([3, 3]), np.array([6, 15]), np.array([14, 77])), 3)
    0.021
    """
    from scipy.special import fdtrc

    groups, everyone = len(count), count.sum()
    if groups < 2 or everyone <= groups:
        return float("nan")
    between = (total**2 / count).sum() - total.sum() ** 2 / everyone
    within = squares.sum() - (total**2 / count).sum()
    if within > 0:
        ratio = (between / (groups - 1)) / (within / (everyone - groups))
    elif between > 1e-9:
        ratio = np.inf
    else:
        ratio = 0.0
    return float(fdtrc(groups - 1, everyone - groups, ratio))


def mantel_haenszel(
    exposed: np.ndarray,
    trials: np.ndarray,
    hits: np.ndarray,
    both: np.ndarray,
) -> tuple[float, float]:
    """Whether the exposed are hit as often as the others of their stratum: (expected, z).

    Each argument counts by stratum: the exposed, all, the hits among all, the hits among the
    exposed. Returned are the hits expected among the exposed, and by how many standard deviations
    there are more (0 where chance has no room).

    References
    ----------
    Mantel and Haenszel (1959), Journal of the National Cancer Institute 22, 719-748.

    Examples
    --------
    >>> exposed, trials, hits, both = np.array([[50.0], [100.0], [30.0], [20.0]])
    >>> expected, z = mantel_haenszel(exposed, trials, hits, both)
    >>> expected, round(z, 2)
    (15.0, 2.17)
    """
    spread = exposed * (trials - exposed) * hits * (trials - hits)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(trials > 0, exposed * hits / trials, 0.0)
        variances = np.where(trials > 1, spread / (trials**2 * (trials - 1)), 0.0)
    excess, variance = both.sum() - expected.sum(), variances.sum()
    z = excess / np.sqrt(variance) if variance > 0 else 0.0
    return float(expected.sum()), float(z)


def general_association(hits: np.ndarray, trials: np.ndarray) -> float:
    """The p-value that groups have the same share of hits within every stratum.

    A row is a stratum, a column a group. With two groups it is the test of Mantel and Haenszel.

    References
    ----------
    Landis, Heyman and Koch (1978), International Statistical Review 46, 237-254.

    Examples
    --------
    >>> trials = np.array([[50.0, 50.0], [20.0, 20.0]])
    >>> round(general_association(np.array([[10.0, 20.0], [5.0, 5.0]]), trials), 3)
    0.063
    """
    total, hit = trials.sum(axis=1), hits.sum(axis=1)
    compared = total > 1
    trials, hits, total, hit = (
        trials[compared],
        hits[compared],
        total[compared],
        hit[compared],
    )
    excess = (hits - trials * (hit / total)[:, None]).sum(axis=0)[:-1]
    scale = hit * (total - hit) / (total**2 * (total - 1))
    own = np.diag((scale[:, None] * trials * total[:, None]).sum(axis=0))
    spread = (own - np.einsum("s,sg,sh->gh", scale, trials, trials))[:-1, :-1]
    return float(
        chi_square_p(excess @ np.linalg.pinv(spread) @ excess, len(excess))
    )


def benjamini_hochberg(
    p_values: np.ndarray, tests: int | None = None
) -> np.ndarray:
    """P-values adjusted so that those below q name at most a share q of false discoveries.

    `tests`: how many were made, where only the smallest are given; the others count as 1.

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.04, 0.04]
    >>> benjamini_hochberg(np.array([0.01, 0.04]), tests=3).round(6).tolist()
    [0.03, 0.06]
    """
    size = len(p_values)
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * (tests or size) / np.arange(1, size + 1)
    adjusted = np.empty(size)
    adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return adjusted


def holm(p_values: np.ndarray) -> np.ndarray:
    """P-values adjusted so that with those below q at most q of such families name one wrongly.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm(np.array([0.01, 0.02, 0.03, 0.04])).tolist()
    [0.04, 0.06, 0.06, 0.06]
    """
    size = len(p_values)
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * np.arange(size, 0, -1)
    adjusted = np.empty(size)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
