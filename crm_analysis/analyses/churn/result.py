"""What `predict_churn` gives: who churns, how sure that is, and what it was learnt from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.evaluation import OneRule
from crm_analysis.analyses.churn.models.fitting import RiskModel
from crm_analysis.analyses.churn.models.measures import Curves, fairness_by
from crm_analysis.analyses.churn.options import ChurnOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options


@dataclass(frozen=True, eq=False)
class Churn:
    """Who churns, why that is known, and how far to trust it.

    - `customers`: a row a customer, of several examples the latest.
        - `customer` : name
        - `cutoff` : the day looked back from, where examples have one
        - `churned` : True, False, <NA> where not known
        - `risk` : 0 to 1, out of fold where churned is known, else the present prediction
        - `actionable` : still a customer: not known, where there are such rows, else known to stay
    - `out_of_fold`: a row an example whose outcome is known.
        - `customer`, `cutoff`, `churned` : as above
        - `fold` : 0, 1, …
        - `risk` : by the model fitted without that fold (0 to 1)
    - `scores`: a row a method, and for "base_rate" and "one_rule".
        - `model` : method
        - `auc`, `auc_lo`, `auc_hi` : area under the ROC curve (0.5 to 1), with its interval
        - `average_precision`, `average_precision_lo`, `average_precision_hi` : 0 to 1
        - `lift_10`, `lift_10_lo`, `lift_10_hi` : churners among the riskiest tenth, times the usual
        - `log_loss`, `log_loss_lo`, `log_loss_hi` : nats, of the probabilities
        - `brier`, `brier_lo`, `brier_hi` : mean squared error of the probabilities
        - `ece` : expected calibration error (a share)
        - `auc_sd`, `log_loss_sd` : deviation over folds
        - `seconds` : what it took
        - `gap`, `gap_se` : mean log-loss over the best's, its standard error over paired folds
        - `sample` : rows it was tried on
        - `chosen` : True for one
    - `folds`: a row a method and fold.
        - `model`, `repeat`, `fold` : method, numbers of repetition and fold from 0
        - `rows` : customers judged
        - `auc`, `log_loss` : as in scores
    - `search`: a row a setting of a method that was tried; empty where none was searched.
        - `model` : method
        - `capacity` : step of the ladder, 0 for the one that learns least
        - `settings` : by name
        - `log_loss` : mean over all folds (nats); of what was not judged on all, that of the best
          of its method and the difference on the folds judged
        - `log_loss_se` : standard error of the difference from that best, whose own is 0
        - `folds` : judged, more for those that did better
        - `seconds` : what the first fold took
    - `time_check`: learnt from earlier cut-offs, tested on the last; empty without several.
        - `model`, `cutoff` : method, the last cut-off
        - `trained_on`, `customers`, `churners` : counts
        - `auc` (with `auc_lo`, `auc_hi`), `log_loss`, `brier`, `lift_10` : as in scores
        - `base_rate`, `trained_rate` : share that churned there, and where it was learnt
    - `alarms`: a row a column that seems to know the answer.
        - `feature`, `kind` : name; why it is suspected, see `find_alarms`
        - `auc_alone` : AUC of that column by itself, out of fold
        - `grade` : "certain" (left out unless kept on request), or "suspicious"
        - `left_out` : True or False
        - `share`, `rows` : of those who have the value, how many churned (0 to 1), and their count
        - `value` : the value that only churners have, where that is the reason
        - `auc_with`, `auc_without` : of the model with a suspicious column, and without it
    - `features`: a row a column.
        - `name`, `kind` : the column, "number", "category" …
        - `used` : whether it is a feature
        - `reason` : why not; "" for features
        - `auc_alone` : as above
    - `reasons`: three rows a customer, as `reasons_of` gives them.
        - `customer`, `rank` : name, 1 for the strongest reason
        - `feature`, `kind` : the column, which phrase says it
        - `value`, `number` : as text, and as a number where it is one
        - `points`, `direction` : percentage points of risk, "up" or "down"
        - `base`, `risk` : the usual risk, and this customer's (0 to 1)
    - `curves`: see `Curves`.
    - `training`: a row each of `out_of_fold`.
        - `customer`, `cutoff`, `churned` : as above
        - the features : as models read them
    - `model`: of everybody; `fold_models`: the same method without each fold.
    - `settings`: of the method that was chosen; None for a stack, whose members have their own.
    - `rule`: the best single split in words. `notes`: what to say of it.
    - `table`: all the rows given; `labelled`: which of them are those of `out_of_fold`.
    """

    customers: pd.DataFrame
    out_of_fold: pd.DataFrame
    scores: pd.DataFrame
    folds: pd.DataFrame
    search: pd.DataFrame
    time_check: pd.DataFrame
    alarms: pd.DataFrame
    features: pd.DataFrame
    curves: Curves
    training: pd.DataFrame
    model: RiskModel
    fold_models: tuple[RiskModel, ...]
    settings: Options | None
    rule: OneRule | None
    notes: tuple[Message, ...]
    options: ChurnOptions
    target: str
    positive: str
    figures: dict[str, float | None]
    table: pd.DataFrame
    labelled: np.ndarray
    explain: Callable[[Churn], pd.DataFrame]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers, out of fold; None for what cannot be said.

        auc, average_precision, log_loss, brier, lift_10, base_rate (each with _lo and _hi), ece,
        customers, churners, examples, unlabelled, features, threshold, too_good (1 or 0),
        one_rule_auc, equal_rows (the same in all features as another before them).
        """
        return dict(self.figures)

    @cached_property
    def reasons(self) -> pd.DataFrame:
        """Each customer's three strongest reasons, as `reasons_of` gives them when first asked."""
        return self.explain(self)

    def apply(self, new: pd.DataFrame) -> pd.DataFrame:
        """The risk of new customers: `new` with a column `risk` (0 to 1) after customer.

        Columns may stand in any order and be more; a level never seen counts as a rare one.
        AnalysisError `churn.missing_columns`.
        """
        return self.model.apply(new)

    @property
    def threshold(self) -> float:
        """From which risk a customer counts as churning.

        As set, else such that as many are named as are expected to churn.
        """
        if self.options.threshold is not None:
            return self.options.threshold
        risk = np.sort(self.out_of_fold["risk"].to_numpy())[::-1]
        return float(risk[min(len(risk), max(1, round(risk.sum()))) - 1])

    def confusion(self, threshold: float | None = None) -> dict[str, float | None]:
        """Who is named rightly and wrongly out of fold, at a threshold on the risk.

        threshold, named (risk at least that), caught (churned and named), false_alarms, missed,
        spared, precision, recall, specificity, accuracy, base_accuracy (naming nobody, or everybody
        where most churn).
        """
        if threshold is None:
            threshold = self.threshold
        churned = self.out_of_fold["churned"].to_numpy(dtype=bool)
        named = self.out_of_fold["risk"].to_numpy() >= threshold
        caught, false_alarms = (
            int((named & churned).sum()),
            int((named & ~churned).sum()),
        )
        missed, spared = (
            int((~named & churned).sum()),
            int((~named & ~churned).sum()),
        )
        return {
            "threshold": float(threshold),
            "named": float(caught + false_alarms),
            "caught": float(caught),
            "false_alarms": float(false_alarms),
            "missed": float(missed),
            "spared": float(spared),
            "precision": _share(caught, caught + false_alarms),
            "recall": _share(caught, caught + missed),
            "specificity": _share(spared, spared + false_alarms),
            "accuracy": _share(caught + spared, len(churned)),
            "base_accuracy": float(max(churned.mean(), 1 - churned.mean())),
        }

    @property
    def verdict(self) -> Literal["tells", "chance", "rule", "tenth"]:
        """What the ranking is worth, out of fold.

        "chance": the interval of the AUC holds 0.5; "rule": the best single split ranks as well;
        "tenth": the interval of the lift holds 1: those at the top of the list churn no oftener
        than the others, as far as one can tell; else "tells".
        """
        auc, auc_lo = self.figures["auc"], self.figures["auc_lo"]
        if auc is None or auc_lo is None or auc_lo <= 0.5:
            return "chance"
        rule, lift_lo = self.figures["one_rule_auc"], self.figures["lift_10_lo"]
        if rule is not None and auc <= rule:
            return "rule"
        return "tenth" if lift_lo is None or lift_lo <= 1 else "tells"

    def fairness(
        self, attribute: str, threshold: float | None = None
    ) -> pd.DataFrame:
        """Rates by an attribute, used by the model or not: see `fairness_by`.

        AnalysisError `churn.unknown_column`.
        """
        if attribute not in self.table.columns:
            raise AnalysisError("churn.unknown_column", column=attribute)
        if threshold is None:
            threshold = self.threshold
        column = self.table.loc[self.labelled, attribute]
        return fairness_by(
            column, self.out_of_fold, threshold, self.options.coverage
        )


def _share(part: float, total: float) -> float | None:
    return float(part / total) if total else None
