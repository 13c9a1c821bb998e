"""A budget poured over curves of diminishing returns until its last unit brings the same in all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ResponseCurves:
    """Channels that bring a · (1 − exp(−b · spend)), and the least and most they may get.

    All arrays (d,), in money, b per unit of money.
    """

    a: np.ndarray
    b: np.ndarray
    least: np.ndarray
    most: np.ndarray

    def each(self, spends: np.ndarray) -> np.ndarray:
        """What spends (d,) or (n, d) bring, channel by channel."""
        return -self.a * np.expm1(-self.b * spends)

    def gain(self, spend: np.ndarray) -> float:
        """What spends (d,) bring together."""
        return float(self.each(spend).sum())

    def marginal(self, spend: np.ndarray) -> np.ndarray:
        """What one more unit of money would bring, channel by channel."""
        return self.a * self.b * np.exp(-self.b * spend)


def fill(curves: ResponseCurves, total: float) -> tuple[np.ndarray, float]:
    """The spends (d,) that bring most of a total, and the price of one more unit of it.

    A channel that brings nothing gets nothing beyond its least. One whose first unit's return has
    a logarithm above that of the price, `level`, gets (ln(a·b) − level) / b, within its bounds. The
    sum falls with the level, along straight lines between the levels at which a channel begins or
    is full: the right stretch is looked up, and within it the level is one division.
    """
    a, b, least, most = curves.a, curves.b, curves.least, curves.most
    spend = least.copy()
    rises = (a > 0) & (b > 0) & (most > least)
    rest = total - least.sum()
    room = (most - least)[rises].sum()
    if rest < room and rises.any():
        top = np.log(a[rises]) + np.log(b[rises])
        level = _level(
            (top, b[rises]),
            (least[rises], most[rises]),
            total - spend[~rises].sum(),
        )
        spend[rises] = np.clip((top - level) / b[rises], least[rises], most[rises])
        price = float(np.exp(level))
    else:
        spend[rises] = most[rises]
        price = 0.0
    return spend, price


def _level(
    curve: tuple[np.ndarray, np.ndarray],
    bounds: tuple[np.ndarray, np.ndarray],
    total: float,
) -> float:
    """The level at which channels that rise spend a total, which is less than they could."""
    (top, b), (least, most) = curve, bounds
    begins, full = top - b * least, top - b * most

    def spent(level: float) -> float:
        return float(np.clip((top - level) / b, least, most).sum())

    levels = np.sort(np.concatenate([begins, full]))
    low, high = (
        0,
        len(levels) - 1,
    )  # at the lowest all are full, at the highest none begins
    while high - low > 1:
        middle = (low + high) // 2
        if spent(levels[middle]) >= total:
            low = middle
        else:
            high = middle
    inside = (levels[low] + levels[high]) / 2
    moving = (begins > inside) & (full < inside)
    if not moving.any():
        return float(levels[low])
    fixed = least[begins <= inside].sum() + most[full >= inside].sum()
    weight = (1.0 / b[moving]).sum()
    return float(((top / b)[moving].sum() + fixed - total) / weight)


def onto_budget(
    curves: ResponseCurves, spends: np.ndarray, total: float
) -> np.ndarray:
    """The nearest spends (n, d) that keep the bounds and add up to a total.

    Each is moved by the same amount and cut off at its bounds; by bisection, for all at once.
    """
    least, most = curves.least, curves.most
    low = (least - spends).min(axis=1, keepdims=True)
    high = (most - spends).max(axis=1, keepdims=True)
    for _ in range(60):
        middle = (low + high) / 2
        moved = np.clip(spends + middle, least, most)
        short = moved.sum(axis=1, keepdims=True) < total
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.clip(spends + low, least, most)
