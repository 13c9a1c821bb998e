"""What `predict_churn` gives: who is leaving, how sure that is, and what it was learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.risk_model import RiskModel
from crm_analysis.analyses.churn.options import ChurnOptions
from crm_analysis.messages import Message

__all__ = ["Churn", "Curves", "Rule"]


@dataclass(frozen=True, eq=False)
class Curves:
    """How good the ranking and the risks are, out of fold.

    `roc`: false_positive_rate, true_positive_rate, threshold. `precision_recall`: recall, precision, threshold. `gain`: share (of customers,
    riskiest first), found (share of churners among them), lift, churners, customers. `reliability`: bin, predicted (mean risk), observed (share that
    left), observed_lo, observed_hi (Wilson), customers; ten bins of equal size.
    """

    roc: pd.DataFrame
    precision_recall: pd.DataFrame
    gain: pd.DataFrame
    reliability: pd.DataFrame


@dataclass(frozen=True)
class Rule:
    """The best single split: who has `feature` `op` ("above", "at_most", "is", "is_not") `value` leaves at `rate_if`, the others at `rate_else`."""

    feature: str
    op: str
    value: float | str
    rate_if: float
    rate_else: float
    customers_if: int
    customers_else: int


@dataclass(frozen=True, eq=False)
class Churn:
    """Who is leaving, why that is known, and how far to trust it.

    `customers`: a row a customer (of several examples the latest): customer, cutoff (where examples have one), churned (True, False, <NA> where not
    known), risk (out of fold where it is known, else the present prediction), actionable (still a customer: not known, where there are such
    rows, else known to stay). `out_of_fold`: a row an example whose label is known: customer, cutoff, churned, fold, risk. `scores`: a row a model and
    for "base_rate" and "one_rule": model, auc, average_precision, log_loss, brier, lift_10, ece, each but ece with _lo and _hi, auc_sd, log_loss_sd (over
    folds), seconds, gap (mean log-loss over the best's), gap_se (its standard error over paired folds), chosen. `folds`: model, repeat, fold, rows, auc,
    log_loss. `time_check`: train on earlier cut-offs, test on the last: model, cutoff, trained_on, customers, churners, auc, auc_lo, auc_hi, log_loss, brier, lift_10
    (empty without cut-offs). `alarms`: feature, kind, auc_alone, left_out, share, rows. `features`: name, kind, used, reason, auc_alone. `training`: customer,
    (cutoff,) churned, then the features as models read them, a row each of `out_of_fold`. `fold_models`: the chosen model as fitted without each fold.
    `rule`: the one-rule baseline in words. `notes`: (key, details). `table`: all the rows given; `labelled`: which of them are those of `out_of_fold`.
    """

    customers: pd.DataFrame
    out_of_fold: pd.DataFrame
    scores: pd.DataFrame
    folds: pd.DataFrame
    time_check: pd.DataFrame
    alarms: pd.DataFrame
    features: pd.DataFrame
    curves: Curves
    training: pd.DataFrame
    model: RiskModel
    fold_models: tuple[RiskModel, ...]
    rule: Rule | None
    notes: tuple[Message, ...]
    options: ChurnOptions
    target: str
    positive: str
    figures: dict[str, float | None]
    table: pd.DataFrame
    labelled: np.ndarray

    def summary(self) -> dict[str, float | None]:
        """Headline numbers, out of fold: auc, average_precision, log_loss, brier, lift_10 (each with _lo and _hi), ece, base_rate (with _lo and _hi), customers, churners,
        examples, unlabelled, features, threshold, too_good (1 or 0), one_rule_auc; None for what cannot be said.
        """
        return dict(self.figures)

    @cached_property
    def reasons(self) -> pd.DataFrame:
        """Each customer's three strongest reasons: see `crm_analysis.analyses.churn.reasons`; reckoned when first asked for."""
        from crm_analysis.analyses.churn.explain.reasons import reasons_of

        return reasons_of(self)

    def apply(self, new: pd.DataFrame) -> pd.DataFrame:
        """The risk of new customers: `new` with a column risk after customer. Columns may stand in any order and be more; a level never seen counts as a
        rare one. AnalysisError `churn.missing_columns`.
        """
        risk = self.model.predict(self.model.prepare(new))
        found = new.drop(columns=["risk"], errors="ignore").copy(deep=False)
        found.insert(
            found.columns.get_loc("customer") + 1 if "customer" in found.columns else 0,
            "risk",
            risk,
        )
        return found

    @property
    def threshold(self) -> float:
        """From which risk a customer counts as leaving: as set, else such that as many are named as are expected to leave."""
        if self.options.threshold is not None:
            return self.options.threshold
        risk = np.sort(self.out_of_fold["risk"].to_numpy())[::-1]
        return float(risk[min(len(risk), max(1, round(risk.sum()))) - 1])

    def confusion(self, threshold: float | None = None) -> dict[str, float | None]:
        """Out of fold at a threshold: threshold, named (risk at least that), caught (left and named), false_alarms, missed, spared, precision, recall,
        specificity, accuracy, base_accuracy (naming nobody, or everybody where most leave).
        """
        at = self.threshold if threshold is None else threshold
        left = self.out_of_fold["churned"].to_numpy(dtype=bool)
        named = self.out_of_fold["risk"].to_numpy() >= at
        caught, false, missed, spared = (
            int((named & left).sum()),
            int((named & ~left).sum()),
            int((~named & left).sum()),
            int((~named & ~left).sum()),
        )
        return {
            "threshold": float(at),
            "named": float(caught + false),
            "caught": float(caught),
            "false_alarms": float(false),
            "missed": float(missed),
            "spared": float(spared),
            "precision": _share(caught, caught + false),
            "recall": _share(caught, caught + missed),
            "specificity": _share(spared, spared + false),
            "accuracy": _share(caught + spared, len(left)),
            "base_accuracy": float(max(left.mean(), 1 - left.mean())),
        }

    @property
    def verdict(self) -> Literal["tells", "chance", "rule", "tenth"]:
        """What the ranking is worth, out of fold: "chance" (the interval of the AUC holds 0.5), "rule" (the best single split ranks as well), "tenth" (the
        interval of the lift holds 1: those at the top of the list leave no oftener than the others, as far as one can tell), else "tells".
        """
        told = self.figures
        if told["auc"] is None or told["auc_lo"] is None or told["auc_lo"] <= 0.5:
            return "chance"
        if told["one_rule_auc"] is not None and told["auc"] <= told["one_rule_auc"]:
            return "rule"
        return "tenth" if told["lift_10_lo"] is None or told["lift_10_lo"] <= 1 else "tells"

    def fairness(self, attribute: str, threshold: float | None = None) -> pd.DataFrame:
        """Rates by an attribute, used by the model or not: see `fairness_by`."""
        from crm_analysis.analyses.churn.models.fairness import fairness_by

        return fairness_by(self, attribute, self.threshold if threshold is None else threshold)


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None
