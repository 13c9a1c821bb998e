"""What customers are compared by: columns chosen, filled, logged, clipped and scaled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.choices import feature_choices
from crm_analysis.analyses.segments.encoding import (
    CustomerEncoding,
    EncodedColumn,
    levels_of,
    logged,
)
from crm_analysis.analyses.segments.options import FeatureOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.days import plausible_dates

_LEVELS = 12
_SKEWED = 1.0
_LISTED = 8  # columns that a note names


def encode(
    customers: pd.DataFrame, options: FeatureOptions
) -> tuple[CustomerEncoding, pd.DataFrame, list[Message]]:
    """The encoding that `options` ask for, the customers it can place, and what there is to say."""
    choices = feature_choices(customers).set_index("column")
    names, notes = _chosen(choices, options)
    used = customers[customers[names].notna().any(axis=1)]
    if len(used) < len(customers):
        notes.append(
            Message(
                "segments.note.all_missing",
                {"count": len(customers) - len(used)},
            )
        )
    used = used.reset_index(drop=True)
    columns = []
    for name in names:
        fit = _FITS[str(choices.at[name, "kind"])]
        columns.append(fit(used[name], name, options, notes))
    for reason, listed in (
        ("log", [column.name for column in columns if column.log]),
        ("dates", [column.name for column in columns if column.kind == "date"]),
    ):
        if listed:
            details = {"columns": listed, "count": len(listed)}
            notes.append(Message(f"segments.note.{reason}", details))
    return CustomerEncoding(tuple(columns)), used, notes


def _chosen(
    choices: pd.DataFrame, options: FeatureOptions
) -> tuple[list[str], list[Message]]:
    """The columns asked for, or those proposed, and why others are not used."""
    if options.features is None:
        names = [str(name) for name in choices.index[choices["proposed"]]]
        left_out = choices[~choices["proposed"] & (choices["reason"] != "other")]
    else:
        names = list(dict.fromkeys(options.features))
        for name in names:
            if name not in choices.index:
                raise AnalysisError("segments.missing_feature", feature=name)
        asked = choices.loc[names]
        left_out = asked[asked["reason"].isin(["constant", "empty"])]
        names = [name for name in names if name not in left_out.index]
    notes = []
    for reason, group in left_out.groupby("reason", sort=True):
        details = {
            "columns": [str(name) for name in group.index[:_LISTED]],
            "count": len(group),
        }
        notes.append(Message(f"segments.note.left_out_{reason}", details))
    if options.categorical == "none":
        names = [
            name
            for name in names
            if choices.at[name, "kind"] not in ("category", "text")
        ]
    if names:
        return names, notes
    flat = choices["reason"].isin(["constant", "empty"]).any()
    nothing = (
        "nothing_differs" if options.features is not None or flat else "no_features"
    )
    raise AnalysisError(f"segments.{nothing}")


def _fit_category(
    column: pd.Series, name: str, options: FeatureOptions, notes: list[Message]
) -> EncodedColumn:
    counts = pd.Series(levels_of(column)).value_counts()
    missing = int(column.isna().sum())
    if len(counts) > _LEVELS:
        details = {"column": name, "kept": _LEVELS, "count": len(counts)}
        notes.append(Message("segments.note.levels", details))
    if missing:
        details = {"column": name, "count": missing}
        notes.append(Message("segments.note.missing_level", details))
    levels = tuple(sorted(str(level) for level in counts.index[:_LEVELS]))
    weight = np.sqrt(0.5) if _by_range(options) else 1.0
    return EncodedColumn(name, "category", weight=weight, levels=levels)


def _fit_flag(
    column: pd.Series, name: str, options: FeatureOptions, notes: list[Message]
) -> EncodedColumn:
    """A difference weighs as much as one between categories, lest a rare flag rule distances."""
    numbers = EncodedColumn(name, "flag").numbers(column)
    known = numbers[np.isfinite(numbers)]
    fill = float(np.sort(known)[known.size // 2])
    _note_filled(name, int(column.isna().sum()), fill, notes)
    if options.scale == "none":
        return EncodedColumn(name, "flag", fill)
    weight = 1.0 if _by_range(options) else float(np.sqrt(2))
    spread = float(np.ptp(known)) or 1.0
    return EncodedColumn(
        name, "flag", fill, centre=float(known.min()), spread=spread, weight=weight
    )


def _fit_date(
    column: pd.Series, name: str, options: FeatureOptions, notes: list[Message]
) -> EncodedColumn:
    dates = plausible_dates(column)
    blank = EncodedColumn(name, "date", origin=dates.max().isoformat())
    return _fit_scale(blank, blank.numbers(column), options, notes)


def _fit_number(
    column: pd.Series, name: str, options: FeatureOptions, notes: list[Message]
) -> EncodedColumn:
    numbers = EncodedColumn(name, "number").numbers(column)
    known = numbers[np.isfinite(numbers)]
    log = known.size > 0 and _wants_log(known, options)
    return _fit_scale(EncodedColumn(name, "number", log=log), numbers, options, notes)


_FITS = {
    "category": _fit_category,
    "text": _fit_category,
    "flag": _fit_flag,
    "date": _fit_date,
    "number": _fit_number,
}


def _fit_scale(
    blank: EncodedColumn,
    numbers: np.ndarray,
    options: FeatureOptions,
    notes: list[Message],
) -> EncodedColumn:
    """The same column with what fills, clips, centres and spreads its numbers."""
    name = blank.name
    known = numbers[np.isfinite(numbers)]
    if known.size == 0:
        raise AnalysisError("segments.not_numbers", feature=name)
    fill = float(np.median(known))
    _note_filled(name, int(numbers.size - known.size), fill, notes)
    values = logged(known) if blank.log else known
    low, high = _fences(values) if options.clips else (-np.inf, np.inf)
    beyond = int(((values < low) | (values > high)).sum())
    if beyond:
        notes.append(
            Message("segments.note.clipped", {"column": name, "count": beyond})
        )
    scale = "minmax" if options.categorical == "gower" else options.scale
    centre, spread = _centre_and_spread(np.clip(values, low, high), scale)
    return EncodedColumn(
        name=name,
        kind=blank.kind,
        fill=fill,
        log=blank.log,
        low=low,
        high=high,
        centre=centre,
        spread=spread,
        origin=blank.origin,
    )


def _note_filled(name: str, missing: int, fill: float, notes: list[Message]) -> None:
    if missing:
        details = {"column": name, "count": missing, "value": fill}
        notes.append(Message("segments.note.imputed", details))


def _by_range(options: FeatureOptions) -> bool:
    """Whether numbers are compared by the range they have, as Gower's distance does."""
    return options.categorical == "gower" or options.scale == "minmax"


def _wants_log(known: np.ndarray, options: FeatureOptions) -> bool:
    if options.log is not None:
        return options.log
    if options.scale == "none" or np.unique(known[:5000]).size < 3 or known.std() == 0:
        return False
    skew = _skew(known)
    return skew > _SKEWED and abs(_skew(logged(known))) < skew


def _skew(values: np.ndarray) -> float:
    centred = values - values.mean()
    squares = centred * centred
    return (
        float((squares * centred).mean() / squares.mean() ** 1.5)
        if squares.any()
        else 0.0
    )


def _fences(values: np.ndarray) -> tuple[float, float]:
    """Tukey's outer fences, three interquartile ranges beyond the quartiles.

    None where half of the values are the same.
    """
    first, third = np.quantile(values, [0.25, 0.75])
    if third <= first:
        return -np.inf, np.inf
    reach = 3 * (third - first)
    return float(first - reach), float(third + reach)


def _centre_and_spread(values: np.ndarray, scale: str) -> tuple[float, float]:
    """What scaling takes off, and what it divides by."""
    if scale == "none":
        return 0.0, 1.0
    if scale == "minmax":
        return float(values.min()), float(np.ptp(values)) or 1.0
    if scale == "robust":
        first, middle, third = np.quantile(values, [0.25, 0.5, 0.75])
        return float(middle), float(third - first) or float(values.std()) or 1.0
    return float(values.mean()), float(values.std()) or 1.0
