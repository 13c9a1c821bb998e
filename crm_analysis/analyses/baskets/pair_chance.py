"""How often chance brings two products together, counted among baskets of equal size.

Beside the one product the other is as common as in baskets without the one that hold equally many
other products, whatever the sizes of baskets and however much oftener large ones hold everything.
Nothing is assumed of how popularity and size go together, so that weak links are seen for which a
model of all baskets has to leave room. That sees in turn what third products hide from here.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betainc

from crm_analysis.analyses.baskets.mining.encoding import Baskets
from crm_analysis.analyses.baskets.sizes import classes_of_size

_MOST_LINES = (
    20_000_000  # two products in one basket, beyond which it would take long
)
_CELLS = 2_000_000  # pairs × classes of size looked at in one go
_SURE = 1e-9
_NONE = np.empty(0, dtype=np.int64)


def countable(baskets: Baskets, items: np.ndarray) -> bool:
    """Whether pairs of these items are few enough to be counted by the size of basket."""
    if len(items) ** 2 > _MOST_LINES:
        return False
    held = np.bincount(_held(baskets, items)[0], minlength=len(baskets))
    return float((held.astype(float) * (held - 1) / 2).sum()) <= _MOST_LINES


def pairs_by_chance(
    baskets: Baskets, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of each pair of items (codes): baskets expected to hold both, and how probable so many are.

    Given how many baskets of each size hold the one and the other, the baskets with both are a sum
    of hypergeometric numbers, which is one of unequal coins; its probabilities are those of equal
    coins with the same mean and variance (Ehm 1991), the number that came counted half (mid-p,
    Lancaster 1961). Mean and variance are the means of both directions.

    References
    ----------
    Mantel and Haenszel (1959), Journal of the National Cancer Institute 22, 719-748.
    """
    of_size = classes_of_size(int(baskets.sizes.max(initial=0)))
    own = of_size[baskets.sizes]
    others = of_size[np.maximum(baskets.sizes - 1, 0)]
    classes = int(of_size[-1]) + 1
    every = np.bincount(own, minlength=classes).astype(float)
    items, code = np.unique(np.concatenate([first, second]), return_inverse=True)
    a, b = code[: len(first)], code[len(first) :]
    basket, position = _held(baskets, items)
    alone = [
        np.bincount(
            position * classes + of[basket], minlength=len(items) * classes
        ).reshape(-1, classes)
        for of in (own, others)
    ]
    met, pair = _met(basket, position, a, b)
    expected, p_value = np.empty(len(a)), np.empty(len(a))
    step = max(1, _CELLS // classes)
    for low in range(0, len(a), step):
        part = slice(low, low + step)
        inside = (pair >= low) & (pair < low + step)
        size = len(a[part])
        both = [
            np.bincount(
                (pair[inside] - low) * classes + of[met[inside]],
                minlength=size * classes,
            ).reshape(-1, classes)
            for of in (own, others)
        ]
        directions = [
            _beside(every, alone, given[part], other[part], both)
            for given, other in ((a, b), (b, a))
        ]
        mean, variance = np.mean(directions, axis=0)
        expected[part] = mean
        p_value[part] = _so_many(both[0].sum(axis=1), mean, variance)
    return expected, p_value


def _held(baskets: Baskets, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The basket and the position among `items` of each line that is of one of them."""
    place = np.full(len(baskets.names), -1)
    place[items] = np.arange(len(items))
    position = place[baskets.codes]
    counted = position >= 0
    return baskets.rows[counted], position[counted]


def _met(
    basket: np.ndarray, position: np.ndarray, a: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each basket with both of a pair, and which pair that is."""
    width = int(position.max(initial=0)) + 1
    pair_of = np.full(width * width, -1, dtype=np.int32)
    pair_of[a * width + b] = pair_of[b * width + a] = np.arange(len(a))
    starts = np.flatnonzero(np.diff(basket, prepend=-1))
    begins = np.repeat(starts, np.diff(np.append(starts, len(basket))))
    baskets, pairs = [], []
    # Each line with the one before it in its basket, then with the one before that.
    later = np.arange(len(basket))
    for back in range(1, len(basket)):
        later = later[later - begins[later] >= back]
        if not len(later):
            break
        pair = pair_of[position[later] * width + position[later - back]]
        asked = pair >= 0
        baskets.append(basket[later[asked]])
        pairs.append(pair[asked])
    return np.concatenate([*baskets, _NONE]), np.concatenate([*pairs, _NONE])


def _beside(
    every: np.ndarray,
    alone: list[np.ndarray],
    given: np.ndarray,
    other: np.ndarray,
    both: list[np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of how many baskets with `given` hold `other`.

    Compared are baskets with equally many products beside the given one.
    """
    exposed = alone[1][given].astype(float)
    trials = exposed + every - alone[0][given]
    hits = both[1] + alone[0][other] - both[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(trials > 0, hits / trials, 0.0)
        room = exposed * (trials - exposed) / (trials - 1)
    room = np.where(trials > 1, room, 0.0)
    mean = (exposed * share).sum(axis=1)
    return mean, (room * share * (1 - share)).sum(axis=1)


def _so_many(
    both: np.ndarray, mean: np.ndarray, variance: np.ndarray
) -> np.ndarray:
    """How probable so many or more are, so many counted half."""
    mean = np.maximum(mean, _SURE)
    chance = np.clip(1 - variance / mean, _SURE, 1 - _SURE)
    coins = np.maximum(mean / chance, both + 1.0)
    more = betainc(both + 1.0, np.maximum(coins - both, _SURE), chance)
    as_many = betainc(np.maximum(both, _SURE), coins - both + 1, chance)
    return (more + np.where(both > 0, as_many, 1.0)) / 2
