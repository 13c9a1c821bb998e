"""A support vector machine with a radial kernel, on many rows approximated (Nyström)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crm_analysis.analyses.churn.models.method import Method, Setup
from crm_analysis.options import Options, knob

EXACT_ROWS = (
    3000  # beyond, since the exact machine takes time by the square of the rows
)


@dataclass(frozen=True, kw_only=True)
class RbfSVMOptions(Options):
    """How closely the border follows its customers.

    - `freedom`: times the usual price of a customer on the wrong side.
    - `gamma`: times the usual; the higher, the less far one customer speaks for others.
    - `landmarks`: customers that all are compared with, where there are too many for each other.
    """

    freedom: float = knob(1.0, low=0.01, high=10.0, step=0.01)
    gamma: float = knob(1.0, low=0.05, high=20.0, step=0.05)
    landmarks: int = knob(200, low=50, high=2000, step=50)


def _build(setup: Setup) -> Any:
    from sklearn.svm import SVC, LinearSVC

    settings, weight, seed = setup.settings, setup.class_weight, setup.seed
    if setup.rows <= EXACT_ROWS:
        return SVC(
            C=settings.freedom,
            gamma=settings.gamma / setup.spread,
            class_weight=weight,
            cache_size=500,
            random_state=seed,
        )
    from sklearn.kernel_approximation import Nystroem
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        Nystroem(
            kernel="rbf",
            gamma=0.02 * settings.gamma,
            n_components=settings.landmarks,
            random_state=seed,
        ),
        LinearSVC(
            C=0.5 * settings.freedom,
            class_weight=weight,
            dual=False,
            random_state=seed,
        ),
    )


METHOD = Method(
    "rbf_svm",
    _build,
    RbfSVMOptions,
    ladder=(
        {"gamma": 0.3},
        {},
        {"freedom": 10.0},
        {"gamma": 3.0, "freedom": 10.0, "landmarks": 400},
    ),
    probe=2,
    balanced=True,
)
