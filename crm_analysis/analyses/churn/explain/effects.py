"""What the model goes by: which columns it needs, how risk moves with one of them, and a tree that a person can follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.churn.models.encoding import MISSING, OTHER, Encoder
from crm_analysis.analyses.churn.models.measures import auc
from crm_analysis.analyses.explain import effect_of, permutation_importance
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress

if TYPE_CHECKING:
    from crm_analysis.analyses.churn.models.risk_model import RiskModel
    from crm_analysis.analyses.churn.result import Churn

__all__ = ["ReadableTree", "effect", "importance", "readable_tree"]

_ROWS = 2000


def importance(
    churn: Churn,
    *,
    repeats: int = 3,
    rows: int = 4000,
    seed: int = 0,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """How much the ranking suffers when one column is shuffled, on customers the model has not seen.

    For each fold the model fitted without it predicts it again with a column shuffled (Breiman, Machine Learning 45, 2001). Out: feature, importance (mean
    fall of the AUC), deviation (over folds), lo and hi (two standard errors over folds), folds; most important first. Of two columns that say the same
    either can stand in for the other, so both look less important than they are.
    """
    names = [one.name for one in churn.model.features]
    fold = churn.out_of_fold["fold"].to_numpy()
    left = churn.out_of_fold["churned"].to_numpy(dtype=float)
    found = []
    for at, model in enumerate(churn.fold_models):
        progress(at / len(churn.fold_models), "retention.step.importance")
        inside = np.flatnonzero(fold == at)
        table, truth = churn.training[names].iloc[inside], left[inside]
        if truth.min() == truth.max():
            continue
        one = permutation_importance(
            _typed(model, table),
            table,
            truth,
            lambda y, p: auc(y, p) or 0.0,
            repeats=repeats,
            rows=rows,
            seed=seed + at,
        )
        found.append(one.set_index("feature")["importance"].rename(str(at)))
    if not found:
        raise AnalysisError("retention.too_few_to_explain")
    falls = pd.concat(found, axis=1)
    spread = falls.std(axis=1, ddof=1).fillna(0.0)
    mean, error = falls.mean(axis=1), spread / np.sqrt(falls.shape[1])
    table = pd.DataFrame(
        {
            "importance": mean,
            "deviation": spread,
            "lo": mean - 2 * error,
            "hi": mean + 2 * error,
            "folds": falls.shape[1],
        }
    )
    return (
        table.rename_axis("feature")
        .reset_index()
        .sort_values("importance", ascending=False, kind="stable", ignore_index=True)
    )


def effect(
    churn: Churn,
    feature: str,
    *,
    method: Literal["partial", "local"] = "partial",
    points: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """How the predicted risk moves with one column.

    Out: value, risk (0 to 1), rows (how many customers are about there). "partial": the mean risk if everybody had that value (Friedman, Annals of
    Statistics 29, 2001); "local": accumulated local effects, which compare only customers who are near it, so that columns that go together do not
    mislead (Apley & Zhu, JRSS B 82, 2020); numbers only, others get the first. What the model does, not what would happen.
    """
    names = [one.name for one in churn.model.features]
    if feature not in names:
        raise AnalysisError("retention.no_column", column=feature)
    table = churn.training[names]
    if len(table) > _ROWS:
        table = table.sample(_ROWS, random_state=seed)
    column = table[feature]
    if not column.notna().any():
        raise AnalysisError("retention.no_column", column=feature)
    if method == "local" and pd.api.types.is_numeric_dtype(column) and column.nunique() > 2:
        return _local(churn.model, table, feature, points)
    return effect_of(
        _typed(churn.model, table), table, feature, points=points, rows=_ROWS, seed=seed
    ).rename(columns={"prediction": "risk"})


def _local(model: RiskModel, table: pd.DataFrame, feature: str, points: int) -> pd.DataFrame:
    known = table[table[feature].notna()]
    numbers = known[feature].to_numpy(dtype=float)
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, points + 1), method="inverted_cdf"))
    cell = np.clip(np.searchsorted(edges, numbers, side="left") - 1, 0, len(edges) - 2)
    difference = model.predict(known.assign(**{feature: edges[cell + 1]})) - model.predict(
        known.assign(**{feature: edges[cell]})
    )
    counts = np.bincount(cell, minlength=len(edges) - 1)
    curve = np.append(
        0.0,
        np.cumsum(np.bincount(cell, difference, minlength=len(edges) - 1) / np.maximum(counts, 1)),
    )
    middle = float(np.dot(counts, (curve[1:] + curve[:-1]) / 2) / counts.sum())
    rows = np.append(0, counts)
    rows[0] = int((numbers == edges[0]).sum())
    rows[1] -= rows[0]
    return pd.DataFrame(
        {
            "value": edges,
            "risk": np.clip(curve - middle + float(model.predict(known).mean()), 0, 1),
            "rows": rows,
        }
    )


def _typed(model: RiskModel, like: pd.DataFrame) -> Any:
    """The model's risk of tables whose categories were put in as plain text."""
    levels = {
        name: like[name].dtype
        for name in like.columns
        if isinstance(like[name].dtype, pd.CategoricalDtype)
    }

    def predict(table: pd.DataFrame) -> np.ndarray:
        return model.predict(
            table.astype(
                {name: dtype for name, dtype in levels.items() if table[name].dtype != dtype}
            )
        )

    return predict


@dataclass(frozen=True, eq=False)
class ReadableTree:
    """A small tree of the customers that left and stayed: a picture, and rules.

    `nodes`: node (0: everybody), parent (−1 for the first), depth, leaf, place (leaves from left to right 0, 1, …; inner nodes between), and the condition
    that leads to it from its parent: feature, op ("above", "at_most", "is", "is_not", "is_missing", "is_known", "is_rare", "is_frequent"), value (text),
    number (NaN where it is text); customers, churned, rate. `rules`: a row a condition of a leaf, riskiest leaf first: rule, feature, op, value, number, customers,
    churned, rate, share (of all churners). `auc`: of such a tree on customers it has not seen (same folds as the model's); None where it cannot be said.
    """

    nodes: pd.DataFrame
    rules: pd.DataFrame
    auc: float | None


def readable_tree(churn: Churn, *, depth: int = 3, seed: int = 0) -> ReadableTree:
    """A decision tree of few questions on the same columns and customers (CART: Breiman, Friedman, Olshen & Stone 1984).

    Rates are those of the training customers in each node; no node has fewer than one in two hundred of them, or ten.
    """
    names = [one.name for one in churn.model.features]
    features, left = churn.training[names], churn.training["churned"].to_numpy(dtype=float)
    fold = churn.out_of_fold["fold"].to_numpy()
    with threadpool_limits(1):
        encoder, tree = _grown(features, left, depth, seed)
        score = np.full(len(left), np.nan)
        for at in np.unique(fold[fold >= 0]):
            inside = fold == at
            if left[~inside].min() < left[~inside].max():
                other, grown = _grown(features[~inside], left[~inside], depth, seed)
                score[inside] = grown.predict_proba(other.transform(features[inside]))[:, 1]
    nodes = _nodes(tree, encoder.columns_, encoder.transform(features), left)
    return ReadableTree(
        nodes, _rules(nodes, left.sum()), None if np.isnan(score).any() else auc(left, score)
    )


def _grown(features: pd.DataFrame, left: np.ndarray, depth: int, seed: int) -> tuple[Encoder, Any]:
    from sklearn.tree import DecisionTreeClassifier

    encoder = Encoder("tree").fit(features)
    least = max(min(10, len(left) // 4), len(left) // 200, 1)
    return encoder, DecisionTreeClassifier(
        max_depth=depth, min_samples_leaf=least, random_state=seed
    ).fit(encoder.transform(features), left)


def _nodes(
    tree: Any, columns: list[tuple[str, str]], matrix: np.ndarray, left: np.ndarray
) -> pd.DataFrame:
    inner = tree.tree_
    path = tree.decision_path(matrix)
    customers = np.asarray(path.sum(axis=0)).ravel().astype(np.int64)
    churned = np.asarray(path.T @ left).ravel().round().astype(np.int64)
    rows: list[dict[str, Any]] = []
    leaves = 0

    def walk(node: int, parent: int, depth: int, condition: tuple[str, str, str, float]) -> float:
        nonlocal leaves
        row: dict[str, Any] = {
            "node": node,
            "parent": parent,
            "depth": depth,
            "leaf": bool(inner.children_left[node] < 0),
        }
        rows.append(row)
        row |= dict(zip(("feature", "op", "value", "number"), condition, strict=True))
        row |= {
            "customers": int(customers[node]),
            "churned": int(churned[node]),
            "rate": float(churned[node] / customers[node]),
        }
        if row["leaf"]:
            row["place"] = float(leaves)
            leaves += 1
        else:
            column, threshold = columns[int(inner.feature[node])], float(inner.threshold[node])
            low = walk(
                int(inner.children_left[node]),
                node,
                depth + 1,
                _condition(column, threshold, False),
            )
            row["place"] = (
                low
                + walk(
                    int(inner.children_right[node]),
                    node,
                    depth + 1,
                    _condition(column, threshold, True),
                )
            ) / 2
        return float(row["place"])

    walk(0, -1, 0, ("", "", "", np.nan))
    return pd.DataFrame(rows)


def _condition(
    column: tuple[str, str], threshold: float, above: bool
) -> tuple[str, str, str, float]:
    feature, level = column
    if level == MISSING:
        return feature, "is_missing" if above else "is_known", "", np.nan
    if level == OTHER:
        return feature, "is_rare" if above else "is_frequent", "", np.nan
    if level:
        return feature, "is" if above else "is_not", level, np.nan
    number = float(f"{threshold:.6g}")
    return feature, "above" if above else "at_most", f"{number:g}", number


def _rules(nodes: pd.DataFrame, churners: float) -> pd.DataFrame:
    by_node = nodes.set_index("node")
    rows = []
    leaves = nodes[nodes["leaf"]].sort_values("rate", ascending=False, kind="stable")
    for rule, leaf in enumerate(leaves["node"]):
        conditions: dict[tuple[str, str], tuple[str, float]] = {}
        sure: set[str] = set()
        at, told = leaf, by_node.loc[leaf]
        while by_node.at[at, "parent"] >= 0:
            one = by_node.loc[at]
            key = (one["feature"], one["op"] if one["op"] != "is_not" else f"is_not {one['value']}")
            conditions.setdefault(
                key, (one["value"], one["number"])
            )  # from the leaf up: the first bound met is the tightest
            if one["op"] == "is":
                sure.add(one["feature"])
            at = one["parent"]
        for (feature, op), (value, number) in reversed(conditions.items()):
            if not (op.startswith("is_not") and feature in sure):
                rows.append(
                    (
                        rule,
                        feature,
                        op.split(" ")[0],
                        value,
                        number,
                        told["customers"],
                        told["churned"],
                        told["rate"],
                        told["churned"] / max(churners, 1),
                    )
                )
    return pd.DataFrame(
        rows,
        columns=[
            "rule",
            "feature",
            "op",
            "value",
            "number",
            "customers",
            "churned",
            "rate",
            "share",
        ],
    )
