"""What a person may set before churn is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob

__all__ = ["MODELS", "ChurnOptions", "ModelName", "WindowOptions"]

ModelName = Literal[
    "naive_bayes",
    "logistic",
    "tree",
    "linear_svm",
    "xgboost",
    "hist_gradient_boosting",
    "forest",
    "rbf_svm",
    "mlp",
    "stack",
]  # the simplest first: of models that do equally well auto takes the earlier (of the two boosting libraries the quicker)
MODELS: tuple[ModelName, ...] = ModelName.__args__  # type: ignore[attr-defined]


@dataclass(frozen=True, kw_only=True)
class WindowOptions(Options):
    """How plain transactions become examples of leaving and staying. Lengths in days; None: chosen from the customers' own rhythm.

    `window_days`: a customer who buys nothing for so long after the cut-off has churned. `cutoffs`: how many days to look back from (as
    many as the record holds, at most six), `spacing_days` apart (the window; nearer where else there were fewer than four). `active_days`: only who has bought within so long before
    the cut-off is still a customer then (the window). `lookback_days`: how much history features see (all). `min_orders`: purchases
    before the cut-off that make a customer worth an example. `until`: the last day of the record (ISO; the last line's).
    """

    window_days: int | None = knob(None, low=7, high=1100)
    cutoffs: int | None = knob(None, low=1, high=24)
    min_orders: int = knob(1, low=1, high=20)
    spacing_days: int | None = knob(None, low=1, high=1100, advanced=True)
    active_days: int | None = knob(None, low=1, high=3650, advanced=True)
    lookback_days: int | None = knob(None, low=14, high=3650, advanced=True)
    until: str | None = knob(None, advanced=True)


@dataclass(frozen=True, kw_only=True)
class ChurnOptions(Options):
    """Which model, from which columns, and how it is checked.

    `target`, `positive`: the column that says who left and its value that means so (found where they are plain). `features`: only these
    columns; `leave_out`: not these; `keep`: these although the alarm would leave them out; `keep_leaks`: all of those. `candidates`: what auto
    compares. `class_weight` "auto": balanced for the support vector machines and the tree, whose scores lose the rarer class else; none for
    models that estimate probabilities. `calibration` "auto": isotonic where it beats Platt on customers not used for it. `threshold`: from
    which risk a customer counts as leaving (None: so that as many are named as are expected to leave). `draws`: of the bootstrap for the intervals.
    """

    model: Literal[
        "auto",
        "naive_bayes",
        "logistic",
        "tree",
        "linear_svm",
        "xgboost",
        "hist_gradient_boosting",
        "forest",
        "rbf_svm",
        "mlp",
        "stack",
    ] = "auto"
    target: str | None = None
    positive: str | None = None
    features: tuple[str, ...] | None = None
    leave_out: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    keep_leaks: bool = False
    threshold: float | None = knob(None, low=0.0, high=1.0, step=0.01)
    class_weight: Literal["auto", "none", "balanced"] = knob("auto", advanced=True)
    calibration: Literal["auto", "platt", "isotonic", "none"] = knob("auto", advanced=True)
    candidates: tuple[
        Literal[
            "naive_bayes",
            "logistic",
            "tree",
            "linear_svm",
            "xgboost",
            "hist_gradient_boosting",
            "forest",
            "rbf_svm",
            "mlp",
            "stack",
        ],
        ...,
    ] = knob(MODELS, advanced=True)
    folds: int = knob(5, low=2, high=10, advanced=True)
    repeats: int | None = knob(None, low=1, high=10, advanced=True)
    draws: int = knob(200, low=20, high=2000, advanced=True)
    coverage: float = knob(0.95, low=0.5, high=0.99, step=0.01, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)
