"""The demand that is asked for: counted how, of which series, the small ones summed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from crm_analysis.analyses.forecast.series.demand import (
    ALL,
    Demand,
    measure_demand,
)
from crm_analysis.analyses.forecast.series.periods import recognise, to_dates
from crm_analysis.options import Options, knob
from crm_analysis.tables.days import plausible_dates
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales

REST = "\u2026"  # the series of all that is too small to stand alone
_COLUMNS = {
    "quantity": "quantity",
    "revenue": "amount",
    "orders": "order",
    "customers": "customer",
}
_GROUPINGS = ("category", "product", "country", "channel")
_MONTHS_FROM, _WEEKS_FROM = 420, 70  # days of record


@dataclass(frozen=True, kw_only=True)
class DemandOptions(Options):
    """Which demand: of what, counted how, by which period.

    The `largest` series stand alone, the others are summed; `only` names some of them instead.
    `segmentation` is the saved one that the segments are of. `every` "given" and `measure` "value"
    take a ready table of series as it is.
    """

    measure: Literal["quantity", "revenue", "orders", "customers", "value"] = (
        "quantity"
    )
    every: Literal["given", "day", "week", "month", "quarter", "year"] = "month"
    by: str = knob(ALL)
    largest: int = knob(20, low=2, high=1000)
    only: tuple[str, ...] = knob(())
    segmentation: str = knob("")

    @property
    def saved_name(self) -> str:
        """The name under which decisions about these series are saved."""
        return "/".join((self.measure, self.every, self.by, self.segmentation))


def measures_of(lines: pd.DataFrame) -> list[str]:
    """What can be counted in order lines that have these columns."""
    return [
        measure for measure, column in _COLUMNS.items() if column in lines.columns
    ]


def groupings_of(lines: pd.DataFrame) -> list[str]:
    """The columns whose values make series."""
    return [column for column in _GROUPINGS if column in lines.columns]


def usual_period(lines: pd.DataFrame) -> Literal["day", "week", "month"]:
    """Months where the record has enough of them, else weeks or days.

    >>> usual_period(pd.DataFrame({"date": pd.to_datetime(["2024-01-01", "2024-05-01"])}))
    'week'
    """
    dates = only_sales(lines).get("date", pd.Series(dtype="datetime64[ns]"))
    if not pd.api.types.is_datetime64_any_dtype(dates):
        return "day"
    dates = plausible_dates(dates).dropna()
    if dates.empty:
        return "day"
    days = (dates.max() - dates.min()).days
    if days >= _MONTHS_FROM:
        return "month"
    return "week" if days >= _WEEKS_FROM else "day"


def goods(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines that are of products: postage, fees and the like are none."""
    if "is_product" not in lines.columns:
        return lines
    return lines[lines["is_product"].fillna(True).astype(bool)]


def series_sizes(lines: pd.DataFrame, options: DemandOptions) -> pd.Series:
    """How much each series is in all, the largest first."""
    lines = only_sales(lines)
    names = _names(lines, options.by)
    columns = {"quantity": "quantity", "revenue": "amount", "value": "value"}
    column = columns.get(options.measure)
    if column in lines.columns:
        sizes = lines[column].groupby(names).sum()
    else:
        sizes = names.groupby(names).size()
    return sizes.sort_values(ascending=False, kind="stable")


def products_by_size(lines: pd.DataFrame, options: DemandOptions) -> list[str]:
    """The products that have a name, the largest first."""
    sizes = series_sizes(goods(lines), options.replace(by="product"))
    return [str(name) for name in sizes.index if str(name)]


def unit_prices(lines: pd.DataFrame, options: DemandOptions) -> pd.Series:
    """What a unit of each series was sold for on average, in money; none where it is not known."""
    if not {"quantity", "amount", "date"} <= set(lines.columns):
        return pd.Series(dtype=float)
    lines, names = lines_of_demand(goods(lines), options)
    sums = lines[["quantity", "amount"]].apply(pd.to_numeric).groupby(names).sum()
    sold = sums[(sums["quantity"] > 0) & (sums["amount"] > 0)]
    return sold["amount"].astype(float) / sold["quantity"].astype(float)


def select_demand(lines: pd.DataFrame, options: DemandOptions) -> Demand:
    """The series asked for, the largest first; where there are several, their total before them.

    Postage, fees and the like are no goods: they count neither as pieces nor as products. Series
    that are not among the largest are one together.

    Raises
    ------
    AnalysisError
        Those of `measure_demand`.
    """
    if options.every == "given":
        require(lines, "date", "value")
    lines = counted_lines(lines, options)
    if options.by == ALL:
        return _total(lines, options)

    names = _names(lines, options.by)
    sizes = series_sizes(lines, options)
    if options.only:
        chosen = [name for name in sizes.index if name in set(options.only)]
        lines, names = lines[names.isin(chosen)], names[names.isin(chosen)]
    else:
        chosen = list(sizes.index[: options.largest])
        names = names.where(names.isin(chosen), REST)
    lines = lines.assign(**{options.by: names})
    parts = _parts(lines, options)
    table = parts.table
    if len(table["series"].unique()) < 2:
        return parts

    if options.every == "given":
        by_date = table.groupby(["series", "date"], as_index=False, sort=False)
        lines = table = by_date["value"].sum(min_count=1)
    total = _total(lines.drop(columns="series", errors="ignore"), options).table
    order = {name: position for position, name in enumerate([*chosen, REST])}
    table = table.sort_values(
        "series", key=lambda names: names.map(order), kind="stable"
    )
    # A product of that name is not the total.
    table["series"] = table["series"].replace({ALL: f"{ALL} "})
    columns = [column for column in table.columns if column in total.columns]
    return replace(
        parts, table=pd.concat([total[columns], table], ignore_index=True)
    )


def counted_lines(lines: pd.DataFrame, options: DemandOptions) -> pd.DataFrame:
    """The lines that a demand is counted from."""
    lines = only_sales(lines)
    if options.measure == "quantity" or options.by in ("product", "category"):
        lines = goods(lines)
    return lines


def lines_of_demand(
    lines: pd.DataFrame, options: DemandOptions
) -> tuple[pd.DataFrame, pd.Series]:
    """The lines with a date that a demand is counted from, and the series of each."""
    lines = counted_lines(lines, options)
    lines = lines[plausible_dates(lines["date"]).notna()]
    if options.by == ALL:
        return lines, pd.Series(ALL, index=lines.index)
    return lines, _names(lines, options.by)


def _names(lines: pd.DataFrame, by: str) -> pd.Series:
    """The series of each line."""
    require(lines, by)
    return lines[by].astype("object").where(lines[by].notna(), "").astype(str)


def _parts(lines: pd.DataFrame, options: DemandOptions) -> Demand:
    """Each series for itself."""
    if options.every != "given":
        return _measured(lines, options, options.by)
    return _given(
        lines[[options.by, "date", "value"]].rename(columns={options.by: "series"}),
        options.by,
    )


def _total(lines: pd.DataFrame, options: DemandOptions) -> Demand:
    """All lines as one series."""
    if options.every != "given":
        return _measured(lines, options)
    by_date = lines[["date", "value"]].groupby("date", as_index=False)
    return _given(by_date["value"].sum(min_count=1).assign(series=ALL))


def _measured(
    lines: pd.DataFrame, options: DemandOptions, by: str | None = None
) -> Demand:
    # The values of a ready series are taken as they are, whatever the measure.
    measure = "quantity" if options.measure == "value" else options.measure
    return measure_demand(
        lines,
        every=options.every,  # type: ignore[arg-type]
        by=by,
        measure=measure,
    )


def _given(table: pd.DataFrame, by: str | None = None) -> Demand:
    every = recognise(to_dates(table["date"]).dropna()).every
    return Demand(table, every, by, lines=len(table))
