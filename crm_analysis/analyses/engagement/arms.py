"""Who was in which arm of a test: read from a table, and checked before anything is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import is_control
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

SMALLEST_P = (
    0.001  # of the sample ratio: below, the arms are not as they were drawn
)
_MOST_TWICE = (
    0.01  # of customers in two arms, above which the arms cannot be trusted
)
# Shares that people hold out; one that nobody plans is not taken for a plan.
_USUAL_HOLDOUTS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 1 / 3, 0.4)


@dataclass(frozen=True, eq=False)
class Arms:
    """The arms of a test and the rows that are in them.

    - `names`: the control first.
    - `code`: of each row of `rows`, the position of its arm in `names`.
    - `rows`: the rows of the table with a known arm, a customer once.
    - `set_aside`: customer, arms: who was in more than one.
    - `notes`: what was left out.
    """

    names: tuple[str, ...]
    code: np.ndarray
    rows: pd.DataFrame
    set_aside: pd.DataFrame
    notes: tuple[Message, ...]

    @property
    def counts(self) -> np.ndarray:
        """How many are in each arm."""
        return np.bincount(self.code, minlength=len(self.names))

    def members(self, arm: str) -> np.ndarray:
        """Which rows are in that arm."""
        return self.code == self.names.index(arm)


def find_control(names: Sequence[str], wanted: str | None = None) -> str:
    """The arm that was left alone: the one wanted, or the one whose name says so.

    >>> find_control(["Mens E-Mail", "No E-Mail", "Womens E-Mail"])
    'No E-Mail'
    """
    if wanted is not None:
        if wanted not in names:
            raise AnalysisError(
                "engagement.no_such_arm", arm=wanted, arms=list(names)
            )
        return wanted
    controls = [name for name in names if is_control(name)]
    if len(controls) != 1:
        raise AnalysisError("engagement.which_control", arms=list(names))
    return controls[0]


def read_arms(
    table: pd.DataFrame, column: str, control: str | None, unit: str = "customer"
) -> Arms:
    """The arms of a table; a customer in two of them is left out and listed.

    Without a column for the unit every row is one.
    """
    if column not in table.columns:
        raise AnalysisError("engagement.no_arm", column=column)
    code, levels = pd.factorize(table[column])
    present = code >= 0
    rows = table
    if not present.all():
        rows, code = table[present], code[present]
    names = sorted(str(level) for level in levels)
    if not names:
        raise AnalysisError("engagement.no_arm", column=column)
    if len(names) == 1:
        raise AnalysisError("engagement.one_arm", arm=names[0])
    first = find_control(names, control)
    ordered = (first, *(name for name in names if name != first))
    code = np.array([ordered.index(str(level)) for level in levels])[code]
    notes = []
    if not present.all():
        notes.append(
            Message("engagement.note.no_arm", {"count": int((~present).sum())})
        )
    set_aside = pd.DataFrame(columns=["customer", "arms"])
    if unit in rows.columns and rows[unit].duplicated().any():
        single, set_aside = _each_once(rows[unit], code, ordered)
        repeated = len(rows) - int(single.sum())
        rows, code = rows[single], code[single]
        notes += _notes_on_repeats(repeated, set_aside)
    return Arms(ordered, code, rows, set_aside, tuple(notes))


def _each_once(
    unit: pd.Series, code: np.ndarray, names: tuple[str, ...]
) -> tuple[np.ndarray, pd.DataFrame]:
    """The first row of each customer that was in one arm only; and the others."""
    arms = pd.Series(code).groupby(unit.to_numpy())
    torn = arms.nunique() > 1
    customers = torn.index[torn]
    if len(customers) > _MOST_TWICE * len(torn):
        raise AnalysisError(
            "engagement.two_arms", count=len(customers), customers=len(torn)
        )
    listed = pd.DataFrame(
        {
            "customer": customers,
            "arms": [
                ", ".join(names[position] for position in sorted(set(group)))
                for group in (arms.get_group(name) for name in customers)
            ],
        }
    )
    return (
        (~unit.duplicated() & ~unit.isin(customers)).to_numpy(),
        listed,
    )


def _notes_on_repeats(repeated: int, set_aside: pd.DataFrame) -> list[Message]:
    notes = []
    if len(set_aside):
        details = {"count": len(set_aside)}
        notes.append(Message("engagement.note.two_arms", details))
    if repeated:
        notes.append(Message("engagement.note.repeated", {"count": repeated}))
    return notes


def planned_split(
    counts: np.ndarray, split: tuple[float, ...] | None
) -> np.ndarray:
    """The shares the arms were planned to have, the control first.

    Where it was not stated: equal ones, or of those that people usually hold out the nearest,
    where equal ones cannot be.

    >>> planned_split(np.array([99, 901]), None).tolist()
    [0.1, 0.9]
    >>> planned_split(np.array([4800, 5200]), None).tolist()
    [0.5, 0.5]
    """
    arms = len(counts)
    if split is not None:
        shares = np.asarray(split, dtype=float)
        if len(shares) != arms or not (shares > 0).all():
            raise AnalysisError("engagement.split", arms=arms, count=len(shares))
        return shares / shares.sum()
    candidates = [np.full(arms, 1 / arms)]
    for share in _USUAL_HOLDOUTS:
        for control in (share, 1 - share) if arms == 2 else (share,):
            others = np.full(arms - 1, (1 - control) / (arms - 1))
            candidates.append(np.append(control, others))
    observed = counts / counts.sum()
    return min(
        candidates, key=lambda shares: float(np.abs(shares - observed).sum())
    )


def sample_ratio(counts: np.ndarray, shares: np.ndarray) -> tuple[float, float]:
    """The chi-square that arms of these sizes were drawn with these shares, and its p-value.

    >>> statistic, p = sample_ratio(np.array([5200, 4800]), np.array([0.5, 0.5]))
    >>> statistic, f"{p:.3g}"
    (16.0, '6.33e-05')
    """
    from scipy.special import chdtrc

    expected = shares * counts.sum()
    statistic = float(((counts - expected) ** 2 / expected).sum())
    return statistic, float(chdtrc(len(counts) - 1, statistic))


def hold_ratio(
    arms: Arms, split: tuple[float, ...] | None, *, name: str = "sample_ratio"
) -> dict[str, object]:
    """The check that the arms have the sizes they were drawn with; AnalysisError where not."""
    shares = planned_split(arms.counts, split)
    statistic, p = sample_ratio(arms.counts, shares)
    if p < SMALLEST_P:
        raise AnalysisError(
            "engagement.sample_ratio",
            counts=[f"{count:,}" for count in arms.counts],
            arms=list(arms.names),
            expected=[f"{count:,.0f}" for count in shares * arms.counts.sum()],
            p=p,
        )
    return {
        "check": name,
        "column": "",
        "value": statistic,
        "limit": SMALLEST_P,
        "p": p,
        "holds": True,
    }
