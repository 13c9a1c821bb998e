"""Counts and sums by group that may be shared: what any one person adds is lost in noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob, share
from crm_analysis.privacy.columns import PERSON, require_columns
from crm_analysis.privacy.noise import discrete_laplace, within

_STEPS = 1000  # of the bound of a sum: what it is rounded to, so that noise is a whole number


@dataclass(frozen=True, kw_only=True)
class PrivacyOptions(Options):
    """How much is told of any one person.

    - `epsilon`: however much somebody knows already, what they see is at most exp(ε) times as
      likely with a person as without; 1 is usual, less is more private
    - `bound`: what of a sum a person adds at most; more is cut off
    - `coverage`: of the intervals
    """

    epsilon: float = knob(1.0, low=0.01, high=10.0)
    bound: float | None = knob(None, low=0.0, high=1e12)
    coverage: float = share(0.95, low=0.5, high=0.999, advanced=True)


class PrivacyBudget:
    """How much of ε is left: what is asked again and again adds up.

    >>> budget = PrivacyBudget(1.0)
    >>> budget.spend(0.4)
    >>> round(budget.left, 2)
    0.6
    """

    def __init__(self, epsilon: float = 1.0, spent: float = 0.0) -> None:
        self.epsilon = epsilon
        self.spent = spent

    @property
    def left(self) -> float:
        """What may still be spent."""
        return max(0.0, self.epsilon - self.spent)

    def spend(self, epsilon: float) -> None:
        """Write down what a question costs.

        AnalysisError("privacy.spent") (wanted, left) where that is more than is left; then nothing
        is spent, and nothing may be told.
        """
        if epsilon > self.left + 1e-12:
            raise AnalysisError("privacy.spent", wanted=epsilon, left=self.left)
        self.spent += epsilon


@dataclass(frozen=True, eq=False)
class PrivateCounts:
    """Counts of persons, and sums of what they add, with noise.

    Attributes
    ----------
    table
        A row a group.

        - the column grouped by
        - persons, lo, hi : how many, with noise, and the interval of the true number
        - total, total_lo, total_hi : where a sum was asked for, in the unit of its column
    epsilon
        What it cost.
    cut
        The share of persons whose sum was cut off at the bound; None without a sum. It is for
        the one who asks and is not to be shared.
    options
        As given.
    """

    table: pd.DataFrame
    epsilon: float
    cut: float | None
    options: PrivacyOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: groups, persons (the sum of the noisy counts), epsilon."""
        return {
            "groups": len(self.table),
            "persons": float(self.table["persons"].sum()),
            "epsilon": self.epsilon,
        }


def private_counts(
    table: pd.DataFrame,
    by: str,
    options: PrivacyOptions = PrivacyOptions(),  # frozen
    *,
    groups: Sequence[object] | None = None,
    total: str | None = None,
    budget: PrivacyBudget | None = None,
) -> PrivateCounts:
    """How many persons are in each group, so that nobody's being there can be told.

    Parameters
    ----------
    table
        Rows of persons; who has several, by the column `customer`, counts once, in the group of
        the first.
    by
        The column whose values are the groups.
    options
        ε, the bound of a sum, and the coverage of the intervals.
    groups
        The groups to tell of, from public knowledge, as a list of cities. Without them they are
        those in the table: that somebody is the only one of a group is then told by its name.
    total
        A column whose sum by group is told too, for half of ε; it needs `options.bound`.
    budget
        What is left of ε for these persons; what this costs is spent from it.

    Returns
    -------
    PrivateCounts
        A row a group; counts below 0 are said as 0.

    Raises
    ------
    AnalysisError
        "privacy.unknown_column" (name, columns); "privacy.no_bound" where a sum has none;
        "privacy.spent" (wanted, left).

    Notes
    -----
    ε-differential privacy (Dwork et al. 2006) by discrete Laplace noise of the system's generator
    (Canonne, Kamath & Steinke 2020); adding or taking away a person changes one count by one.

    Examples
    --------
    >>> people = pd.DataFrame({"city": ["Lyon"] * 60 + ["Nice"] * 40})
    >>> told = private_counts(people, by="city", groups=["Lyon", "Nice", "Paris"])
    >>> told.table["city"].tolist()
    ['Lyon', 'Nice', 'Paris']
    """
    require_columns(table, [by, total])
    if total is not None and not options.bound:
        raise AnalysisError("privacy.no_bound", column=total)
    if budget is not None:
        budget.spend(options.epsilon)
    persons = _persons(table, by, total)
    names = sorted(persons[by].dropna().unique(), key=str)
    names = list(groups) if groups is not None else names
    told = pd.DataFrame({by: names})
    share = options.epsilon if total is None else options.epsilon / 2
    _add_counts(told, persons[by], share, options.coverage)
    cut = None
    if total is not None and options.bound:
        cut = _add_totals(told, persons, (by, total), share, options)
    return PrivateCounts(told, options.epsilon, cut, options)


def _persons(table: pd.DataFrame, by: str, total: str | None) -> pd.DataFrame:
    """A row a person: the group of their first row, and the sum of all of theirs."""
    columns = [by, *filter(None, [total])]
    if PERSON not in table.columns:
        return table[columns]
    named = table[table[PERSON].notna()]
    rules = {by: "first"} | ({total: "sum"} if total else {})
    return named.groupby(PERSON, sort=False, observed=True).agg(rules)


def _add_counts(
    told: pd.DataFrame, groups: pd.Series, epsilon: float, coverage: float
) -> None:
    counts = groups.value_counts().reindex(told.iloc[:, 0]).fillna(0)
    noise = [discrete_laplace(epsilon) for _ in range(len(told))]
    noisy = counts.to_numpy(dtype=np.int64) + np.array(noise, dtype=np.int64)
    reach = within(epsilon, coverage)
    told["persons"] = noisy.clip(min=0)
    told["lo"] = (noisy - reach).clip(min=0)
    told["hi"] = (noisy + reach).clip(min=0)


def _add_totals(
    told: pd.DataFrame,
    persons: pd.DataFrame,
    names: tuple[str, str],
    epsilon: float,
    options: PrivacyOptions,
) -> float:
    by, total = names
    bound = float(options.bound or 0.0)
    amounts = persons[total].fillna(0).to_numpy(dtype=float)
    clipped = np.clip(amounts, -bound, bound)
    # In whole steps, of which a person adds at most as many as there are.
    steps = pd.Series(np.rint(clipped / bound * _STEPS).astype(np.int64))
    sums = steps.groupby(persons[by].to_numpy()).sum().reindex(told[by]).fillna(0)
    rate = epsilon / _STEPS
    noise = [discrete_laplace(rate) for _ in range(len(told))]
    noisy = sums.to_numpy(dtype=np.int64) + np.array(noise, dtype=np.int64)
    reach, unit = within(rate, options.coverage), bound / _STEPS
    told["total"] = noisy * unit
    told["total_lo"] = (noisy - reach) * unit
    told["total_hi"] = (noisy + reach) * unit
    return float(np.mean(np.abs(amounts) > bound))
