"""A small tree of churn that a person can follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.encoding import MISSING, OTHER, Encoder
from crm_analysis.analyses.churn.models.measures import auc
from crm_analysis.analyses.churn.result import Churn
from crm_analysis.tables.threads import one_thread


@dataclass(frozen=True, eq=False)
class ReadableTree:
    """A small tree of the customers that churned and stayed: a picture, and rules.

    - `nodes`: a row a node.
        - `node`, `parent` : numbers; 0 is everybody, its parent −1
        - `depth`, `leaf` : questions asked so far, whether there are no more
        - `feature`, `op`, `value`, `number` : the condition that leads to it from its parent: op is
          "above", "at_most", "is", "is_not", "is_missing", "is_known", "is_rare" or "is_frequent",
          value text, number NaN where it is text
        - `customers`, `churned`, `rate` : counts, share
        - `position` : leaves from left to right 0, 1, …; inner nodes between
    - `rules`: a row a condition of a leaf, the riskiest leaf first.
        - `rule` : 0, 1, …
        - `feature`, `op`, `value`, `number` : as above
        - `customers`, `churned`, `rate` : of the leaf
        - `share` : of all churners
    - `auc`: of such a tree on customers it has not seen (same folds as the model's); None where it
      cannot be said.
    """

    nodes: pd.DataFrame
    rules: pd.DataFrame
    auc: float | None


def readable_tree(churn: Churn, *, depth: int = 3, seed: int = 0) -> ReadableTree:
    """A decision tree of few questions on the same columns and customers (CART).

    Rates are those of the training customers in each node; no node has fewer than one in two
    hundred of them, or ten.

    Parameters
    ----------
    churn
        The result.
    depth
        Questions at most.
    seed
        Of ties between columns.

    Returns
    -------
    ReadableTree
        Its `.nodes` as a picture, its `.rules`, and the `.auc` of such a tree.

    References
    ----------
    Breiman, Friedman, Olshen & Stone, Classification and Regression Trees, 1984.
    """
    features = churn.training[churn.model.columns]
    churned = churn.training["churned"].to_numpy(dtype=float)
    fold = churn.out_of_fold["fold"].to_numpy()
    with one_thread():
        encoder, tree = _grow(features, churned, depth, seed)
        score = np.full(len(churned), np.nan)
        for k in np.unique(fold[fold >= 0]):
            inside, others = fold == k, fold != k
            if churned[others].min() < churned[others].max():
                own_encoder, own_tree = _grow(
                    features[others], churned[others], depth, seed
                )
                score[inside] = own_tree.predict_proba(
                    own_encoder.transform(features[inside])
                )[:, 1]
    nodes = _nodes(tree, encoder, features, churned)
    area = None if np.isnan(score).any() else auc(churned, score)
    return ReadableTree(nodes, _rules(nodes), area)


def _grow(
    features: pd.DataFrame, churned: np.ndarray, depth: int, seed: int
) -> tuple[Encoder, Any]:
    from sklearn.tree import DecisionTreeClassifier

    encoder = Encoder("tree").fit(features)
    tree = DecisionTreeClassifier(
        max_depth=depth,
        min_samples_leaf=max(min(10, len(churned) // 4), len(churned) // 200, 1),
        random_state=seed,
    )
    return encoder, tree.fit(encoder.transform(features), churned)


@dataclass(frozen=True)
class _Condition:
    feature: str = ""
    op: str = ""
    value: str = ""
    number: float = np.nan


def _nodes(
    tree: Any, encoder: Encoder, features: pd.DataFrame, churned: np.ndarray
) -> pd.DataFrame:
    inner = tree.tree_
    path = tree.decision_path(encoder.transform(features))
    customers = np.asarray(path.sum(axis=0)).ravel().astype(np.int64)
    churners = np.asarray(path.T @ churned).ravel().round().astype(np.int64)
    rows: list[dict[str, Any]] = []
    leaves = 0

    def walk(node: int, parent: int, depth: int, condition: _Condition) -> float:
        """The node's position, after it and all below it became rows."""
        nonlocal leaves
        leaf = bool(inner.children_left[node] < 0)
        row: dict[str, Any] = {
            "node": node,
            "parent": parent,
            "depth": depth,
            "leaf": leaf,
            **vars(condition),
            "customers": int(customers[node]),
            "churned": int(churners[node]),
            "rate": float(churners[node] / customers[node]),
        }
        rows.append(row)
        if leaf:
            position = float(leaves)
            leaves += 1
        else:
            column, threshold = (
                encoder.columns_[inner.feature[node]],
                inner.threshold[node],
            )
            positions = [
                walk(
                    int(child),
                    node,
                    depth + 1,
                    _condition(column, float(threshold), above),
                )
                for above, child in (
                    (False, inner.children_left[node]),
                    (True, inner.children_right[node]),
                )
            ]
            position = sum(positions) / 2
        row["position"] = position
        return position

    walk(0, -1, 0, _Condition())
    return pd.DataFrame(rows)


def _condition(
    column: tuple[str, str], threshold: float, above: bool
) -> _Condition:
    feature, level = column
    if level == MISSING:
        return _Condition(feature, "is_missing" if above else "is_known")
    if level == OTHER:
        return _Condition(feature, "is_rare" if above else "is_frequent")
    if level:
        return _Condition(feature, "is" if above else "is_not", level)
    number = float(f"{threshold:.6g}")
    return _Condition(
        feature, "above" if above else "at_most", f"{number:g}", number
    )


def _rules(nodes: pd.DataFrame) -> pd.DataFrame:
    by_node = nodes.set_index("node")
    churners = max(by_node.loc[0, "churned"], 1)
    leaves = nodes[nodes["leaf"]].sort_values(
        "rate", ascending=False, kind="stable"
    )
    rows = []
    for rule, leaf in enumerate(leaves.itertuples()):
        for condition in _conditions(by_node, leaf.node):
            facts = (
                leaf.customers,
                leaf.churned,
                leaf.rate,
                leaf.churned / churners,
            )
            rows.append((rule, *condition, *facts))
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


def _conditions(
    by_node: pd.DataFrame, leaf: int
) -> list[tuple[str, str, str, float]]:
    """The conditions that lead to a leaf, the first asked first.

    Of several bounds on one number the tightest, no "is not" beside an "is".
    """
    conditions: dict[tuple[str, ...], tuple[str, str, str, float]] = {}
    certain: set[str] = set()
    node = leaf
    while by_node.at[node, "parent"] >= 0:
        feature, op, value, number = by_node.loc[
            node, ["feature", "op", "value", "number"]
        ]
        # From the leaf up: the first bound met is the tightest.
        key = (feature, op, value) if op == "is_not" else (feature, op)
        conditions.setdefault(key, (feature, op, value, number))
        if op == "is":
            certain.add(feature)
        node = by_node.at[node, "parent"]
    return [
        condition
        for condition in reversed(conditions.values())
        if not (condition[1] == "is_not" and condition[0] in certain)
    ]
