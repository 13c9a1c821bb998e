"""Gaussian mixture: overlapping normal distributions, found by expectation-maximisation.

Dempster, Laird & Rubin, Journal of the Royal Statistical Society B 39 (1977).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np

from crm_analysis.analyses.segments.methods.counted import (
    Clustering,
    CountedMethod,
)
from crm_analysis.analyses.segments.models import Centroids, chunks
from crm_analysis.analyses.segments.options import CountOptions, FeatureOptions
from crm_analysis.analyses.segments.quality import sampled
from crm_analysis.messages import Message
from crm_analysis.options import knob


@dataclass(frozen=True, kw_only=True)
class GaussianMixtureOptions(FeatureOptions, CountOptions):
    """Overlapping normal distributions, fitted on at most `sample` customers."""

    covariance: Literal["full", "tied", "diag", "spherical"] = knob("full")
    sample: int = knob(20_000, low=1000, high=200_000, advanced=True)


@dataclass(frozen=True, eq=False)
class NormalMixture:
    """The normal distribution that most probably made the point.

    `factors`: Cholesky factors of the precisions, one a component.
    """

    KIND: ClassVar[str] = "mixture"

    weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray

    def predict(self, points: np.ndarray) -> np.ndarray:
        """The most probable component."""
        return np.argmax(self.log_density(points), axis=1)

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """log(weight × density) of each component at each point."""
        density = np.empty((len(points), len(self.weights)))
        for component, (weight, mean, factor) in enumerate(
            zip(self.weights, self.means, self.factors, strict=True)
        ):
            constant = np.log(np.diag(factor)).sum() - 0.5 * len(mean) * np.log(
                2 * np.pi
            )
            for part in chunks(points, 3 * points.shape[1]):
                distance = (((points[part] - mean) @ factor) ** 2).sum(axis=1)
                density[part, component] = (
                    np.log(weight) + constant - 0.5 * distance
                )
        return density

    def reordered(self, order: np.ndarray) -> NormalMixture:
        """The same components in another order; those without a customer come last."""
        spare = np.setdiff1d(np.arange(len(self.weights)), order)
        every = np.concatenate([order, spare])
        return NormalMixture(
            self.weights[every], self.means[every], self.factors[every]
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "kind": self.KIND,
            "weights": self.weights.tolist(),
            "means": self.means.tolist(),
            "factors": self.factors.tolist(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """From `to_dict`'s output."""
        return cls(
            np.array(values["weights"]),
            np.array(values["means"]),
            np.array(values["factors"]),
        )


class GaussianMixtureMethod(CountedMethod):
    """Each customer with the component that most probably made them."""

    OPTIONS = GaussianMixtureOptions
    MODELS = (NormalMixture, Centroids)

    def fitter(
        self,
        points: np.ndarray,
        options: GaussianMixtureOptions,
        notes: list[Message],
    ) -> Callable[[int], Clustering]:
        """The better of two fits to a sample."""
        rows = sampled(points, options, "sampled_fit", notes)

        def fit(clusters: int) -> Clustering:
            fitted = _fit(
                points[rows], clusters, options, seed=options.seed, starts=2
            )
            if not fitted.converged_:
                notes.append(
                    Message("segments.note.not_converged", {"clusters": clusters})
                )
            model = _model(fitted)
            return Clustering(
                model,
                model.predict(points).astype(np.int16),
                float(fitted.bic(points[rows])),
            )

        return fit

    def refit(
        self,
        points: np.ndarray,
        clusters: int,
        options: GaussianMixtureOptions,
        seed: int,
    ) -> NormalMixture:
        """A fit from one start."""
        return _model(_fit(points, clusters, options, seed=seed, starts=1))


def _fit(
    points: np.ndarray,
    clusters: int,
    options: GaussianMixtureOptions,
    *,
    seed: int,
    starts: int,
) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    mixture = GaussianMixture(
        clusters,
        covariance_type=options.covariance,
        n_init=starts,
        reg_covar=1e-4,
        max_iter=200,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # said in a note instead
        return mixture.fit(points)


def _model(fitted: Any) -> NormalMixture:
    factors = fitted.precisions_cholesky_
    count, width = fitted.means_.shape
    if fitted.covariance_type == "tied":
        factors = np.repeat(factors[None], count, axis=0)
    elif fitted.covariance_type == "diag":
        factors = np.stack([np.diag(row) for row in factors])
    elif fitted.covariance_type == "spherical":
        factors = np.stack([np.eye(width) * value for value in factors])
    return NormalMixture(fitted.weights_, fitted.means_, factors)
