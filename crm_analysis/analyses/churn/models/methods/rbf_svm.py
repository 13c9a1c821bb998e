"""A support vector machine with a radial kernel, on many rows approximated (Nyström)."""

from __future__ import annotations

from typing import Any

from crm_analysis.analyses.churn.models.method import Method, Setup

EXACT_ROWS = (
    3000  # beyond, since the exact machine takes time by the square of the rows
)


def _build(setup: Setup) -> Any:
    from sklearn.svm import SVC, LinearSVC

    weight, seed = setup.class_weight, setup.seed
    if setup.rows <= EXACT_ROWS:
        return SVC(
            C=1.0,
            gamma="scale",
            class_weight=weight,
            cache_size=500,
            random_state=seed,
        )
    from sklearn.kernel_approximation import Nystroem
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        Nystroem(kernel="rbf", gamma=0.02, n_components=200, random_state=seed),
        LinearSVC(C=0.5, class_weight=weight, dual=False, random_state=seed),
    )


METHOD = Method("rbf_svm", _build, balanced=True)
