"""The whole distribution of a forecast: intervals, totals and lead-time demand come from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Z_80, Z_95 = 1.2815515655446004, 1.959963984540054
_SLOW = 0.96  # the correlation of neighbours in the part of an error that stays for long
_DRAWS = 4000


@dataclass(frozen=True, eq=False)
class Distribution:
    """How a series may go on.

    Attributes
    ----------
    mean
        The forecast, a step each.
    spread
        How far around it, on the scale: the error of step h is `spread[h]` times a shape that
        reaches `at_80` at the edges of the central 80 % and `at_95` at those of 95 %; a normal
        error has 1.28 and 1.96.
    scale
        "level", or "log": relative errors.
    persistence
        How errors of neighbouring steps correlate, as they did in the back-test.
    chance, sizes
        Of intermittent demand: past demands (none zero), and the chance that one comes, a step
        each.
    """

    mean: np.ndarray
    spread: np.ndarray
    scale: str = "level"
    at_80: float = Z_80
    at_95: float = Z_95
    persistence: float = 0.55
    chance: np.ndarray | None = None
    sizes: np.ndarray | None = None

    @property
    def intermittent(self) -> bool:
        """Whether demand comes now and then."""
        return self.sizes is not None

    def interval(self, level: int) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest of the central 80 or 95 %, a step each; never below zero."""
        if self.intermittent:
            share = level / 100
            low, high = np.quantile(
                self.paths(_DRAWS), [(1 - share) / 2, (1 + share) / 2], axis=0
            )
            return low, high
        reach = self.spread * (self.at_80 if level == 80 else self.at_95)
        return self._with_error(-reach), self._with_error(reach)

    def edges(self) -> dict[str, np.ndarray]:
        """lo_80, hi_80, lo_95, hi_95: both intervals, a step each."""
        lo_80, hi_80 = self.interval(80)
        lo_95, hi_95 = self.interval(95)
        return {"lo_80": lo_80, "hi_80": hi_80, "lo_95": lo_95, "hi_95": hi_95}

    def paths(
        self, count: int, seed: int = 0, shocks: np.ndarray | None = None
    ) -> np.ndarray:
        """`count` ways it may go on, count × horizon, none negative.

        `shocks` (same shape, standard normal) may be given instead of drawn.
        """
        rng = np.random.default_rng(seed)
        if self.sizes is not None and self.chance is not None:
            return self._demands(rng, count, self.sizes, self.chance)
        if shocks is None:
            shocks = normal_paths(rng, count, len(self.mean), self.persistence)
        return self._with_error(self.spread * self._shaped(shocks))

    def _demands(
        self,
        rng: np.random.Generator,
        count: int,
        sizes: np.ndarray,
        chance: np.ndarray,
    ) -> np.ndarray:
        """Past demands that come with their chance, scaled so that their mean is the forecast."""
        shape = (count, len(self.mean))
        comes = rng.random(shape) < chance
        if not len(sizes):
            return np.zeros(shape)
        drawn = rng.choice(sizes, shape)
        scale = self.mean / np.where(chance > 0, chance, 1.0) / sizes.mean()
        return np.where(comes, drawn * scale, 0.0)

    def _shaped(self, normal: np.ndarray) -> np.ndarray:
        """Normal shocks stretched so that 80 and 95 % of them end where they should."""
        size = np.abs(normal)
        slope = (self.at_95 - self.at_80) / (Z_95 - Z_80)
        inner = size * self.at_80 / Z_80
        outer = self.at_80 + (size - Z_80) * slope
        return np.sign(normal) * np.where(size <= Z_80, inner, outer)

    def _with_error(self, error: np.ndarray) -> np.ndarray:
        if self.scale == "log":
            return self.mean * np.exp(np.clip(error, -20, 20))
        return np.maximum(self.mean + error, 0.0)


def normal_paths(
    rng: np.random.Generator, count: int, steps: int, persistence: float
) -> np.ndarray:
    """Standard normal shocks, count × steps.

    A share of each is its own; the rest stays for long (a level that was misjudged stays so), so
    that neighbours correlate by `persistence` and the first and the tenth step by two thirds of it.
    """
    share = min(1.0, persistence / _SLOW)
    slow = rng.standard_normal((count, steps))
    for step in range(1, steps):
        slow[:, step] = (
            _SLOW * slow[:, step - 1] + np.sqrt(1 - _SLOW**2) * slow[:, step]
        )
    return np.sqrt(share) * slow + np.sqrt(1 - share) * rng.standard_normal(
        (count, steps)
    )


def quantiles(totals: np.ndarray, middle: float) -> dict[str, float]:
    """lo_80, hi_80, lo_95, hi_95 of simulated totals, with what is expected between them."""
    lo_95, lo_80, hi_80, hi_95 = np.quantile(
        totals, [0.025, 0.1, 0.9, 0.975]
    ).tolist()
    return {
        "lo_80": min(lo_80, middle),
        "hi_80": max(hi_80, middle),
        "lo_95": min(lo_95, middle),
        "hi_95": max(hi_95, middle),
    }
