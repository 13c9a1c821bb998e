"""What sets groups apart, as the rules of a shallow decision tree in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.tables.threads import one_thread

_MAXIMUM_LEVELS = 12
_MAXIMUM_LABELS = 12  # labels that are worth a tree of their own


@dataclass(frozen=True)
class Condition:
    """A feature compared with a value.

    Above or at most a number, is or is not a category; a category that is, or is not, missing
    (value "").
    """

    feature: str
    op: Literal["above", "at_most", "is", "is_not", "is_missing", "is_known"]
    value: float | str


@dataclass(frozen=True)
class Rule:
    """Rows for which all conditions hold.

    - `label`: which label most of them have.
    - `count`: how many they are.
    - `purity`: the share of them that have the label.
    - `coverage`: the share of the label's rows that they are.
    """

    conditions: tuple[Condition, ...]
    label: Any
    count: int
    purity: float
    coverage: float


@dataclass(frozen=True)
class Explanation:
    """Rules of a shallow tree, most telling first, at least one for each label where there is one.

    - `accuracy`: share of rows that the tree labels rightly, on rows it has not seen (5-fold).
    - `baseline`: what always naming the most frequent label would get.
    - `rows`: rows the tree was grown on.
    """

    rules: tuple[Rule, ...]
    accuracy: float | None
    baseline: float
    rows: int

    def for_label(self, label: Any) -> tuple[Rule, ...]:
        """The rules that lead to one label."""
        return tuple(rule for rule in self.rules if rule.label == label)

    def to_frame(self) -> pd.DataFrame:
        """A row a condition: rule, label, feature, op, value (text), count, purity, coverage."""
        rows = []
        for number, rule in enumerate(self.rules):
            facts = (rule.count, rule.purity, rule.coverage)
            for condition in rule.conditions:
                value = str(condition.value)
                said = (rule.label, condition.feature, condition.op, value)
                rows.append((number, *said, *facts))
        return pd.DataFrame(
            rows,
            columns=[
                "rule",
                "label",
                "feature",
                "op",
                "value",
                "count",
                "purity",
                "coverage",
            ],
        )


@dataclass(frozen=True)
class _Column:
    """One column of the matrix a tree is grown on: a number, or whether a category has a level."""

    feature: str
    level: str | None
    values: np.ndarray


@dataclass(frozen=True)
class _Split:
    """One step down a tree: which column, on which side of which threshold."""

    column: _Column
    above: bool
    threshold: float


@dataclass(frozen=True)
class _Shape:
    depth: int
    leaves: int
    seed: int

    def tree(self, rows: int) -> Any:
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(
            max_depth=self.depth,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=max(1, rows // 200),
            class_weight="balanced",
            random_state=self.seed,
        )


def shallow_rules(
    table: pd.DataFrame,
    labels: Sequence[Any] | np.ndarray | pd.Series,
    *,
    depth: int = 3,
    rows: int = 20_000,
    seed: int = 0,
) -> Explanation:
    """What sets each label apart, as the rules of a shallow decision tree (CART).

    One of the twelve most frequent labels for which the tree has no leaf gets a tree of its own, it
    against the rest.

    Parameters
    ----------
    table
        Numbers, flags and categories (text); missing numbers are taken at the median.
    labels
        A label for each row.
    depth
        Conditions a rule has at most.
    rows
        Of more rows than so many a sample is used.
    seed
        Of sample, tree and folds.

    References
    ----------
    Breiman, Friedman, Olshen & Stone, Classification and Regression Trees, 1984.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [20, 22, 25, 60, 61, 65] * 5})
    >>> explanation = shallow_rules(table, (["young"] * 3 + ["old"] * 3) * 5)
    >>> explanation.to_frame()[["label", "feature", "op", "value", "purity"]]
       label feature       op value  purity
    0    old     age    above  42.5     1.0
    1  young     age  at_most  42.5     1.0
    """
    target = np.asarray(labels)
    if len(target) > rows:
        sample = np.sort(
            np.random.default_rng(seed).choice(len(target), rows, replace=False)
        )
        table, target = table.iloc[sample], target[sample]
    columns = _columns(table)
    names, codes = np.unique(target, return_inverse=True)
    counts = np.bincount(codes)
    baseline = float(counts.max() / len(target)) if len(target) else 1.0
    if len(names) < 2 or not columns:
        return Explanation((), None, baseline, len(target))
    shape = _Shape(depth, min(32, max(8, 2 * len(names))), seed)
    with one_thread():
        rules = _grow(columns, codes, names, shape)
        for label in np.argsort(-counts, kind="stable")[:_MAXIMUM_LABELS]:
            if not any(rule.label == _plain(names[label]) for rule in rules):
                against_rest = np.array([None, names[label]], dtype=object)
                own = (codes == label).astype(int)
                grown = _grow(columns, own, against_rest, _Shape(depth, 6, seed))
                rules += [rule for rule in grown if rule.label is not None][:1]
        accuracy = _accuracy(columns, codes, shape)
    rules.sort(
        key=lambda rule: (
            str(type(rule.label)),
            rule.label,
            -rule.coverage * rule.purity,
        )
    )
    return Explanation(tuple(rules), accuracy, baseline, len(target))


def _columns(table: pd.DataFrame) -> list[_Column]:
    columns: list[_Column] = []
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            numbers = pd.to_numeric(column, errors="coerce").to_numpy(
                dtype=float, na_value=np.nan
            )
            numbers = np.where(np.isfinite(numbers), numbers, np.nan)
            if not np.isnan(numbers).all():
                filled = np.where(np.isnan(numbers), np.nanmedian(numbers), numbers)
                columns.append(_Column(str(name), None, filled))
        else:
            texts = column.astype("object").where(column.notna(), "").map(str)
            for level in sorted(
                map(str, texts.value_counts().index[:_MAXIMUM_LEVELS])
            ):
                columns.append(
                    _Column(
                        str(name), level, (texts == level).to_numpy(dtype=float)
                    )
                )
    return columns


def _matrix(columns: list[_Column]) -> np.ndarray:
    return np.column_stack([column.values for column in columns])


def _accuracy(
    columns: list[_Column], codes: np.ndarray, shape: _Shape
) -> float | None:
    """Share right on unseen rows, five folds; None of fewer than ten rows."""
    from sklearn.model_selection import (
        KFold,
        StratifiedKFold,
        cross_val_predict,
    )

    if len(codes) < 10:
        return None
    divide = StratifiedKFold if np.bincount(codes).min() >= 5 else KFold
    folds = divide(5, shuffle=True, random_state=shape.seed)
    predicted = cross_val_predict(
        shape.tree(len(codes)), _matrix(columns), codes, cv=folds
    )
    return float((predicted == codes).mean())


def _grow(
    columns: list[_Column], codes: np.ndarray, names: np.ndarray, shape: _Shape
) -> list[Rule]:
    """The leaves of a tree as rules, most telling first; `codes` are positions in `names`."""
    matrix = _matrix(columns)
    tree = shape.tree(len(codes)).fit(matrix, codes)
    inner = tree.tree_
    leaf_of = tree.apply(matrix)
    sizes = np.bincount(codes, minlength=len(names))
    rules: list[Rule] = []

    def walk(node: int, path: tuple[_Split, ...]) -> None:
        if inner.children_left[node] < 0:
            counts = np.bincount(codes[leaf_of == node], minlength=len(names))
            label = int((counts / np.maximum(sizes, 1)).argmax())
            hits, rows = int(counts[label]), int(counts.sum())
            rules.append(
                Rule(
                    _merged(path),
                    _plain(names[label]),
                    rows,
                    hits / rows,
                    hits / int(sizes[label]),
                )
            )
            return
        column, threshold = (
            columns[int(inner.feature[node])],
            float(inner.threshold[node]),
        )
        walk(inner.children_left[node], (*path, _Split(column, False, threshold)))
        walk(inner.children_right[node], (*path, _Split(column, True, threshold)))

    walk(0, ())
    return sorted(rules, key=lambda rule: -rule.coverage * rule.purity)


def _merged(path: tuple[_Split, ...]) -> tuple[Condition, ...]:
    """A path from the root as few conditions.

    Of several bounds on one feature the tightest, no "is not" beside an "is".
    """
    bounds: dict[tuple[str, Literal["above", "at_most"]], float] = {}
    levels: dict[str, dict[str, bool]] = {}
    for split in path:
        feature, level = split.column.feature, split.column.level
        if level is not None:
            levels.setdefault(feature, {})[level] = split.above
        elif split.above:
            bounds[feature, "above"] = max(
                bounds.get((feature, "above"), -np.inf), split.threshold
            )
        else:
            bounds[feature, "at_most"] = min(
                bounds.get((feature, "at_most"), np.inf), split.threshold
            )
    # A threshold lies between two values of the data, where four digits say all.
    conditions = [
        Condition(feature, op, float(f"{value:.4g}"))
        for (feature, op), value in bounds.items()
    ]
    for feature, sides in levels.items():
        certain = [level for level, above in sides.items() if above]
        if certain:
            conditions += [
                Condition(feature, "is" if level else "is_missing", level)
                for level in certain
            ]
        else:
            conditions += [
                Condition(feature, "is_not" if level else "is_known", level)
                for level in sides
            ]
    return tuple(conditions)


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label
