"""The whole distribution of a forecast, from which intervals, totals and lead-time demand are read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Z_80", "Z_95", "Distribution"]

_STAYS = 0.96
Z_80, Z_95 = 1.2815515655446004, 1.959963984540054


@dataclass(frozen=True, eq=False)
class Distribution:
    """How a series may go on: `mean` a step and how far around it.

    On the scale ("level", or "log": relative errors) the error of step h is `spread[h]` times a shape that reaches `at_80` at the
    edges of the central 80 % and `at_95` at those of 95 %; a normal error has 1.28 and 1.96. Errors of neighbouring steps correlate by
    `persistence`, as they did in the back-test. For intermittent demand `sizes` are past demands (none zero), drawn with chance `chance`.
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
            drawn = self.paths(4000, 0)
            low, high = np.quantile(drawn, [(1 - level / 100) / 2, (1 + level / 100) / 2], axis=0)
            return low, high
        reach = self.spread * (self.at_80 if level == 80 else self.at_95)
        return self._at(-reach), self._at(reach)

    def paths(self, count: int, seed: int = 0, shocks: np.ndarray | None = None) -> np.ndarray:
        """`count` ways it may go on, count × horizon, none negative; `shocks` (same shape, standard normal) may be given instead of drawn."""
        rng = np.random.default_rng(seed)
        if self.sizes is not None and self.chance is not None:
            bought = rng.random((count, len(self.mean))) < self.chance
            sizes = (
                rng.choice(self.sizes, (count, len(self.mean)))
                if len(self.sizes)
                else np.zeros((count, len(self.mean)))
            )
            scale = (
                self.mean
                / np.where(self.chance > 0, self.chance, 1.0)
                / (self.sizes.mean() if len(self.sizes) else 1.0)
            )
            return np.where(bought, sizes * scale, 0.0)
        if shocks is None:
            shocks = normal_paths(rng, count, len(self.mean), self.persistence)
        return self._at(self.spread * self._shape(shocks))

    def _shape(self, normal: np.ndarray) -> np.ndarray:
        """Normal shocks stretched so that 80 and 95 % of them end where they should."""
        size = np.abs(normal)
        slope = (self.at_95 - self.at_80) / (Z_95 - Z_80)
        stretched = np.where(
            size <= Z_80, size * self.at_80 / Z_80, self.at_80 + (size - Z_80) * slope
        )
        return np.sign(normal) * stretched

    def _at(self, error: np.ndarray) -> np.ndarray:
        if self.scale == "log":
            return self.mean * np.exp(np.clip(error, -20, 20))
        return np.maximum(self.mean + error, 0.0)


def normal_paths(
    rng: np.random.Generator, count: int, steps: int, persistence: float
) -> np.ndarray:
    """Standard normal shocks, count × steps. A share of each is its own; the rest stays for long (a level that was misjudged stays so), so
    that neighbours correlate by `persistence` and the first and the tenth step by two thirds of it.
    """
    share = min(1.0, persistence / _STAYS)
    slow = rng.standard_normal((count, steps))
    for step in range(1, steps):
        slow[:, step] = _STAYS * slow[:, step - 1] + np.sqrt(1 - _STAYS**2) * slow[:, step]
    return np.sqrt(share) * slow + np.sqrt(1 - share) * rng.standard_normal((count, steps))
