"""Columns that may know the answer: kept, named first, and tried without.

No number tells a leak from an honest column that is strong; these are unusual enough to ask whether
they were known before anybody left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import chi2

from crm_analysis.analyses.churn.data.features import TrainingData
from crm_analysis.analyses.churn.models.evaluation import (
    cross_calibrated,
    cross_fit,
)
from crm_analysis.analyses.churn.models.fitting import Recipe, recipe_of
from crm_analysis.analyses.churn.models.measures import auc
from crm_analysis.analyses.churn.options import ChurnOptions

_FILLED = 0.7  # AUC of whether there is a value at all
_ANSWER_LIKE = 0.75  # of a column of two values, as an answer has
_STRONG = 0.8
_AHEAD = 0.02  # of all other columns together
_LOST = 0.06  # of the AUC of all columns together, without this one
_FEW_VALUES = 2
_TELLING = 0.65  # the AUC from which the other columns are a yardstick
_OUTSTANDING = 0.9
_FOLDS = 3
_JUDGED = 5  # columns that are compared with all the others, the strongest
_ROWS_A_VALUE = 3
_TOO_WELL = 1e-6  # the chance of an honest column to fit the outcomes so closely


@dataclass(frozen=True)
class Suspicion:
    """Why a column is suspected.

    - `kind`: "from_outcome" (it follows the outcomes more closely than chance lets anything that
      was written down before them: certain), "filled" (whether there is a value tells who churned),
      "answer_like" (of two values, and telling like an answer); and, beside the others, "outdoes"
      (it tells churners apart better than all other columns together) and "irreplaceable" (strong
      by itself, and the others do not know what it knows).
    - `share`: the AUC of whether there is a value, or of all the others together.
    """

    kind: str
    share: float = float("nan")

    @property
    def is_certain(self) -> bool:
        """Whether nothing honest looks like this."""
        return self.kind == "from_outcome"


def suspicion_of(
    column: pd.Series, churned: np.ndarray, alone: float
) -> Suspicion | None:
    """What a column's own values say, without the others."""
    present = column.notna().to_numpy().astype(float)
    filled = auc(churned, present) or 0.5
    filled = max(filled, 1 - filled)
    if filled >= _FILLED:
        return Suspicion("filled", filled)
    if follows_outcomes(column, churned):
        return Suspicion("from_outcome")
    if alone >= _ANSWER_LIKE and column.nunique() <= _FEW_VALUES:
        return Suspicion("answer_like")
    return None


def follows_outcomes(column: pd.Series, churned: np.ndarray) -> bool:
    """Whether the share that churned lies on a line through a number's values as by no chance.

    Churners among the few who share a value vary; where they do not, the value was made of them: a
    mean of the outcome by some group. The lower tail of Pearson's chi-square.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return False
    rows = pd.DataFrame({"value": column.to_numpy(dtype=float), "churned": churned})
    by_value = rows.groupby("value")["churned"].agg(["size", "mean"]).reset_index()
    several = by_value[by_value["size"] >= _ROWS_A_VALUE]
    if len(several) < 5 or 2 * several["size"].sum() < len(rows):
        return False
    value, count, rate = (
        several[name].to_numpy() for name in ("value", "size", "mean")
    )
    if np.ptp(rate) == 0:
        return False
    line = np.polyval(np.polyfit(value, rate, 1, w=np.sqrt(count)), value)
    line = np.clip(line, 0.5 / len(rows), 1 - 0.5 / len(rows))
    distance = float((count * (rate - line) ** 2 / (line * (1 - line))).sum())
    return bool(chi2.cdf(distance, len(several) - 2) < _TOO_WELL)


def suspicions_beside(
    data: TrainingData, alone: dict[str, float]
) -> dict[str, Suspicion]:
    """Of the strongest columns those that stand out from all others together.

    They tell churners apart better by themselves, or much is lost without them. Where the others
    tell next to nothing they are no yardstick, and a column has to be stronger still.
    """
    strong = [name for name, area in alone.items() if area >= _STRONG]
    strong = sorted(strong, key=lambda name: -alone[name])[:_JUDGED]
    if not strong or len(data.features.columns) < 2:
        return {}
    fold = data.folds(_FOLDS, 0)
    whole = _together(data, fold)
    suspicions = {}
    for name in strong:
        others = data.features.drop(columns=name)
        area = _together(replace(data, features=others), fold)
        if area < _TELLING and alone[name] < _OUTSTANDING:
            continue
        if alone[name] >= area + _AHEAD:
            suspicions[name] = Suspicion("outdoes", area)
        elif whole >= area + _LOST:
            suspicions[name] = Suspicion("irreplaceable", area)
    return suspicions


def _together(data: TrainingData, fold: np.ndarray) -> float:
    """The AUC of all columns together, out of fold."""
    recipe = recipe_of("xgboost", ChurnOptions())
    return auc(data.churned, cross_fit(recipe, data, fold).scores) or 0.5


def with_and_without(
    alarms: pd.DataFrame,
    data: TrainingData,
    recipe: Recipe,
    fold: np.ndarray,
    area: float,
) -> pd.DataFrame:
    """The alarms with what the model's AUC is with each suspicious column, and without it.

    Adds `auc_with`, `auc_without` (0.5 to 1); missing for columns that are left out.
    """
    without = {}
    kept = alarms.loc[
        (alarms["grade"] == "suspicious") & ~alarms["left_out"], "feature"
    ]
    for name in kept.head(_JUDGED):
        others = data.features.drop(columns=name)
        if len(others.columns):
            fit = cross_fit(recipe, replace(data, features=others), fold)
            risk = cross_calibrated(fit.scores, fold, data.churned, "platt")
            without[name] = auc(data.churned, risk)
    result = alarms.assign(
        auc_with=np.nan, auc_without=alarms["feature"].map(without)
    )
    result["auc_without"] = result["auc_without"].astype(float)
    result.loc[result["auc_without"].notna(), "auc_with"] = area
    return result
