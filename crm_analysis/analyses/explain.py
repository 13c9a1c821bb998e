"""Why a group is a group and a prediction a prediction: shallow trees in words, importance by shuffling, the effect of one feature.

Everything is keys and numbers: a condition is (feature, op, value), which the phrases `explain.above`, `explain.at_most`,
`explain.is`, `explain.is_not`, `explain.is_missing`, `explain.is_known` say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

__all__ = [
    "Condition",
    "Explanation",
    "Rule",
    "effect_of",
    "permutation_importance",
    "shallow_rules",
]

_ROWS = 20_000
_MOST_LEVELS = 12
_MOST_LABELS = 12  # labels that are worth a tree of their own


@dataclass(frozen=True)
class Condition:
    """A feature compared with a value: above or at most a number, is or is not a category; a category that is, or is not, missing (value "")."""

    feature: str
    op: Literal["above", "at_most", "is", "is_not", "is_missing", "is_known"]
    value: float | str


@dataclass(frozen=True)
class Rule:
    """Rows for which all conditions hold: which label most of them have, how many they are (`count`), the share of them that have
    the label (`purity`), and the share of the label's rows that they are (`coverage`).
    """

    conditions: tuple[Condition, ...]
    label: Any
    count: int
    purity: float
    coverage: float


@dataclass(frozen=True)
class Explanation:
    """Rules of a shallow tree, most telling first, at least one for each label where one can be found.

    `accuracy`: share of rows that the tree labels rightly, on rows it has not seen (5-fold); `baseline`: what always naming the
    most frequent label would get. `rows`: rows the tree was grown on.
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
        return pd.DataFrame(
            [
                (
                    at,
                    rule.label,
                    one.feature,
                    one.op,
                    str(one.value),
                    rule.count,
                    rule.purity,
                    rule.coverage,
                )
                for at, rule in enumerate(self.rules)
                for one in rule.conditions
            ],
            columns=["rule", "label", "feature", "op", "value", "count", "purity", "coverage"],
        )


@dataclass(frozen=True)
class _Column:
    feature: str
    level: str | None
    values: np.ndarray


def shallow_rules(
    table: pd.DataFrame,
    labels: Sequence[Any] | np.ndarray | pd.Series,
    *,
    depth: int = 3,
    rows: int = _ROWS,
    seed: int = 0,
) -> Explanation:
    """What sets each label apart, as the rules of a shallow decision tree (CART: Breiman, Friedman, Olshen & Stone 1984).

    `table`: numbers, flags and categories (text), a row for each of `labels`; missing numbers are taken at the median. On more
    than `rows` rows a sample is used. One of the twelve
    most frequent labels for which the tree has no leaf gets a tree of its own, it against the rest.

    >>> table = pd.DataFrame({"age": [20, 22, 25, 60, 61, 65] * 5})
    >>> found = shallow_rules(table, (["young"] * 3 + ["old"] * 3) * 5)
    >>> [(rule.label, rule.conditions[0].op, rule.conditions[0].value) for rule in found.rules]
    [('old', 'above', 42.5), ('young', 'at_most', 42.5)]
    """
    target = np.asarray(labels)
    if len(target) > rows:
        kept = np.sort(np.random.default_rng(seed).choice(len(target), rows, replace=False))
        table, target = table.iloc[kept], target[kept]
    columns = _columns(table)
    names, codes = np.unique(target, return_inverse=True)
    counts = np.bincount(codes)
    baseline = float(counts.max() / len(target)) if len(target) else 1.0
    if len(names) < 2 or not columns:
        return Explanation((), None, baseline, len(target))
    matrix = np.column_stack([column.values for column in columns])
    leaves = min(32, max(8, 2 * len(names)))
    with threadpool_limits(1):
        rules = _grown(matrix, columns, codes, names, depth, leaves, seed)
        for at in np.argsort(-counts, kind="stable")[:_MOST_LABELS]:
            if not any(rule.label == _plain(names[at]) for rule in rules):
                own = _grown(
                    matrix,
                    columns,
                    (codes == at).astype(int),
                    np.array([None, names[at]], dtype=object),
                    depth,
                    6,
                    seed,
                )
                rules += [rule for rule in own if rule.label is not None][:1]
        accuracy = _accuracy(matrix, codes, depth, leaves, seed)
    rules.sort(key=lambda rule: (str(type(rule.label)), rule.label, -rule.coverage * rule.purity))
    return Explanation(tuple(rules), accuracy, baseline, len(target))


def _columns(table: pd.DataFrame) -> list[_Column]:
    found: list[_Column] = []
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            numbers = np.where(np.isfinite(numbers), numbers, np.nan)
            if not np.isnan(numbers).all():
                found.append(
                    _Column(
                        str(name), None, np.where(np.isnan(numbers), np.nanmedian(numbers), numbers)
                    )
                )
        else:
            texts = column.astype("object").where(column.notna(), "").map(str)
            levels = texts.value_counts().index[:_MOST_LEVELS]
            found += [
                _Column(str(name), str(level), (texts == level).to_numpy(dtype=float))
                for level in sorted(map(str, levels))
            ]
    return found


def _tree(depth: int, leaves: int, rows: int, seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(
        max_depth=depth,
        max_leaf_nodes=leaves,
        min_samples_leaf=max(1, rows // 200),
        class_weight="balanced",
        random_state=seed,
    )


def _accuracy(
    matrix: np.ndarray, codes: np.ndarray, depth: int, leaves: int, seed: int
) -> float | None:
    """Share right on unseen rows, five folds; labels with fewer than five rows make them fewer, and with one row only none."""
    from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict

    least = int(np.bincount(codes).min())
    if len(codes) < 10:
        return None
    folds = (
        StratifiedKFold(5, shuffle=True, random_state=seed)
        if least >= 5
        else KFold(5, shuffle=True, random_state=seed)
    )
    return float(
        (
            cross_val_predict(_tree(depth, leaves, len(codes), seed), matrix, codes, cv=folds)
            == codes
        ).mean()
    )


def _grown(
    matrix: np.ndarray,
    columns: list[_Column],
    codes: np.ndarray,
    names: np.ndarray,
    depth: int,
    leaves: int,
    seed: int,
) -> list[Rule]:
    tree = _tree(depth, leaves, len(codes), seed).fit(matrix, codes)
    inner = tree.tree_
    leaf_of = tree.apply(matrix)
    sizes = np.bincount(codes, minlength=len(names))
    rules: list[Rule] = []

    def walk(node: int, path: tuple[tuple[int, bool, float], ...]) -> None:
        if inner.children_left[node] < 0:
            inside = codes[leaf_of == node]
            shares = np.bincount(inside, minlength=len(names)) / np.maximum(sizes, 1)
            best = int(shares.argmax())
            hits = int((inside == best).sum())
            rules.append(
                Rule(
                    _merged(path, columns),
                    _plain(names[best]),
                    len(inside),
                    hits / len(inside),
                    hits / int(sizes[best]),
                )
            )
            return
        at, threshold = int(inner.feature[node]), float(inner.threshold[node])
        walk(inner.children_left[node], (*path, (at, False, threshold)))
        walk(inner.children_right[node], (*path, (at, True, threshold)))

    walk(0, ())
    return sorted(rules, key=lambda rule: -rule.coverage * rule.purity)


def _merged(
    path: tuple[tuple[int, bool, float], ...], columns: list[_Column]
) -> tuple[Condition, ...]:
    """A path from the root as few conditions: of several bounds on one feature the tightest, no "is not" beside an "is"."""
    bounds: dict[tuple[str, str], float] = {}
    levels: dict[str, dict[str, bool]] = {}
    for at, above, threshold in path:
        column = columns[at]
        if column.level is not None:
            levels.setdefault(column.feature, {})[column.level] = above
        elif above:
            key = (column.feature, "above")
            bounds[key] = max(bounds.get(key, -np.inf), threshold)
        else:
            key = (column.feature, "at_most")
            bounds[key] = min(bounds.get(key, np.inf), threshold)
    found = [Condition(feature, op, _short(value)) for (feature, op), value in bounds.items()]  # type: ignore[arg-type]
    for feature, seen in levels.items():
        sure = [level for level, yes in seen.items() if yes]
        if sure:
            found += [Condition(feature, "is" if level else "is_missing", level) for level in sure]
        else:
            found += [
                Condition(feature, "is_not" if level else "is_known", level) for level in seen
            ]
    return tuple(found)


def _short(value: float) -> float:
    """A threshold with four significant digits: it lies between two values of the data, where no more digits mean anything."""
    return float(f"{value:.4g}")


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def permutation_importance(
    predict: Callable[[pd.DataFrame], np.ndarray],
    table: pd.DataFrame,
    target: np.ndarray | pd.Series,
    score: Callable[[np.ndarray, np.ndarray], float],
    *,
    repeats: int = 5,
    rows: int = _ROWS,
    seed: int = 0,
) -> pd.DataFrame:
    """How much the score falls when one feature is shuffled (Breiman, Machine Learning 45, 2001).

    `predict` maps a table to predictions, `score(target, predictions)` is better when higher. Out: `feature`, `importance` (mean
    fall), `deviation` (over `repeats`), most important first. Of more than `rows` rows a sample is used.

    >>> table = pd.DataFrame({"a": range(50), "b": [0] * 50})
    >>> found = permutation_importance(lambda t: t["a"].to_numpy(), table, np.arange(50), lambda y, p: -float(abs(y - p).mean()))
    >>> found["feature"].tolist(), found["importance"].round().iloc[1]
    (['a', 'b'], np.float64(0.0))
    """
    rng = np.random.default_rng(seed)
    truth = np.asarray(target)
    if len(table) > rows:
        kept = np.sort(rng.choice(len(table), rows, replace=False))
        table, truth = table.iloc[kept], truth[kept]
    table = table.reset_index(drop=True)
    whole = score(truth, predict(table))
    found = []
    for name in table.columns:
        falls = [
            whole
            - score(
                truth,
                predict(
                    table.assign(**{name: table[name].take(rng.permutation(len(table))).to_numpy()})
                ),
            )
            for _ in range(repeats)
        ]
        found.append((name, float(np.mean(falls)), float(np.std(falls))))
    return pd.DataFrame(found, columns=["feature", "importance", "deviation"]).sort_values(
        "importance", ascending=False, kind="stable", ignore_index=True
    )


def effect_of(
    predict: Callable[[pd.DataFrame], np.ndarray],
    table: pd.DataFrame,
    feature: str,
    *,
    points: int = 20,
    rows: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """The mean prediction when everybody had the same value of one feature (partial dependence: Friedman, Annals of Statistics 29, 2001).

    Out: `value` (up to `points` quantiles of a number, or the most frequent categories), `prediction`, `rows` (how many have about
    that value). It says what the model does, not what would happen: correlated features are taken as independent.
    """
    if len(table) > rows:
        table = table.sample(rows, random_state=seed)
    column = table[feature]
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    known = column.dropna()
    if numeric:
        values = np.unique(
            np.quantile(
                known.to_numpy(dtype=float), np.linspace(0.02, 0.98, points), method="nearest"
            )
        )
        nearest = np.abs(known.to_numpy(dtype=float)[:, None] - values).argmin(axis=1)
        counts = np.bincount(nearest, minlength=len(values)).tolist()
        grid: list[Any] = values.tolist()
    else:
        frequent = known.value_counts()
        grid, counts = frequent.index[:points].tolist(), frequent.iloc[:points].tolist()
    means = [
        float(
            np.mean(
                predict(
                    table.assign(
                        **{
                            feature: pd.Series([value] * len(table), index=table.index).astype(
                                column.dtype if not numeric else float
                            )
                        }
                    )
                )
            )
        )
        for value in grid
    ]
    return pd.DataFrame({"value": grid, "prediction": means, "rows": counts})
