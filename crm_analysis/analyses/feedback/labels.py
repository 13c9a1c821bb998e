"""What customers or people said is good or bad: labels, stars, and a card to label by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

NEGATIVE, POSITIVE = "negative", "positive"

_BAD = {
    "negative",
    "neg",
    "bad",
    "0",
    "0.0",
    "-1",
    "-1.0",
    "false",
    "差评",
    "负面",
    "消极",
    "负",
    "差",
}
_GOOD = {
    "positive",
    "pos",
    "good",
    "1",
    "1.0",
    "true",
    "好评",
    "正面",
    "积极",
    "正",
    "好",
}
_BAD_SHARE, _GOOD_SHARE = 0.4, 0.75  # of a scale's range, from its lowest step
_SCALES = (5, 10, 100)


def labels_of(
    table: pd.DataFrame, column: str | None = None
) -> tuple[np.ndarray, str]:
    """Which comments are negative by what somebody said of them, and by which column.

    A column of labels goes first; then stars: 1 and 2 of five are negative, 4 and 5 positive, and
    as far along on other scales. A rating with two values only, or of words, is a label.

    Parameters
    ----------
    table : pandas.DataFrame
        Comments, with `label`, `rating` or `csat` where known.
    column : str, optional
        The column of labels; None: `label`, where there is one.

    Returns
    -------
    tuple
        1 for negative, 0 for positive, NaN where not said; the column's name, "" without one.

    Examples
    --------
    >>> labels_of(pd.DataFrame({"rating": [1, 2, 3, 4, 5, None]}))[0].tolist()
    [1.0, 1.0, nan, 0.0, 0.0, nan]
    """
    name = column or "label"
    given = np.full(len(table), np.nan)
    used = ""
    if name in table.columns:
        given = _labels(table[name])
        used = name if np.isfinite(given).any() else ""
    for stars in ("rating", "csat"):
        if stars in table.columns and stars != name:
            from_stars = _from_stars(table[stars])
            if not np.isfinite(from_stars).any():
                from_stars = _labels(table[stars])  # shops write 好评 and 差评
            if not used and np.isfinite(from_stars).any():
                used = stars
            given = np.where(np.isfinite(given), given, from_stars)
            break
    return given, used


def _labels(values: pd.Series) -> np.ndarray:
    written = values.astype("string").str.strip().str.lower()
    bad = written.isin(_BAD).fillna(False).to_numpy(dtype=bool)
    good = written.isin(_GOOD).fillna(False).to_numpy(dtype=bool)
    return np.where(bad, 1.0, np.where(good, 0.0, np.nan))


def _from_stars(values: pd.Series) -> np.ndarray:
    stars = pd.to_numeric(values, errors="coerce").to_numpy(
        dtype=float, na_value=np.nan
    )
    known = stars[np.isfinite(stars)]
    steps = np.unique(known)
    if len(steps) == 2 and steps.max() <= 1:
        return np.where(
            np.isfinite(stars), (stars == steps[0]).astype(float), np.nan
        )
    if not len(steps) or steps.min() < 0 or steps.max() > _SCALES[-1]:
        return np.full(len(stars), np.nan)
    top = next(scale for scale in _SCALES if steps.max() <= scale)
    lowest = 1.0 if top == _SCALES[0] else 0.0
    along = (stars - lowest) / (top - lowest)
    with np.errstate(invalid="ignore"):
        said = np.where(
            along < _BAD_SHARE, 1.0, np.where(along >= _GOOD_SHARE, 0.0, np.nan)
        )
    return np.where(np.isfinite(stars), said, np.nan)
