"""What a person may set before churn is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob, share

# The simplest first: of methods that do equally well auto takes the earlier, of the two boosting
# libraries the quicker.
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
]
MODELS: tuple[ModelName, ...] = ModelName.__args__  # type: ignore[attr-defined]


@dataclass(frozen=True, kw_only=True)
class WindowOptions(Options):
    """How plain transactions become examples of churning and staying; lengths in days.

    - `window_days`: a customer who buys nothing for so long after the cut-off has churned. None:
      chosen from the customers' own time between purchases.
    - `cutoffs`: how many days to look back from. None: as many as the record holds, at most six.
    - `min_orders`: purchases before the cut-off that make a customer worth an example.
    - `spacing_days`: how far cut-offs are apart. None: a window, nearer where there were fewer than
      four else.
    - `active_days`: only who has bought within so long before the cut-off is still a customer then.
      None: a window.
    - `lookback_days`: how much history the features see. None: all.
    - `until`: the last day of the record (ISO). None: the last line's.
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

    - `model`: the method; "auto": chosen among the `candidates`.
    - `target`, `positive`: the column that says who churned and its value that means so. None:
      found where they are plain.
    - `features`: only these columns; `leave_out`: not these.
    - `keep`: these although the alarm would leave them out; `keep_leaks`: all of those.
    - `search`: whether other settings than the usual are tried, for the methods that lead.
    - `settings`: of the `model`, which are then not searched: pairs of a name and a value.
    - `threshold`: from which risk (0 to 1) a customer counts as churning. None: so that as many are
      named as are expected to churn.
    - `class_weight` "auto": balanced for the support vector machines and the tree, whose scores
      lose the rarer class else; none for models that estimate probabilities.
    - `calibration` "auto": isotonic where it beats Platt on customers not used for it.
    - `folds`, `repeats`: of the cross-validation. `draws`, `coverage`: of the intervals' bootstrap.
    """

    model: Literal["auto", ModelName] = "auto"
    target: str | None = None
    positive: str | None = None
    features: tuple[str, ...] | None = None
    leave_out: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    keep_leaks: bool = False
    search: bool = True
    settings: tuple[tuple[str, float], ...] = ()
    threshold: float | None = share(None)
    class_weight: Literal["auto", "none", "balanced"] = knob("auto", advanced=True)
    calibration: Literal["auto", "platt", "isotonic", "none"] = knob(
        "auto", advanced=True
    )
    candidates: tuple[ModelName, ...] = knob(MODELS, advanced=True)
    folds: int = knob(5, low=2, high=10, advanced=True)
    repeats: int | None = knob(None, low=1, high=10, advanced=True)
    draws: int = knob(200, low=20, high=2000, advanced=True)
    coverage: float = share(0.95, low=0.5, high=0.99, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)
