"""The table of scores, the headline numbers, and what there is to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.estimators import RBF_ROWS
from crm_analysis.analyses.churn.models.evaluation import Examples, cross_calibrated
from crm_analysis.analyses.churn.models.measures import MEASURES, intervals, measures
from crm_analysis.analyses.churn.models.selection import comparable
from crm_analysis.analyses.churn.options import ChurnOptions
from crm_analysis.analyses.inference import wilson
from crm_analysis.messages import Message

if TYPE_CHECKING:
    from crm_analysis.analyses.churn.models.final import Finished
    from crm_analysis.analyses.churn.models.selection import Comparison
    from crm_analysis.analyses.churn.result import Churn

__all__ = ["TOO_GOOD", "figures_of", "notes_of", "score_rows"]

TOO_GOOD = 0.98
_NAMED = 8


def score_rows(
    examples: Examples,
    comparison: Comparison,
    plain: dict[str, np.ndarray],
    chosen: str,
    done: Finished,
    options: ChurnOptions,
) -> pd.DataFrame:
    """A row a model, the best first, then the baselines."""
    table = comparison.table.set_index("model")
    rows = []
    for name in table.index:
        held = comparison.held.get(name)
        if name == chosen:
            row = _row(examples, done.risk, options)
        elif held is not None:
            row = _row(
                comparison.examples,
                cross_calibrated(held, comparison.examples.left, comparable(options), options.seed),
                options,
            )
        else:  # fell behind on a smaller sample
            row = {"log_loss": table.at[name, "log_loss"]}
        rows.append(
            {
                "model": name,
                **row,
                "seconds": table.at[name, "seconds"],
                "gap": table.at[name, "gap"],
                "gap_se": table.at[name, "gap_se"],
                "sample": len(examples) if name == chosen else table.at[name, "sample"],
            }
        )
    if chosen not in table.index:
        rows.append(
            {
                "model": chosen,
                **_row(examples, done.risk, options),
                "seconds": done.seconds,
                "sample": len(examples),
            }
        )
    for name, risk in plain.items():
        rows.append({"model": name, **_row(examples, risk, options), "sample": len(examples)})
    found = pd.DataFrame(rows)
    spread = comparison.folds.groupby("model")[["auc", "log_loss"]].std(ddof=1)
    for name in ("auc", "log_loss"):
        found[f"{name}_sd"] = found["model"].map(spread[name])
    found["chosen"] = found["model"] == chosen
    order = [f"{name}{end}" for name in MEASURES for end in ("", "_lo", "_hi")]
    columns = [
        "model",
        *order,
        "ece",
        "auc_sd",
        "log_loss_sd",
        "seconds",
        "gap",
        "gap_se",
        "sample",
        "chosen",
    ]
    return found.reindex(columns=columns)


def _row(examples: Examples, risk: np.ndarray, options: ChurnOptions) -> dict[str, float | None]:
    found = measures(examples.left, risk)
    for name, (lo, hi) in intervals(
        examples.left, risk, examples.customer, options.draws, options.coverage, options.seed
    ).items():
        found[f"{name}_lo"], found[f"{name}_hi"] = lo, hi
    return found


def figures_of(
    scores: pd.DataFrame,
    examples: Examples,
    labelled: np.ndarray,
    features: int,
    options: ChurnOptions,
) -> dict[str, float | None]:
    """The headline numbers."""
    row = scores[scores["chosen"]].iloc[0]
    rule = scores.loc[scores["model"] == "one_rule", "auc"]
    people = int(examples.customer.max()) + 1
    lo, hi = wilson(float(examples.left.sum()), len(examples), options.coverage)
    found = {
        name: _plain(row[name])
        for name in (*(f"{name}{end}" for name in MEASURES for end in ("", "_lo", "_hi")), "ece")
    }
    return {
        **found,
        "base_rate": float(examples.left.mean()),
        "base_rate_lo": float(lo),
        "base_rate_hi": float(hi),
        "customers": float(people),
        "churners": float(len(np.unique(examples.customer[examples.left == 1]))),
        "examples": float(len(examples)),
        "unlabelled": float((~labelled).sum()),
        "features": float(features),
        "one_rule_auc": _plain(rule.iloc[0]) if len(rule) else None,
        "too_good": float((found["auc"] or 0) > TOO_GOOD),
    }


def _plain(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def notes_of(churn: Churn, comparison: Comparison, done: Finished, few: bool) -> list[Message]:
    """What the reader should know, the gravest first."""
    figures = churn.figures
    notes: list[Message] = []
    if few:
        notes.append(
            Message(
                "churn.note.too_few",
                {
                    "customers": int(figures["customers"] or 0),
                    "churners": int(figures["churners"] or 0),
                },
            )
        )
    if figures["too_good"]:
        notes.append(Message("churn.note.too_good", {"auc": figures["auc"]}))
    if figures["auc_lo"] is not None and figures["auc_lo"] <= 0.5:
        notes.append(
            Message("churn.note.no_signal", {"auc": figures["auc"], "lo": figures["auc_lo"]})
        )
    out = churn.alarms[churn.alarms["left_out"]]
    if len(out):
        notes.append(
            Message(
                "churn.note.leaks_left_out",
                {"columns": out["feature"].tolist()[:_NAMED], "count": len(out)},
            )
        )
    kept = churn.alarms[~churn.alarms["left_out"]]
    if len(kept):
        notes.append(
            Message(
                "churn.note.leaks_kept",
                {"columns": kept["feature"].tolist()[:_NAMED], "count": len(kept)},
            )
        )
    for reason in ("id", "distinct", "prose", "constant", "empty"):
        names = churn.features.loc[churn.features["reason"] == reason, "name"].tolist()
        if names:
            notes.append(
                Message(
                    f"churn.note.left_out_{reason}",
                    {"columns": names[:_NAMED], "count": len(names)},
                )
            )
    dates = churn.features.loc[
        churn.features["used"] & (churn.features["kind"] == "date"), "name"
    ].tolist()
    if dates:
        notes.append(Message("churn.note.dates", {"columns": dates[:_NAMED], "count": len(dates)}))
    singles = comparison.table[~comparison.table["model"].isin(["stack"])]
    if churn.options.model == "auto" and len(comparison.table) > 1:
        best = str(comparison.table.sort_values("gap", kind="stable")["model"].iloc[0])
        chosen = done.model.name
        alike = int((comparison.table["gap"] <= comparison.table["gap_se"]).sum())
        spread = float(churn.scores.loc[churn.scores["model"] == chosen, "log_loss_sd"].iloc[0])
        near = int((comparison.table["gap"] <= spread).sum())
        rule = churn.verdict == "rule"
        key = (
            "chosen_simplest"
            if best != chosen
            else "chosen_not_simplest"
            if rule
            else "chosen_best"
        )
        notes.append(
            Message(
                f"churn.note.{key}",
                {"model": chosen, "best": best, "alike": alike, "compared": len(comparison.table)},
            )
        )
        if near > 1:
            notes.append(
                Message(
                    "churn.note.near_alike",
                    {"count": near, "compared": len(comparison.table), "spread": spread},
                )
            )
    if churn.verdict == "rule":
        notes.append(
            Message(
                "churn.note.rule_as_good", {"auc": figures["auc"], "rule": figures["one_rule_auc"]}
            )
        )
    if done.model.name == "stack":
        notes.append(Message("churn.note.stack", {"models": list(comparison.members)}))
    if (
        "rbf_svm" in (*singles["model"], churn.options.model)
        and int(churn.figures["examples"] or 0) > RBF_ROWS
    ):
        notes.append(
            Message(
                "churn.note.nystroem",
                {"rows": int(churn.figures["examples"] or 0), "limit": RBF_ROWS},
            )
        )
    if comparison.table["sample"].min() < (figures["examples"] or 0):
        notes.append(
            Message(
                "churn.note.raced",
                {
                    "sample": int(comparison.table["sample"].min()),
                    "rows": int(figures["examples"] or 0),
                },
            )
        )
    if len(churn.time_check):
        row = churn.time_check.iloc[0]
        notes.append(
            Message(
                "churn.note.time_check",
                {
                    "auc": float(row["auc"]),
                    "lo": float(row["auc_lo"]),
                    "hi": float(row["auc_hi"]),
                    "cutoff": row["cutoff"].date().isoformat(),
                },
            )
        )
    return notes
