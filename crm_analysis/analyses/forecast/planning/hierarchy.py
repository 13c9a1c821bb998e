"""Which series are sums of which: from a list of parents to the matrix that adds parts up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.series.selection import ALL
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require


@dataclass(frozen=True)
class Hierarchy:
    """`order` lists the series, totals before parts; the arrays have a row for each.

    `sums` has a column a part, 1 where the part is in the series. `level` counts the levels below
    a series; `top` says whether none is above it.
    """

    order: list[str]
    sums: np.ndarray
    level: np.ndarray
    top: np.ndarray

    @property
    def parts(self) -> int:
        """How many series are no sums."""
        return self.sums.shape[1]

    @property
    def totals(self) -> int:
        """How many series are sums."""
        return len(self.order) - self.parts


def hierarchy_of(names: list[str], parents: pd.DataFrame | None) -> Hierarchy:
    """The hierarchy of the series `names`.

    `parents`: series, parent, a row a part of a total; None: "all" is the total of all others.

    Raises
    ------
    AnalysisError
        "planning.no_hierarchy", "planning.hierarchy_unknown", "planning.hierarchy_loop".

    Examples
    --------
    >>> hierarchy = hierarchy_of(["all", "tea", "mug"], None)
    >>> hierarchy.order, hierarchy.sums.tolist()
    (['all', 'tea', 'mug'], [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    """
    edges = _edges(names, parents)
    children: dict[str, list[str]] = {}
    for child, parent in edges:
        children.setdefault(parent, []).append(child)
    named = {name for edge in edges for name in edge}
    involved = [name for name in names if name in named]
    leaves: dict[str, dict[str, None]] = {}
    level: dict[str, int] = {}
    for name in involved:
        _descend(name, (), children, leaves, level)
    parts = [name for name in involved if not level[name]]
    totals = sorted(
        (name for name in involved if level[name]),
        key=lambda name: -level[name],
    )
    order = totals + parts
    not_top = {child for child, _ in edges}
    return Hierarchy(
        order,
        np.array([[float(part in leaves[name]) for part in parts] for name in order]),
        np.array([level[name] for name in order]),
        np.array([name not in not_top for name in order]),
    )


def _edges(names: list[str], parents: pd.DataFrame | None) -> list[tuple[str, str]]:
    """(part, total) of series that all have a forecast."""
    if parents is None:
        edges = [(name, ALL) for name in names if name != ALL] if ALL in names else []
    else:
        require(parents, "series", "parent")
        listed = parents.dropna(subset=["parent"]).astype(str)
        edges = list(zip(listed["series"], listed["parent"], strict=True))
    if not edges:
        raise AnalysisError("planning.no_hierarchy")
    forecast = set(names)
    unknown = list(
        dict.fromkeys(name for edge in edges for name in edge if name not in forecast)
    )
    if unknown:
        raise AnalysisError(
            "planning.hierarchy_unknown",
            series=unknown[:5],
            count=len(unknown),
        )
    return edges


def _descend(
    name: str,
    above: tuple[str, ...],
    children: dict[str, list[str]],
    leaves: dict[str, dict[str, None]],
    level: dict[str, int],
) -> None:
    """Fill in the parts and the level of a series and of all below it."""
    if name in above:
        raise AnalysisError("planning.hierarchy_loop", series=name)
    if name in leaves:
        return
    below: dict[str, None] = {}
    for child in children.get(name, []):
        _descend(child, (*above, name), children, leaves, level)
        below.update(leaves[child])
    leaves[name] = below or {name: None}
    level[name] = 1 + max(
        (level[child] for child in children.get(name, [])),
        default=-1,
    )
