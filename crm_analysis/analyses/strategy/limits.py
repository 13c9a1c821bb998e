"""A plan's limits as sums over options, each with what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.allocation import Limit, Problem
from crm_analysis.analyses.strategy.options import PlanOptions
from crm_analysis.analyses.strategy.table import OptionTable
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

Kind = Literal["budget", "channel", "action", "least", "segment", "group"]


@dataclass(frozen=True, eq=False)
class NamedLimit:
    """A limit, what it is of, and the name of that ("" for the whole plan)."""

    kind: Kind
    subject: str
    limit: Limit

    @property
    def message(self) -> Message:
        """The limit in words."""
        details = {"amount": self.limit.amount, "subject": self.subject}
        return Message(f"strategy.limit.{self.kind}", details)


def limits_of(options: OptionTable, given: PlanOptions) -> list[NamedLimit]:
    """The limits that are given.

    Raises
    ------
    AnalysisError
        "strategy.no_segment_column", "strategy.no_group_column"; "strategy.unknown_name" where a
        limit is of a channel, action or segment that is not there; "strategy.one_group".
    """
    limits = []
    if given.budget is not None:
        limit = Limit("budget", given.budget, options.cost)
        limits.append(NamedLimit("budget", "", limit))
    if given.capacity:
        limits += _counts(
            "channel", options.channel, given.capacity, at_least=False
        )
    if given.action_capacity:
        limits += _counts(
            "action", options.action, given.action_capacity, at_least=False
        )
    if given.least is not None:
        limit = Limit("least", given.least, 1.0, None, at_least=True)
        limits.append(NamedLimit("least", "", limit))
    if given.minimum:
        segment = options.text("segment")
        if segment is None:
            raise AnalysisError("strategy.no_segment_column")
        limits += _counts("segment", segment, given.minimum, at_least=True)
    if given.fairness is not None:
        limits += _fair(options, given.fairness)
    return limits


def _counts(
    kind: Kind,
    names: np.ndarray,
    amounts: tuple[tuple[str, float], ...],
    *,
    at_least: bool,
) -> list[NamedLimit]:
    """How many contacts of each of these names there may be, or must be."""
    texts = pd.Series(names).astype(str)
    limits = []
    for subject, amount in amounts:
        rows = np.flatnonzero((texts == subject).to_numpy())
        if not len(rows):
            known = sorted(texts.unique())
            raise AnalysisError(
                "strategy.unknown_name", kind=kind, name=subject, known=known
            )
        limit = Limit(f"{kind}: {subject}", amount, 1.0, rows, at_least)
        limits.append(NamedLimit(kind, subject, limit))
    return limits


def _fair(options: OptionTable, tolerance: float) -> list[NamedLimit]:
    """For each group: its contacted share is at least (1 - tolerance) of that of the others."""
    group = options.text("group")
    if group is None:
        raise AnalysisError("strategy.no_group_column")
    code, names = pd.factorize(pd.Series(group).astype(str), sort=True)
    if len(names) < 2:
        raise AnalysisError("strategy.one_group", group=str(names[0]))
    first = np.flatnonzero(np.diff(options.customer, prepend=-1))
    size = np.bincount(code[first], minlength=len(names)).astype(float)
    limits = []
    for number, name in enumerate(names):
        inside = code == number
        rest = size.sum() - size[number]
        # The others' share times the size of the group, less the contacts of the group.
        weight = (1 - tolerance) * size[number] / max(rest, 1.0)
        use = np.where(inside, -1.0, weight)
        limit = Limit(f"group: {name}", 0.0, use)
        limits.append(NamedLimit("group", str(name), limit))
    return limits


def clash(
    named: list[NamedLimit], clashing: tuple[Limit, ...], problem: Problem
) -> AnalysisError:
    """The error that names the limits which cannot hold together."""
    # What is demanded first, then what stands against it.
    named = sorted(named, key=lambda name: not name.limit.at_least)
    messages = [
        name.message for name in named if any(name.limit is one for one in clashing)
    ]
    if len(messages) > 1 or not problem.size:
        return AnalysisError("strategy.infeasible", limits=messages)
    use = clashing[0].dense(problem.size)
    best, _ = problem.best_of_each(use)
    possible = float(np.maximum(best, 0.0).sum())
    return AnalysisError(
        "strategy.out_of_reach", limits=messages, possible=possible
    )
