"""What customers are compared by: columns chosen, filled, logged, clipped and scaled.

When nobody says: RFM of buyers, else what describes them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import customer_features
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
RFM = ("recency", "frequency", "monetary")
_MAXIMUM = 40  # features are enough for a start


def feature_choices(customers: pd.DataFrame) -> pd.DataFrame:
    """Each column but the customer, and whether it is compared unless asked otherwise.

    Returns
    -------
    pandas.DataFrame
        As `customer_features` has it (column, kind, proposed, reason), and two reasons more:
        other (the customers of orders are compared by recency, frequency and monetary), many
        (forty columns come before it).

    Examples
    --------
    >>> buyers = pd.DataFrame({"customer": ["A", "B"], "recency": [3, 90], "frequency": [7, 1]})
    >>> feature_choices(buyers.assign(age=[30, 40]))
          column    kind  proposed reason
    0    recency    flag      True
    1  frequency    flag      True
    2        age    flag     False  other
    """
    rfm = rfm_columns(customers)
    choices = customer_features(
        customers, gaps_filled=True, drop_repetitions=not rfm
    )
    if rfm:
        other = choices["proposed"] & ~choices["column"].isin(rfm)
        choices.loc[other, "reason"] = "other"
    choices.loc[choices.index[choices["reason"] == ""][_MAXIMUM:], "reason"] = (
        "many"
    )
    choices["proposed"] = choices["reason"] == ""
    return choices


def rfm_columns(customers: pd.DataFrame) -> list[str]:
    """Recency, frequency and, where there is money, monetary; none where no orders are known.

    >>> rfm_columns(pd.DataFrame({"customer": ["A"], "recency": [3], "frequency": [7]}))
    ['recency', 'frequency']
    """
    numeric = [
        column
        for column in RFM
        if column in customers.columns
        and pd.api.types.is_numeric_dtype(customers[column])
    ]
    return numeric if {"recency", "frequency"} <= set(numeric) else []


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
            notes.append(
                Message(
                    f"segments.note.{reason}",
                    {"columns": listed, "count": len(listed)},
                )
            )
    return CustomerEncoding(tuple(columns)), used, notes


def _chosen(
    choices: pd.DataFrame, options: FeatureOptions
) -> tuple[list[str], list[Message]]:
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
    notes = [
        Message(
            f"segments.note.left_out_{reason}",
            {
                "columns": [str(name) for name in group.index[:_LISTED]],
                "count": len(group),
            },
        )
        for reason, group in left_out.groupby("reason", sort=True)
    ]
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
    return EncodedColumn(
        name,
        "flag",
        fill,
        centre=float(known.min()),
        spread=float(np.ptp(known)) or 1.0,
        weight=weight,
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
    return _fit_scale(
        EncodedColumn(
            name, "number", log=known.size > 0 and _wants_log(known, options)
        ),
        numbers,
        options,
        notes,
    )


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


def _note_filled(
    name: str, missing: int, fill: float, notes: list[Message]
) -> None:
    if missing:
        notes.append(
            Message(
                "segments.note.imputed",
                {"column": name, "count": missing, "value": fill},
            )
        )


def _by_range(options: FeatureOptions) -> bool:
    return options.categorical == "gower" or options.scale == "minmax"


def _wants_log(known: np.ndarray, options: FeatureOptions) -> bool:
    if options.log is not None:
        return options.log
    if (
        options.scale == "none"
        or np.unique(known[:5000]).size < 3
        or known.std() == 0
    ):
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
    if scale == "none":
        return 0.0, 1.0
    if scale == "minmax":
        return float(values.min()), float(np.ptp(values)) or 1.0
    if scale == "robust":
        first, middle, third = np.quantile(values, [0.25, 0.5, 0.75])
        return float(middle), float(third - first) or float(values.std()) or 1.0
    return float(values.mean()), float(values.std()) or 1.0
