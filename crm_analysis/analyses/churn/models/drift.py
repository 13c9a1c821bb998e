"""Whether the customers a model is applied to are still like those it learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.messages import Message

SHIFTED, DIFFERENT = 0.1, 0.25
_COLUMNS = (
    "feature",
    "kind",
    "index",
    "noise",
    "level",
    "test",
    "statistic",
    "p",
    "missing_before",
    "missing_now",
    "unseen",
)
_BINS = 10
_MAXIMUM_LEVELS = 20
_TESTED_ROWS = 50_000

Level = Literal["stable", "shifted", "different"]


@dataclass(frozen=True, eq=False)
class Drift:
    """How far a new table is from the training data, feature by feature.

    - `features`: a row a feature, most drifted first.
        - `feature`, `kind` : name, "number" or "category"
        - `index` : population stability index
        - `noise` : what it would stay below 19 times of 20 if nothing had changed
        - `level` : "stable", "shifted" or "different"
        - `test`, `statistic`, `p` : "ks" or "chi2" with its result
        - `missing_before`, `missing_now` : shares without a value
        - `unseen` : rows with a category the model has not seen, or a number outside what it saw
    - `score`: the same row for the risk itself, or None.
    - `missing`: columns the model uses that the new table lacks.
    - `extra`: columns it has that the model does not use.
    - `unseen`: categories never seen.
        - `feature`, `value` : name, category
        - `rows` : count
    - `notes`: what to say of it.
    """

    features: pd.DataFrame
    score: dict[str, Any] | None
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    unseen: pd.DataFrame
    notes: tuple[Message, ...]

    @property
    def level(self) -> Level:
        """The plain word for the whole: that of the score, else the worst of any feature."""
        levels = (
            {self.score["level"]} if self.score else set(self.features["level"])
        )
        if "different" in levels or self.missing:
            return "different"
        return "shifted" if "shifted" in levels else "stable"

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: features, shifted, different, missing, unseen (rows), score_index."""
        counts = self.features["level"].value_counts()
        return {
            "features": float(len(self.features)),
            "shifted": float(counts.get("shifted", 0)),
            "different": float(counts.get("different", 0)),
            "missing": float(len(self.missing)),
            "unseen": float(self.unseen["rows"].sum()),
            "score_index": self.score["index"] if self.score else None,
        }


def stability_index(before: np.ndarray, now: np.ndarray) -> float:
    """The population stability index of two rows of counts: Σ (q − p)·ln(q / p) over their shares.

    Half a row is added to each cell so that an empty one does not make it infinite (Siddiqi, Credit
    Risk Scorecards, 2006; it is the symmetric Kullback-Leibler divergence).

    >>> round(stability_index(np.array([500, 500]), np.array([500, 500])), 6)
    0.0
    >>> round(stability_index(np.array([5e5, 5e5]), np.array([6e5, 4e5])), 4)
    0.0405
    """
    p, q = (np.asarray(counts, dtype=float) + 0.5 for counts in (before, now))
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())


def drift(
    training: pd.DataFrame,
    new: pd.DataFrame,
    *,
    risk_before: np.ndarray | None = None,
    risk_now: np.ndarray | None = None,
    seed: int = 0,
) -> Drift:
    """Compare a new table with the one a model was trained on, whatever the order of columns.

    Numbers are cut at the deciles of the training data, of categories the 20 most frequent are told
    apart, missing values are a cell of their own. Below .1 the index is called stable, up to .25
    shifted, above different; but in small tables chance alone makes it large, so nothing below
    `noise`, the 95 % point of (1/n + 1/m)·χ² (Yurdakul, Western Michigan University 2018), is
    called more than stable. The test (Kolmogorov-Smirnov or χ²) is a support only: in large tables
    it finds differences that do not matter.

    Parameters
    ----------
    training
        The features as the model saw them.
    new
        The table it is applied to.
    risk_before, risk_now
        The risks (0 to 1) of both, where the risks are to be compared too.
    seed
        Of the sample that large tables are tested on.

    Returns
    -------
    Drift
        `.features`, a row a feature, most drifted first; the `.score` of the risk itself; columns
        `.missing` and `.extra`; categories `.unseen`.

    Examples
    --------
    >>> before = pd.DataFrame({"plan": ["a", "b"] * 500, "age": range(1000)})
    >>> now = pd.DataFrame({"age": range(1000), "plan": ["a"] * 900 + ["c"] * 100})
    >>> drift(before, now).features[["feature", "level", "unseen"]].to_dict("list")
    {'feature': ['plan', 'age'], 'level': ['different', 'stable'], 'unseen': [100, 0]}
    """
    rng = np.random.default_rng(seed)
    compared, unseen_values = [], []
    for name in training.columns:
        if name in new.columns:
            cells = _cells(training[name], new[name], rng)
            compared.append({"feature": str(name), **_comparison(cells)})
            unseen_values += [
                (str(name), str(value), int(count))
                for value, count in cells.unseen_values.items()
            ]
    most_first: Any = {"ascending": False, "kind": "stable", "ignore_index": True}
    features = pd.DataFrame(compared, columns=list(_COLUMNS))
    features = features.sort_values("index", **most_first)
    unseen = pd.DataFrame(unseen_values, columns=["feature", "value", "rows"])
    unseen = unseen.sort_values("rows", **most_first)
    score = None
    if risk_before is not None and risk_now is not None:
        before, now = (
            pd.Series(risk, dtype=float) for risk in (risk_before, risk_now)
        )
        score = {"feature": "risk", **_comparison(_cells(before, now, rng))}
    missing = tuple(
        str(name) for name in training.columns if name not in new.columns
    )
    return Drift(
        features,
        score,
        missing,
        tuple(str(name) for name in new.columns if name not in training.columns),
        unseen,
        _notes(features, score, missing, unseen),
    )


@dataclass(frozen=True, eq=False)
class _Cells:
    """Rows a cell, before and now, the missing last; and the test of whether they differ."""

    before: np.ndarray
    now: np.ndarray
    test: Literal["ks", "chi2"]
    statistic: float
    p: float
    unseen: int
    unseen_values: pd.Series


def _cells(before: pd.Series, now: pd.Series, rng: np.random.Generator) -> _Cells:
    if pd.api.types.is_numeric_dtype(before) and not pd.api.types.is_bool_dtype(
        before
    ):
        return _number_cells(before, now, rng)
    return _category_cells(before, now)


def _comparison(cells: _Cells) -> dict[str, Any]:
    from scipy.stats import chi2

    used = (cells.before + cells.now) > 0
    rows_before, rows_now = int(cells.before.sum()), int(cells.now.sum())
    index = 0.0
    if used.sum() > 1 and rows_before and rows_now:
        index = stability_index(cells.before[used], cells.now[used])
    freedom = max(int(used.sum()) - 1, 1)
    noise = float(
        chi2.ppf(0.95, freedom) * (1 / max(rows_before, 1) + 1 / max(rows_now, 1))
    )
    level: Level = "different"
    if index < max(SHIFTED, noise):
        level = "stable"
    elif index <= DIFFERENT:
        level = "shifted"
    return {
        "kind": "number" if cells.test == "ks" else "category",
        "index": index,
        "noise": noise,
        "level": level,
        "test": cells.test,
        "statistic": cells.statistic,
        "p": cells.p,
        "missing_before": float(cells.before[-1] / max(rows_before, 1)),
        "missing_now": float(cells.now[-1] / max(rows_now, 1)),
        "unseen": cells.unseen,
    }


def _number_cells(
    before: pd.Series, now: pd.Series, rng: np.random.Generator
) -> _Cells:
    from scipy.stats import ks_2samp

    old = before.to_numpy(dtype=float, na_value=np.nan)
    new = pd.to_numeric(now, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    old_known, new_known = old[np.isfinite(old)], new[np.isfinite(new)]
    edges = np.array([])
    if len(old_known):
        edges = np.unique(
            np.quantile(old_known, np.linspace(0, 1, _BINS + 1)[1:-1])
        )
    counts = []
    for values, known in ((old, old_known), (new, new_known)):
        bins = np.bincount(
            np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1
        )
        counts.append(np.append(bins, len(values) - len(known)))
    statistic = p = np.nan
    outside = len(new_known)
    if len(old_known):
        inside = (new_known >= old_known.min()) & (new_known <= old_known.max())
        outside = int((~inside).sum())
    if len(old_known) and len(new_known):
        test = ks_2samp(
            _sample(old_known, rng), _sample(new_known, rng), method="asymp"
        )
        statistic, p = float(test.statistic), float(test.pvalue)
    return _Cells(
        counts[0], counts[1], "ks", statistic, p, outside, pd.Series(dtype="int64")
    )


def _sample(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if len(values) <= _TESTED_ROWS:
        return values
    return rng.choice(values, _TESTED_ROWS, replace=False)


def _category_cells(before: pd.Series, now: pd.Series) -> _Cells:
    from scipy.stats import chi2_contingency

    old, new = _tally(before), _tally(now)
    levels = old.index[:_MAXIMUM_LEVELS]
    counts = []
    for column, tally in ((before, old), (now, new)):
        frequent = tally.reindex(levels, fill_value=0).to_numpy()
        rest, missing = tally.sum() - frequent.sum(), len(column) - tally.sum()
        counts.append(np.append(frequent, [rest, missing]))
    both = np.array(counts)[:, np.sum(counts, axis=0) > 0]
    statistic = p = np.nan
    if both.shape[1] > 1 and (both.sum(axis=1) > 0).all():
        test = chi2_contingency(both, correction=False)
        statistic, p = float(test.statistic), float(test.pvalue)
    unseen = new[~new.index.isin(old.index)]
    return _Cells(
        counts[0], counts[1], "chi2", statistic, p, int(unseen.sum()), unseen
    )


def _tally(column: pd.Series) -> pd.Series:
    """How often each value occurs, as text, the most frequent first; missing ones do not count."""
    counts = column.value_counts()
    counts = counts[counts > 0]
    counts = pd.Series(
        counts.to_numpy(dtype="int64"),
        index=[str(value) for value in counts.index],
    )
    tally = counts.groupby(level=0, sort=False).sum()
    return tally.sort_values(ascending=False, kind="stable")


def _notes(
    features: pd.DataFrame,
    score: dict[str, Any] | None,
    missing: tuple[str, ...],
    unseen: pd.DataFrame,
) -> tuple[Message, ...]:
    facts: dict[str, dict[str, Any]] = {}
    if missing:
        facts["missing"] = {"columns": list(missing)}
    if score:
        facts[f"score_{score['level']}"] = {"index": score["index"]}
    for level in ("different", "shifted"):
        names = features.loc[features["level"] == level, "feature"].tolist()
        if names:
            facts[level] = {"features": names, "count": len(names)}
    if len(unseen):
        facts["unseen"] = {
            "count": int(unseen["rows"].sum()),
            "values": unseen["value"].head(5).tolist(),
        }
    return tuple(
        Message(f"retention.drift.{key}", details) for key, details in facts.items()
    )
