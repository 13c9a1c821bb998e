"""What customers are compared by: columns chosen, made into numbers, and the way back to words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.choosing import feature_choices
from crm_analysis.analyses.segments.options import DBSCANOptions, HDBSCANOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

__all__ = ["Encoding", "Feature", "encode"]


_MOST_LEVELS = 12
_SKEWED = 1.0
_BEYOND_SENSE = 1e100  # taken as missing, as infinity is: its square is no number any more


@dataclass(frozen=True)
class Feature:
    """One column as numbers: filled, put on a log scale, clipped, centred and spread; or the levels of a category."""

    name: str
    kind: Literal["number", "date", "flag", "category"]
    fill: float = 0.0
    log: bool = False
    low: float = -np.inf
    high: float = np.inf
    centre: float = 0.0
    spread: float = 1.0
    weight: float = 1.0
    levels: tuple[str, ...] = ()
    origin: str = ""


@dataclass(frozen=True)
class Encoding:
    """How a table of customers becomes points; the same for the customers it was made from and for new ones."""

    features: tuple[Feature, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns used."""
        return tuple(feature.name for feature in self.features)

    @property
    def columns(self) -> list[tuple[str, str | None]]:
        """A (feature, level) for each dimension of the points; level None for numbers."""
        return [
            (one.name, level)
            for one in self.features
            for level in (one.levels if one.kind == "category" else (None,))
        ]

    def transform(self, table: pd.DataFrame) -> np.ndarray:
        """The points, a row a customer. AnalysisError where a column is not in the table."""
        for one in self.features:
            if one.name not in table.columns:
                raise AnalysisError("segments.missing_feature", feature=one.name)
        points = np.empty((len(table), len(self.columns)))
        at = 0
        for one in self.features:
            if one.kind == "category":
                texts = _as_levels(table[one.name])
                for level in one.levels:
                    points[:, at] = (texts == level) * one.weight
                    at += 1
            else:
                points[:, at] = _scaled(_numbers(table[one.name], one), one)
                at += 1
        return points

    def readable(self, table: pd.DataFrame) -> pd.DataFrame:
        """The same columns in their own units: numbers filled in (dates as days before the latest), categories as text."""
        found = {
            one.name: _as_levels(table[one.name])
            if one.kind == "category"
            else np.nan_to_num(_numbers(table[one.name], one), nan=one.fill)
            for one in self.features
        }
        return pd.DataFrame(found, index=table.index)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "features": [
                {key: _plain(value) for key, value in asdict(one).items()} for one in self.features
            ]
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Encoding:
        """From `to_dict`'s output."""
        return cls(tuple(_feature_from(one) for one in values["features"]))


def _feature_from(values: Mapping[str, Any]) -> Feature:
    given = dict(values)
    given["low"] = -np.inf if given["low"] is None else given["low"]
    given["high"] = np.inf if given["high"] is None else given["high"]
    given["levels"] = tuple(given["levels"])
    return Feature(**given)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return list(value) if isinstance(value, tuple) else value


def _as_levels(column: pd.Series) -> np.ndarray:
    """Category values as text; what is missing is the level ''."""
    return column.astype("object").where(column.notna(), "").map(str).to_numpy(dtype=object)


def _numbers(column: pd.Series, one: Feature) -> np.ndarray:
    """A column as floats in its own units (dates: days before the latest), missing and beyond sense as NaN."""
    if one.kind == "date":
        dates = pd.to_datetime(column, errors="coerce")
        return (
            (pd.Timestamp(one.origin) - dates.dt.tz_localize(None)) / pd.Timedelta(days=1)
        ).to_numpy(dtype=float)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.abs(numbers) < _BEYOND_SENSE, numbers, np.nan)


def _scaled(numbers: np.ndarray, one: Feature) -> np.ndarray:
    values = np.nan_to_num(numbers, nan=one.fill)
    if one.log:
        values = np.sign(values) * np.log1p(np.abs(values))
    return (np.clip(values, one.low, one.high) - one.centre) / one.spread * one.weight


def encode(customers: pd.DataFrame, options: Any) -> tuple[Encoding, pd.DataFrame, list[Message]]:
    """The encoding that `options` ask for, the customers it can place, and what there is to say about both."""
    choices = feature_choices(customers).set_index("column")
    notes: list[Message] = []
    if options.features is None:
        names = [str(name) for name in choices.index[choices["proposed"]]]
        for reason, group in choices[~choices["proposed"]].groupby("reason", sort=True):
            if reason != "other":
                notes.append(
                    Message(
                        f"segments.note.left_out_{reason}",
                        {"columns": [str(name) for name in group.index[:8]], "count": len(group)},
                    )
                )
    else:
        names = list(dict.fromkeys(options.features))
        unknown = [name for name in names if name not in choices.index]
        if unknown:
            raise AnalysisError("segments.missing_feature", feature=unknown[0])
        flat = [name for name in names if choices.at[name, "reason"] == "constant"]
        if flat:
            notes.append(
                Message("segments.note.left_out_constant", {"columns": flat, "count": len(flat)})
            )
        names = [name for name in names if name not in flat]
    if options.categorical == "none":
        names = [name for name in names if choices.at[name, "kind"] not in ("category", "text")]
    if not names:
        if options.features is None and not choices["reason"].isin(["constant"]).any():
            raise AnalysisError("segments.no_features")
        raise AnalysisError("segments.nothing_differs")
    used = customers[customers[names].notna().any(axis=1)]
    if len(used) < len(customers):
        notes.append(Message("segments.note.all_missing", {"count": len(customers) - len(used)}))
    used = used.reset_index(drop=True)
    features: list[Feature] = []
    for name in names:
        features.append(_fit(used[name], name, str(choices.at[name, "kind"]), options, notes))
    _say_steps(features, notes)
    return Encoding(tuple(features)), used, notes


def _fit(column: pd.Series, name: str, kind: str, options: Any, notes: list[Message]) -> Feature:
    missing = int(column.isna().sum())
    if kind in ("category", "text"):
        counts = pd.Series(_as_levels(column)).value_counts()
        levels = tuple(sorted(str(level) for level in counts.index[:_MOST_LEVELS]))
        if len(counts) > _MOST_LEVELS:
            notes.append(
                Message(
                    "segments.note.levels",
                    {"column": name, "kept": _MOST_LEVELS, "count": len(counts)},
                )
            )
        if missing:
            notes.append(Message("segments.note.missing_level", {"column": name, "count": missing}))
        return Feature(
            name,
            "category",
            weight=np.sqrt(0.5)
            if options.categorical == "gower" or options.scale == "minmax"
            else 1.0,
            levels=levels,
        )
    if kind == "flag":
        return _fit_flag(column, name, options, missing, notes)
    origin = ""
    if kind == "date":
        dates = pd.to_datetime(column, errors="coerce").dt.tz_localize(None)
        origin = dates.max().isoformat()
    blank = Feature(name, "date" if kind == "date" else "number", origin=origin)
    numbers = _numbers(column, blank)
    known = numbers[np.isfinite(numbers)]
    if known.size == 0:
        raise AnalysisError("segments.not_numbers", feature=name)
    fill = float(np.median(known))
    if known.size < numbers.size:
        notes.append(
            Message(
                "segments.note.imputed",
                {"column": name, "count": int(numbers.size - known.size), "value": fill},
            )
        )
    log = _wants_log(known, options) if kind == "number" else False
    values = np.sign(known) * np.log1p(np.abs(known)) if log else known
    low, high = _fences(values) if _clips(options) else (-np.inf, np.inf)
    beyond = int(((values < low) | (values > high)).sum())
    if beyond:
        notes.append(Message("segments.note.clipped", {"column": name, "count": beyond}))
    centre, spread = _measure(
        np.clip(values, low, high), "minmax" if options.categorical == "gower" else options.scale
    )
    return Feature(name, blank.kind, fill, log, low, high, centre, spread, origin=origin)


def _fit_flag(
    column: pd.Series, name: str, options: Any, missing: int, notes: list[Message]
) -> Feature:
    """Two values. A difference weighs as much as one between two categories, so that a rare flag does not rule the distances."""
    numbers = _numbers(column, Feature(name, "flag"))
    known = numbers[np.isfinite(numbers)]
    fill = float(np.sort(known)[known.size // 2])
    if missing:
        notes.append(
            Message("segments.note.imputed", {"column": name, "count": missing, "value": fill})
        )
    if options.scale == "none":
        return Feature(name, "flag", fill)
    weight = (
        1.0 if options.categorical == "gower" or options.scale == "minmax" else float(np.sqrt(2))
    )
    return Feature(
        name,
        "flag",
        fill,
        centre=float(known.min()),
        spread=float(np.ptp(known)) or 1.0,
        weight=weight,
    )


def _wants_log(known: np.ndarray, options: Any) -> bool:
    if options.log is not None:
        return bool(options.log)
    if options.scale == "none" or np.unique(known[:5000]).size < 3 or known.std() == 0:
        return False
    return bool(
        _skew(known) > _SKEWED
        and abs(_skew(np.sign(known) * np.log1p(np.abs(known)))) < _skew(known)
    )


def _skew(values: np.ndarray) -> float:
    centred = values - values.mean()
    squares = centred * centred
    return float((squares * centred).mean() / squares.mean() ** 1.5) if squares.any() else 0.0


def _clips(options: Any) -> bool:
    if options.outliers is not None:
        return options.outliers == "clip"
    return options.scale != "none" and not isinstance(options, DBSCANOptions | HDBSCANOptions)


def _fences(values: np.ndarray) -> tuple[float, float]:
    """Tukey's outer fences, three interquartile ranges beyond the quartiles; none where half of the values are the same."""
    first, third = np.quantile(values, [0.25, 0.75])
    if third <= first:
        return -np.inf, np.inf
    return float(first - 3 * (third - first)), float(third + 3 * (third - first))


def _measure(values: np.ndarray, scale: str) -> tuple[float, float]:
    """The centre and the spread that scaling takes off and divides by."""
    if scale == "none":
        return 0.0, 1.0
    if scale == "minmax":
        return float(values.min()), float(np.ptp(values)) or 1.0
    if scale == "robust":
        first, middle, third = np.quantile(values, [0.25, 0.5, 0.75])
        return float(middle), float(third - first) or float(values.std()) or 1.0
    return float(values.mean()), float(values.std()) or 1.0


def _say_steps(features: list[Feature], notes: list[Message]) -> None:
    logged = [one.name for one in features if one.log]
    if logged:
        notes.append(Message("segments.note.log", {"columns": logged, "count": len(logged)}))
    dated = [one.name for one in features if one.kind == "date"]
    if dated:
        notes.append(Message("segments.note.dates", {"columns": dated, "count": len(dated)}))
