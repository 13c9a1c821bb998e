"""The demand that is wanted: counted how, of which series, and what is too small to stand alone summed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from crm_analysis.analyses.forecast.series.demand import demand
from crm_analysis.options import Options, knob

__all__ = ["ALL", "REST", "What", "demand_of", "sizes_of"]

ALL, REST = (
    "all",
    "\u2026",
)  # series that are sums: of everything, and of what is too small to stand alone


@dataclass(frozen=True, kw_only=True)
class What(Options):
    """Which demand: of what, counted how, by which period; `most` series stand alone, the others are summed. `segmentation` is a saved one."""

    measure: Literal["quantity", "revenue", "orders", "customers", "value"] = "quantity"
    every: Literal["given", "day", "week", "month", "quarter", "year"] = "month"
    by: str = knob(ALL)
    most: int = knob(20, low=2, high=1000)
    only: tuple[str, ...] = knob(())
    segmentation: str = knob("")

    @property
    def place(self) -> str:
        """Where what a person decided about these series is kept."""
        return "/".join((self.measure, self.every, self.by, self.segmentation))


def sizes_of(lines: pd.DataFrame, what: What) -> pd.Series:
    """How much each series is in all, the largest first."""
    column = {"quantity": "quantity", "revenue": "amount", "value": "value"}.get(what.measure, "")
    names = _names(lines, what.by)
    sums = (
        lines[column].groupby(names).sum()
        if column in lines.columns
        else names.groupby(names).size()
    )
    return sums.sort_values(ascending=False, kind="stable")


def demand_of(lines: pd.DataFrame, what: What) -> pd.DataFrame:
    """The series asked for, the largest first; where there are several, their total before them.

    Postage, fees and the like are no goods: they count neither as pieces nor as products. Series that are not among the largest are one together.
    """
    kept = lines
    if "is_product" in lines.columns and (
        what.measure == "quantity" or what.by in ("product", "category")
    ):
        kept = lines[lines["is_product"].fillna(True).astype(bool)]
    if what.by == ALL:
        return _whole(kept, what)
    sizes, names = sizes_of(kept, what), _names(kept, what.by)
    if what.only:
        wanted = [name for name in sizes.index if name in set(what.only)]
        kept, names = kept[names.isin(wanted)], names[names.isin(wanted)]
    else:
        wanted = list(sizes.index[: what.most])
        names = names.where(names.isin(wanted), REST)
    kept = kept.assign(**{what.by: names})
    given = what.every == "given"
    parts = kept[["series", "date", "value"]].copy() if given else _counted(kept, what, by=what.by)
    attrs = dict(parts.attrs)
    rank = {name: place for place, name in enumerate([*wanted, REST])}
    if len(pd.unique(parts["series"])) < 2:
        return parts
    if given:
        parts = parts.groupby(["series", "date"], as_index=False, sort=False)["value"].sum(
            min_count=1
        )
    total = _whole(parts if given else kept.drop(columns="series", errors="ignore"), what)
    parts = parts.sort_values("series", key=lambda column: column.map(rank), kind="stable")
    parts["series"] = parts["series"].replace(
        {ALL: f"{ALL} "}
    )  # a product of that name is not the total
    both = pd.concat(
        [total[[name for name in parts.columns if name in total.columns]], parts], ignore_index=True
    )
    both.attrs = attrs
    return both


def _names(lines: pd.DataFrame, by: str) -> pd.Series:
    """The series of each line."""
    return lines[by].astype("object").where(lines[by].notna(), "").astype(str)


def _whole(lines: pd.DataFrame, what: What) -> pd.DataFrame:
    """All lines as one series."""
    if what.every == "given":
        return (
            lines[["date", "value"]]
            .groupby("date", as_index=False)["value"]
            .sum(min_count=1)
            .assign(series=ALL)
        )
    return _counted(lines, what)


def _counted(lines: pd.DataFrame, what: What, by: str | None = None) -> pd.DataFrame:
    measure = (
        "quantity" if what.measure == "value" else what.measure
    )  # values of a ready series are taken as they are, whatever the measure
    return demand(lines, every=what.every, by=by, measure=measure)  # type: ignore[arg-type]
