"""The table of scores, the headline numbers, and what there is to say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import TrainingData
from crm_analysis.analyses.churn.models.comparison import (
    Comparison,
    comparison_calibration,
)
from crm_analysis.analyses.churn.models.evaluation import cross_calibrated
from crm_analysis.analyses.churn.models.final import FinalFit
from crm_analysis.analyses.churn.models.measures import (
    MEASURES,
    intervals,
    measures,
)
from crm_analysis.analyses.churn.models.methods.rbf_svm import EXACT_ROWS
from crm_analysis.analyses.churn.options import ChurnOptions
from crm_analysis.analyses.churn.result import Churn
from crm_analysis.analyses.inference import wilson
from crm_analysis.messages import Message

TOO_GOOD = 0.98
_NAMED = 8  # columns that a note names
_BOUNDED = [f"{measure}{end}" for measure in MEASURES for end in ("", "_lo", "_hi")]
_Facts = dict[str, dict[str, Any]]  # by key of a note its details


def score_table(
    data: TrainingData,
    comparison: Comparison,
    final: FinalFit,
    baselines: dict[str, np.ndarray],
    options: ChurnOptions,
) -> pd.DataFrame:
    """A row a method, the best first, then the baselines: see `Churn.scores`."""
    chosen = final.model.name
    compared = comparison.table.set_index("model")
    method = comparison_calibration(options)
    rows: list[dict[str, Any]] = []
    for name in compared.index:
        row = {
            "log_loss": compared.at[name, "log_loss"]
        }  # fell behind on a smaller sample
        fit = comparison.fits.get(name)
        if name == chosen:
            row = _measured(data, final.risk, options)
        elif fit is not None:
            risk = cross_calibrated(
                fit.scores, fit.fold, comparison.data.churned, method, options.seed
            )
            row = _measured(comparison.data, risk, options)
        columns = ("seconds", "gap", "gap_se", "sample")
        facts = {column: compared.at[name, column] for column in columns}
        if name == chosen:
            facts["sample"] = len(data)
        rows.append({"model": name, **row, **facts})
    if chosen not in compared.index:
        rows.append(
            {
                "model": chosen,
                **_measured(data, final.risk, options),
                "seconds": final.seconds,
                "sample": len(data),
            }
        )
    for name, risk in baselines.items():
        rows.append(
            {"model": name, **_measured(data, risk, options), "sample": len(data)}
        )
    table = pd.DataFrame(rows)
    deviation = comparison.folds.groupby("model")[["auc", "log_loss"]].std(ddof=1)
    for measure in ("auc", "log_loss"):
        table[f"{measure}_sd"] = table["model"].map(deviation[measure])
    table["chosen"] = table["model"] == chosen
    rest = [
        "ece",
        "auc_sd",
        "log_loss_sd",
        "seconds",
        "gap",
        "gap_se",
        "sample",
        "chosen",
    ]
    return table.reindex(columns=["model", *_BOUNDED, *rest])


def _measured(
    data: TrainingData, risk: np.ndarray, options: ChurnOptions
) -> dict[str, float | None]:
    row = measures(data.churned, risk)
    for measure, (lo, hi) in intervals(
        data.churned,
        risk,
        data.customer,
        options.draws,
        options.coverage,
        options.seed,
    ).items():
        row[f"{measure}_lo"], row[f"{measure}_hi"] = lo, hi
    return row


def headline_figures(
    scores: pd.DataFrame,
    data: TrainingData,
    labelled: np.ndarray,
    features: int,
    options: ChurnOptions,
) -> dict[str, float | None]:
    """See `Churn.summary`."""
    row = scores[scores["chosen"]].iloc[0]
    rule = scores.loc[scores["model"] == "one_rule", "auc"]
    lo, hi = wilson(float(data.churned.sum()), len(data), options.coverage)
    measured = {name: _number(row[name]) for name in (*_BOUNDED, "ece")}
    return {
        **measured,
        "base_rate": float(data.churned.mean()),
        "base_rate_lo": float(lo),
        "base_rate_hi": float(hi),
        "customers": float(data.customers),
        "churners": float(len(np.unique(data.customer[data.churned == 1]))),
        "examples": float(len(data)),
        "unlabelled": float((~labelled).sum()),
        "features": float(features),
        "one_rule_auc": _number(rule.iloc[0]) if len(rule) else None,
        "too_good": float((measured["auc"] or 0) > TOO_GOOD),
    }


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def churn_notes(churn: Churn, comparison: Comparison, few: bool) -> list[Message]:
    """What the reader should know, the gravest first."""
    facts = {
        **_on_trust(churn.figures, few),
        **_on_columns(churn),
        **_on_choice(churn, comparison),
        **_on_rows(churn, comparison),
    }
    return [Message(f"churn.note.{key}", details) for key, details in facts.items()]


def _on_trust(figures: dict[str, float | None], few: bool) -> _Facts:
    facts: _Facts = {}
    if few:
        facts["too_few"] = {
            name: int(figures[name] or 0) for name in ("customers", "churners")
        }
    if figures["too_good"]:
        facts["too_good"] = {"auc": figures["auc"]}
    if figures["auc_lo"] is not None and figures["auc_lo"] <= 0.5:
        facts["no_signal"] = {"auc": figures["auc"], "lo": figures["auc_lo"]}
    return facts


def _on_columns(churn: Churn) -> _Facts:
    alarms, features = churn.alarms, churn.features
    columns = {
        "leaks_left_out": alarms.loc[alarms["left_out"], "feature"],
        "leaks_kept": alarms.loc[~alarms["left_out"], "feature"],
    }
    for reason in ("id", "distinct", "free_text", "constant", "empty"):
        columns[f"left_out_{reason}"] = features.loc[
            features["reason"] == reason, "name"
        ]
    columns["dates"] = features.loc[
        features["used"] & (features["kind"] == "date"), "name"
    ]
    return {
        note: {"columns": names.tolist()[:_NAMED], "count": len(names)}
        for note, names in columns.items()
        if len(names)
    }


def _on_choice(churn: Churn, comparison: Comparison) -> _Facts:
    table, chosen = comparison.table, churn.model.name
    ranks_like_a_rule = churn.verdict == "rule"
    facts: _Facts = {}
    if churn.options.model == "auto" and len(table) > 1:
        best = str(table.sort_values("gap", kind="stable")["model"].iloc[0])
        key = "chosen_simplest"
        if best == chosen:
            key = "chosen_not_simplest" if ranks_like_a_rule else "chosen_best"
        facts[key] = {
            "model": chosen,
            "best": best,
            "alike": int((table["gap"] <= table["gap_se"]).sum()),
            "compared": len(table),
        }
        own = churn.scores["model"] == chosen
        deviation = float(churn.scores.loc[own, "log_loss_sd"].iloc[0])
        near = int((table["gap"] <= deviation).sum())
        if near > 1:
            facts["near_alike"] = {
                "count": near,
                "compared": len(table),
                "spread": deviation,
            }
    if len(comparison.search):
        searched = comparison.searched(chosen)
        facts["searched" if searched else "searched_in_vain"] = {
            "model": searched[0] if searched else chosen,
            "tried": len(comparison.search),
        }
    if ranks_like_a_rule:
        facts["rule_as_good"] = {
            "auc": churn.figures["auc"],
            "rule": churn.figures["one_rule_auc"],
        }
    if chosen == "stack":
        facts["stack"] = {"models": list(comparison.members)}
    return facts


def _on_rows(churn: Churn, comparison: Comparison) -> _Facts:
    rows = int(churn.figures["examples"] or 0)
    facts: _Facts = {}
    if churn.figures["equal_rows"]:
        facts["equal_rows"] = {
            "count": int(churn.figures["equal_rows"]),
            "rows": rows,
        }
    if (
        "rbf_svm" in (*comparison.table["model"], churn.options.model)
        and rows > EXACT_ROWS
    ):
        facts["nystroem"] = {"rows": rows, "limit": EXACT_ROWS}
    sample = int(comparison.table["sample"].min())
    if sample < rows:
        facts["raced"] = {"sample": sample, "rows": rows}
    for check in churn.time_check.to_dict("records"):
        facts["time_check"] = {
            "auc": float(check["auc"]),
            "lo": float(check["auc_lo"]),
            "hi": float(check["auc_hi"]),
            "cutoff": check["cutoff"].date().isoformat(),
        }
    if "cutoff" in churn.table.columns and "window_end" not in churn.table.columns:
        facts["no_time_check"] = {}
    return facts
