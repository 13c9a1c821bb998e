"""Of which customers there are how many, and scores weighted to them (post-stratification)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import plain_ids
from crm_analysis.analyses.feedback.survey.figures import POINTS
from crm_analysis.analyses.feedback.survey.scales import as_numbers
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

SPENT = ("monetary", "revenue", "total", "spend")
_WORTH = ("value", "clv", "expected_value", *SPENT)
CLASSES = ("low", "middle", "high")
_FEWEST = 5  # answers of a stratum; those with fewer are taken together
_BORROWED = (
    3.0  # answers' worth of the variance of all that each stratum's is drawn by
)


def worth_column(customers: pd.DataFrame, asked: str | None) -> str | None:
    """The column that says what customers are worth; None where there is none.

    Raises
    ------
    AnalysisError
        "feedback.no_column" where the column asked for is not there.
    """
    if asked is not None:
        if asked not in customers.columns:
            raise AnalysisError("feedback.no_column", column=asked)
        return asked
    return next((name for name in _WORTH if name in customers.columns), None)


def mix_of(customers: pd.DataFrame, value: str | None) -> pd.DataFrame:
    """A row a customer, with their segment and in which third of value they are.

    Parameters
    ----------
    customers
        customer; segment and a column of value where known. Of several rows the last counts.
    value
        The column of value; None: chosen by name.

    Returns
    -------
    DataFrame
        By customer (as text): segment, value ("low", "middle", "high"); "" where not known, and
        only what is known of anybody.
    """
    require(customers, "customer")
    named = customers[customers["customer"].notna()]
    named = named.assign(customer=plain_ids(named["customer"]))
    named = named[named["customer"] != ""].drop_duplicates("customer", keep="last")
    mix = pd.DataFrame(
        index=pd.Index(named["customer"].to_numpy(object), name="customer")
    )
    if "segment" in named.columns and named["segment"].notna().any():
        mix["segment"] = as_groups(named["segment"])
    column = worth_column(customers, value)
    if column is not None:
        mix["value"] = _thirds(as_numbers(named[column]))
        if not (mix["value"] != "").any():
            mix = mix.drop(columns="value")
    return mix


def as_groups(column: pd.Series) -> np.ndarray:
    """Names of groups as text, "" where there is none; 3.0 is 3."""
    text = column.astype(object)
    return plain_ids(text.where(text.notna(), "")).to_numpy(dtype=object)


def _thirds(worth: np.ndarray) -> np.ndarray:
    classes = np.full(len(worth), "", dtype=object)
    known = np.isfinite(worth)
    if len(np.unique(worth[known])) < len(CLASSES):
        return classes
    place = pd.Series(worth[known]).rank(pct=True, method="average").to_numpy()
    names = np.array(CLASSES, dtype=object)
    classes[known] = names[np.minimum((place * 3 - 1e-9).astype(int), 2)]
    return classes


def strata_of(mix: pd.DataFrame) -> pd.Series:
    """Each customer's stratum: segment and value together, as text."""
    if mix.shape[1] == 0:
        return pd.Series("", index=mix.index, dtype=object)
    return mix.astype(str).agg(" · ".join, axis=1)


def weighted(
    values: np.ndarray,
    kind: str,
    stratum: Sequence[str] | np.ndarray,
    everybody: pd.Series,
    worth: float = 1.0,
    coverage: float = 0.95,
) -> tuple[float, float, float]:
    """The score if the strata had answered in proportion to their customers, and its interval.

    Strata with under five answers are taken together. NaN where only one is left, for then there
    is nothing to weight by.

    Parameters
    ----------
    values, kind
        Answers as in `figure`.
    stratum
        That of each answer.
    everybody
        How many customers each stratum has.
    worth
        How many independent answers each answer is worth.

    References
    ----------
    Holt and Smith (1979), Journal of the Royal Statistical Society A 142, 33-46.

    Examples
    --------
    Nine in ten who answered are content and of the smaller stratum:

    >>> content = np.repeat([1.0, 0.0], [90, 10])
    >>> stratum = np.repeat(["a", "b"], [90, 10])
    >>> value, _, _ = weighted(content, "share", stratum, pd.Series({"a": 500, "b": 500}))
    >>> round(value, 2)
    0.5
    """
    from scipy.special import ndtri

    answered = pd.Series(np.asarray(stratum, dtype=object)).value_counts()
    together = _taken_together(answered, everybody.index)
    names = pd.Series(stratum, dtype=object).replace(together)
    sizes = everybody.groupby(everybody.index.to_series().replace(together)).sum()
    if len(sizes) < 2:
        return np.nan, np.nan, np.nan
    share = sizes / sizes.sum()
    groups = pd.Series(values).groupby(names.to_numpy())
    means, counts = groups.mean(), groups.size()
    own = groups.var(ddof=0) * counts + float(np.var(values)) * _BORROWED
    spread = own / (counts + _BORROWED)
    mean = float((share * means).sum())
    error = float(np.sqrt((share**2 * spread / counts).sum() / worth))
    reach = float(ndtri(0.5 + coverage / 2)) * error
    scale = POINTS if kind == "net" else 1.0
    low, high = mean - reach, mean + reach
    if kind != "mean":
        least = -1.0 if kind == "net" else 0.0
        low, high = max(low, least), min(high, 1.0)
    return scale * mean, scale * low, scale * high


def _taken_together(answered: pd.Series, strata: pd.Index) -> dict[str, str]:
    """The strata with too few answers, each with the name of what they are taken together to."""
    counts = answered.reindex(strata, fill_value=0).sort_values(kind="stable")
    few = int((counts < _FEWEST).sum())
    if not few:
        return {}
    while few < len(counts) and counts.iloc[:few].sum() < _FEWEST:
        few += 1
    return dict.fromkeys(counts.index[:few], "*")
