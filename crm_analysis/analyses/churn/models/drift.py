"""Whether the customers a model is applied to are still like those it learned from: the population stability index and its kin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.messages import Message

__all__ = ["DIFFERENT", "SHIFTED", "Drift", "drift", "stability_index"]


SHIFTED = 0.1
DIFFERENT = 0.25
SCORE = "risk"
_BINS = 10
_MOST_LEVELS = 20
_ROWS = 50_000


@dataclass(frozen=True, eq=False)
class Drift:
    """How far a new table is from the training data, feature by feature.

    `features`: feature, kind ("number" or "category"), index (population stability index), noise (what it would stay below 19 times of
    20 if nothing had changed), level ("stable", "shifted", "different"), test ("ks" or "chi2"), statistic, p, missing_before,
    missing_now (shares), unseen (rows with a category the model has not seen, or a number outside what it saw), most drifted first.
    `score`: the same row for the risk itself, or None. `missing`: columns the model uses that the new table lacks. `extra`: columns
    it has that the model does not use. `unseen`: feature, value, rows. `notes`: (key, details).
    """

    features: pd.DataFrame
    score: dict[str, Any] | None
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    unseen: pd.DataFrame
    notes: tuple[Message, ...]

    @property
    def level(self) -> str:
        """The plain word for the whole: "different" or "shifted" as the score is, or where the score is not known as any feature is."""
        levels = {self.score["level"]} if self.score else set(self.features["level"])
        return (
            "different"
            if "different" in levels or self.missing
            else "shifted"
            if "shifted" in levels
            else "stable"
        )

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: features, shifted, different, missing, unseen (rows), score_index, mean risk before and now are the caller's."""
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
    """The population stability index of two rows of counts: Σ (q − p)·ln(q / p) over their shares, half a row added to each cell so that
    an empty one does not make it infinite (Siddiqi, Credit Risk Scorecards, 2006; it is the symmetric Kullback-Leibler divergence).

    >>> round(stability_index(np.array([500, 500]), np.array([500, 500])), 6), round(stability_index(np.array([5e5, 5e5]), np.array([6e5, 4e5])), 4)
    (0.0, 0.0405)
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
    """Compare a new table with the one a model was trained on; the order of columns does not matter.

    `training`: the features as the model saw them; `new`: the table it is applied to. Numbers are cut at the deciles of the training
    data, of categories the 20 most frequent are told apart, missing values are a cell of their own. Below .1 the index is called
    stable, up to .25 shifted, above different; but in small tables chance alone makes it large, so nothing below `noise`, the 95 %
    point of (1/n + 1/m)·χ² (Yurdakul, Western Michigan University 2018), is called more than stable. The test (Kolmogorov-Smirnov or χ²)
    is a support only: in large tables it finds differences that do not matter.

    >>> before = pd.DataFrame({"plan": ["a", "b"] * 500, "age": range(1000)})
    >>> found = drift(before, pd.DataFrame({"age": range(1000), "plan": ["a"] * 900 + ["c"] * 100}))
    >>> found.features[["feature", "level", "unseen"]].to_dict("list")
    {'feature': ['plan', 'age'], 'level': ['different', 'stable'], 'unseen': [100, 0]}
    """
    rng = np.random.default_rng(seed)
    shared = [name for name in training.columns if name in new.columns]
    rows, strangers = [], []
    for name in shared:
        row, unknown = _compare(training[name], new[name], rng)
        rows.append({"feature": str(name), **row})
        strangers += [(str(name), str(value), int(count)) for value, count in unknown.items()]
    columns = [
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
    ]
    features = pd.DataFrame(rows, columns=columns).sort_values(
        "index", ascending=False, kind="stable", ignore_index=True
    )
    unseen = pd.DataFrame(strangers, columns=["feature", "value", "rows"]).sort_values(
        "rows", ascending=False, kind="stable", ignore_index=True
    )
    score = None
    if risk_before is not None and risk_now is not None:
        score = {
            "feature": SCORE,
            **_compare(pd.Series(risk_before, dtype=float), pd.Series(risk_now, dtype=float), rng)[
                0
            ],
        }
    missing = tuple(str(name) for name in training.columns if name not in new.columns)
    extra = tuple(str(name) for name in new.columns if name not in training.columns)
    return Drift(features, score, missing, extra, unseen, _notes(features, score, missing, unseen))


def _compare(
    before: pd.Series, now: pd.Series, rng: np.random.Generator
) -> tuple[dict[str, Any], pd.Series]:
    if pd.api.types.is_numeric_dtype(before) and not pd.api.types.is_bool_dtype(before):
        return _numbers(before, now, rng)
    return _categories(before, now)


def _numbers(
    before: pd.Series, now: pd.Series, rng: np.random.Generator
) -> tuple[dict[str, Any], pd.Series]:
    from scipy.stats import ks_2samp

    old = before.to_numpy(dtype=float, na_value=np.nan)
    new = pd.to_numeric(now, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    known, seen = old[np.isfinite(old)], new[np.isfinite(new)]
    edges = (
        np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
        if len(known)
        else np.array([])
    )
    counts = [
        np.append(
            np.bincount(np.searchsorted(edges, part, side="left"), minlength=len(edges) + 1), 0
        )
        for part in (known, seen)
    ]
    counts[0][-1], counts[1][-1] = len(old) - len(known), len(new) - len(seen)
    statistic = p = np.nan
    if len(known) and len(seen):
        test = ks_2samp(_sample(known, rng), _sample(seen, rng), method="asymp")
        statistic, p = float(test.statistic), float(test.pvalue)
    outside = int(((seen < known.min()) | (seen > known.max())).sum()) if len(known) else len(seen)
    return {"kind": "number", **_row(counts[0], counts[1], "ks", statistic, p, outside)}, pd.Series(
        dtype="int64"
    )


def _sample(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values if len(values) <= _ROWS else rng.choice(values, _ROWS, replace=False)


def _categories(before: pd.Series, now: pd.Series) -> tuple[dict[str, Any], pd.Series]:
    from scipy.stats import chi2_contingency

    frequency, latest = _tally(before), _tally(now)
    known = frequency.index[:_MOST_LEVELS]
    unknown = latest[~latest.index.isin(frequency.index)]
    counts = []
    for column, tally in ((before, frequency), (now, latest)):
        levels = tally.reindex(known, fill_value=0).to_numpy()
        counts.append(np.append(levels, [tally.sum() - levels.sum(), len(column) - tally.sum()]))
    both = np.array(counts)[:, np.sum(counts, axis=0) > 0]
    statistic = p = np.nan
    if both.shape[1] > 1 and (both.sum(axis=1) > 0).all():
        test = chi2_contingency(both, correction=False)
        statistic, p = float(test.statistic), float(test.pvalue)
    return {
        "kind": "category",
        **_row(counts[0], counts[1], "chi2", statistic, p, int(unknown.sum())),
    }, unknown


def _tally(column: pd.Series) -> pd.Series:
    """How often each value occurs, as text, the most frequent first; missing ones are not counted."""
    found: dict[str, int] = {}
    counts = column.value_counts()
    for value, count in zip(counts.index, counts.to_numpy(), strict=True):
        if count:
            found[str(value)] = found.get(str(value), 0) + int(count)
    return pd.Series(found, dtype="int64").sort_values(ascending=False, kind="stable")


def _row(
    before: np.ndarray, now: np.ndarray, test: str, statistic: float, p: float, unseen: int
) -> dict[str, Any]:
    from scipy.stats import chi2

    used = (before + now) > 0  # the last cell holds the missing
    index = (
        stability_index(before[used], now[used])
        if used.sum() > 1 and before.sum() and now.sum()
        else 0.0
    )
    total = before.sum(), now.sum()
    noise = float(
        chi2.ppf(0.95, max(int(used.sum()) - 1, 1)) * (1 / max(total[0], 1) + 1 / max(total[1], 1))
    )
    level = (
        "stable"
        if index < max(SHIFTED, noise)
        else "shifted"
        if index <= DIFFERENT
        else "different"
    )
    return {
        "index": index,
        "noise": noise,
        "level": level,
        "test": test,
        "statistic": statistic,
        "p": p,
        "missing_before": float(before[-1] / max(total[0], 1)),
        "missing_now": float(now[-1] / max(total[1], 1)),
        "unseen": unseen,
    }


def _notes(
    features: pd.DataFrame,
    score: dict[str, Any] | None,
    missing: tuple[str, ...],
    unseen: pd.DataFrame,
) -> tuple[Message, ...]:
    notes: list[Message] = []
    if missing:
        notes.append(Message("retention.drift.missing", {"columns": list(missing)}))
    if score:
        notes.append(Message(f"retention.drift.score_{score['level']}", {"index": score["index"]}))
    for level in ("different", "shifted"):
        names = features.loc[features["level"] == level, "feature"].tolist()
        if names:
            notes.append(
                Message(f"retention.drift.{level}", {"features": names, "count": len(names)})
            )
    if len(unseen):
        notes.append(
            Message(
                "retention.drift.unseen",
                {"count": int(unseen["rows"].sum()), "values": unseen["value"].head(5).tolist()},
            )
        )
    return tuple(notes)
