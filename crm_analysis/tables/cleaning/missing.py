"""What stands in for a missing value, where a person wants something to: never unasked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crm_analysis.engine import quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.sql import literal
from crm_analysis.tables.threads import one_thread

_NUMERIC = ("number", "money")
_TEACHERS = 20_000
_BATCH = 20_000
_SPLINE = 4  # values that a cubic needs
_SQL_TYPES = {
    "number": "DOUBLE",
    "money": "DOUBLE",
    "date": "TIMESTAMP",
    "flag": "BOOLEAN",
}


def fill_missing(draft: Draft) -> None:
    """Fill, or set aside, the missing values of the columns that the options name.

    "*" stands for every column that the method fits (numbers for mean, median, interpolate and
    neighbours). All sums are of the values as they were before any filling. Random draws and
    neighbours give the same answer twice.

    Raises
    ------
    AnalysisError
        `cleaning.fill_needs_numbers` where a column asked for by name is no number;
        `cleaning.fill_needs_value` for a constant that is not given or cannot be read;
        `cleaning.fill_needs_dates` for lines by time without dates; `cleaning.no_such_column`.
    """
    plan: dict[str, tuple[str, ...]] = {}
    by_name = {column.source: column for column in draft.columns}
    by_name |= {column.name: column for column in draft.columns}
    for name, method, *rest in draft.options.missing:
        if name == "*":
            for column in draft.columns:
                if _fits(column, method):
                    plan.setdefault(column.name, (method, *rest))
        elif name in by_name:
            if not _fits(by_name[name], method):
                raise AnalysisError(
                    "cleaning.fill_needs_numbers", column=name, method=method
                )
            plan[by_name[name].name] = (method, *rest)
        else:
            raise AnalysisError("cleaning.no_such_column", column=name)
    planned = [column for column in draft.columns if column.name in plan]
    for column in planned:
        if plan[column.name][0] == "drop":
            draft.set_aside(
                "missing", "missing_value", f"{quoted(column.name)} IS NULL"
            )
    fills = []
    for column in planned:
        method, *given = plan[column.name]
        sql = _fill(draft, column, method, given)
        if sql:
            name = f"{draft.store}_fill_{column.position}"
            draft.engine.run(f"CREATE OR REPLACE TABLE {quoted(name)} AS {sql}")
            fills.append((column, method, name))
    for column, method, name in fills:
        draft.patch("missing", method, column.name, f"FROM {quoted(name)}")
        draft.engine.run(f"DROP TABLE {quoted(name)}")


def _fits(column: ColumnReading, method: str) -> bool:
    if method in ("mean", "median", "neighbours"):
        return column.type in _NUMERIC
    if method == "spline":
        return column.type in _NUMERIC
    between = ("interpolate", "linear", "time")
    return method not in between or column.type in (*_NUMERIC, "date")


def _fill(
    draft: Draft, column: ColumnReading, method: str, given: Sequence[str]
) -> str | None:
    """A query of (_row, new) for the missing cells of a column."""
    store, name = quoted(draft.store), quoted(column.name)
    gaps = f"{name} IS NULL"
    if method in ("leave", "drop"):
        return None
    if method in ("mean", "median", "mode"):
        value = (
            {"mean": f"avg({name})", "median": f"median({name})"}.get(method)
            or f"(SELECT {name} FROM {store} WHERE {name} IS NOT NULL GROUP BY {name}"
            f" ORDER BY count(*) DESC, {name} LIMIT 1)"
        )
        source = (
            f"(SELECT {value} AS new FROM {store})"
            if method != "mode"
            else f"(SELECT {value} AS new)"
        )
        return (
            f"SELECT s._row, filling.new FROM {store} s, {source} filling"
            f" WHERE s.{gaps} AND filling.new IS NOT NULL"
        )
    if method == "constant":
        return f"SELECT _row, {_constant(draft, column, given)} AS new FROM {store} WHERE {gaps}"
    if method == "random":
        filled_cells = (
            f"SELECT {name} AS v, row_number() OVER (ORDER BY _row) - 1 AS k FROM {store}"
            f" WHERE {name} IS NOT NULL"
        )
        count = f"(SELECT count({name}) FROM {store})"
        return (
            "SELECT g._row, known.v AS new"
            f" FROM (SELECT _row, CAST(hash(_row, {draft.options.seed},"
            f" {literal(column.source)}) % {count} AS BIGINT) AS k FROM {store}"
            f" WHERE {gaps} AND {count} > 0) g JOIN ({filled_cells}) known USING (k)"
        )
    if method == "forward":
        part, order = _order(draft)
        filled = (
            f"SELECT _row, {name} AS old, last_value({name} IGNORE NULLS) OVER ({part}"
            f" ORDER BY {order} ROWS UNBOUNDED PRECEDING) AS new FROM {store}"
        )
        return f"SELECT _row, new FROM ({filled}) WHERE old IS NULL AND new IS NOT NULL"
    if method in ("interpolate", "linear", "time"):
        return _between(draft, column, method)
    if method == "spline":
        return _on_a_spline(draft, column)
    return _neighbours(draft, column)


def _constant(draft: Draft, column: ColumnReading, given: Sequence[str]) -> str:
    kind = _SQL_TYPES.get(column.type, "VARCHAR")
    if (
        not given
        or draft.engine.run(
            f"SELECT TRY_CAST(CAST(? AS VARCHAR) AS {kind}) IS NULL", [given[0]]
        )[0][0]
    ):
        raise AnalysisError(
            "cleaning.fill_needs_value",
            column=column.name,
            value=given[0] if given else "",
        )
    return f"CAST({literal(given[0])} AS {kind})"


def _order(draft: Draft) -> tuple[str, str]:
    """The order in which values follow each other.

    By date within a series where there are such, by the file otherwise.
    """
    roles = {column.role for column in draft.columns}
    part = 'PARTITION BY "series"' if "series" in roles else ""
    return part, '"date", _row' if (
        "date" in roles and "series" in roles | {"value"} & roles
    ) or {
        "date",
        "value",
    } <= roles else "_row"


def _by(draft: Draft, method: str) -> tuple[str, str]:
    """The order in which values follow each other, as `_order` has it or as a method asks."""
    part, order = _order(draft)
    if method == "linear":
        return part, order if part else "_row"
    if method == "time":
        if "date" not in {column.role for column in draft.columns}:
            raise AnalysisError("cleaning.fill_needs_dates")
        return part, '"date", _row'
    return part, order


def _on_a_spline(draft: Draft, column: ColumnReading) -> str | None:
    """A cubic spline through the known values, by date where the table is a series.

    Nothing before the first or after the last; lines where fewer than four values are known.
    """
    from scipy.interpolate import CubicSpline

    part, order = _order(draft)
    dated = order.startswith('"date"')
    x = 'epoch("date")' if dated else f"row_number() OVER ({part} ORDER BY {order})"
    series = '"series"' if part else "''"
    placed = draft.engine.frame(
        f"SELECT _row, {series} AS part, CAST({x} AS DOUBLE) AS x,"
        f" CAST({quoted(column.name)} AS DOUBLE) AS y FROM {quoted(draft.store)} ORDER BY _row"
    ).dropna(subset=["x"])
    filled = []
    for _, rows in placed.groupby("part", dropna=False):
        observed = rows.dropna(subset=["y"]).groupby("x")["y"].mean()
        within = rows["x"].between(observed.index.min(), observed.index.max())
        gaps = rows[rows["y"].isna() & within]
        if gaps.empty:
            continue
        positions, values = observed.index.to_numpy(), observed.to_numpy()
        new = np.interp(gaps["x"], positions, values)
        if len(observed) >= _SPLINE:
            new = CubicSpline(positions, values)(gaps["x"].to_numpy())
        filled.append(pd.DataFrame({"_row": gaps["_row"], "new": new}))
    if not filled:
        return None
    name = f"{draft.store}_spline"
    draft.engine.register(name, pd.concat(filled, ignore_index=True))
    return f"FROM {quoted(name)}"


def _between(draft: Draft, column: ColumnReading, method: str) -> str:
    """Straight lines between the known neighbours, by date where the table is a series.

    Nothing before the first or after the last.
    """
    name, store = quoted(column.name), quoted(draft.store)
    part, order = _by(draft, method)
    dated = order.startswith('"date"') and method != "linear"
    x = 'epoch("date")' if dated else f"row_number() OVER ({part} ORDER BY {order})"
    value = f"epoch({name})" if column.type == "date" else name
    before, after = (
        f"OVER ({part} ORDER BY first_by, _row ROWS UNBOUNDED PRECEDING)",
        f"OVER ({part} ORDER BY first_by, _row ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)",
    )
    placed = (
        f"SELECT _row, {'series, ' if part else ''}{value} AS v, CAST({x} AS DOUBLE) AS x,"
        f" {order.split(',')[0]} AS first_by FROM {store}"
    )
    x_filled = "CASE WHEN v IS NOT NULL THEN x END"
    around = (
        f"SELECT _row, v, x, last_value(v IGNORE NULLS) {before} AS v0,"
        f" last_value({x_filled} IGNORE NULLS) {before} AS x0,"
        f" first_value(v IGNORE NULLS) {after} AS v1,"
        f" first_value({x_filled} IGNORE NULLS) {after} AS x1 FROM ({placed})"
    )
    line = (
        "CASE WHEN x1 > x0 THEN v0 + (v1 - v0) * (x - x0) / (x1 - x0) ELSE v0 END"
    )
    new = (
        f"make_timestamp(CAST(({line}) * 1000000 AS BIGINT))"
        if column.type == "date"
        else line
    )
    return (
        f"SELECT _row, {new} AS new FROM ({around})"
        " WHERE v IS NULL AND v0 IS NOT NULL AND v1 IS NOT NULL AND x IS NOT NULL"
    )


def _neighbours(draft: Draft, column: ColumnReading) -> str | None:
    """The mean of the k most alike rows, alike in the other numbers, each scaled by its spread.

    Missing: its median.
    """
    from sklearn.neighbors import NearestNeighbors

    engine, store = draft.engine, quoted(draft.store)
    others = [
        quoted(other.name)
        for other in draft.columns
        if other.type in _NUMERIC and other.name != column.name
    ]
    if not others:
        raise AnalysisError(
            "cleaning.fill_needs_numbers",
            column=column.name,
            method="neighbours",
        )
    stats = engine.run(
        f"SELECT {', '.join(f'median({name}), stddev_pop({name})' for name in others)} FROM {store}"
    )[0]
    features = ", ".join(
        f"(coalesce({name},"
        f" {float(stats[2 * i] or 0)!r}) - {float(stats[2 * i] or 0)!r}) /"
        f" {float(stats[2 * i + 1] or 1)!r}"
        for i, name in enumerate(others)
    )
    count = engine.run(f"SELECT count({quoted(column.name)}) FROM {store}")[0][0]
    if not count:
        return None
    pick = (
        f"AND hash(_row, {draft.options.seed}) % {count // _TEACHERS + 1} = 0"
        if count > _TEACHERS
        else ""
    )
    taught = engine.frame(
        f"SELECT {quoted(column.name)} AS y, {features} FROM {store}"
        f" WHERE {quoted(column.name)} IS NOT NULL {pick} ORDER BY _row"
    ).to_numpy(dtype=float)
    rows: list[np.ndarray] = []
    news: list[np.ndarray] = []
    with one_thread(), engine.cursor() as cursor:
        nearest = NearestNeighbors(
            n_neighbors=min(draft.options.neighbours, len(taught))
        ).fit(taught[:, 1:])
        for batch in cursor.execute(
            f"SELECT _row, {features} FROM {store} WHERE {quoted(column.name)} IS NULL"
        ).to_arrow_reader(_BATCH):
            cells = batch.to_pandas().to_numpy(dtype=float)
            rows.append(cells[:, 0].astype("int64"))
            news.append(
                taught[
                    nearest.kneighbors(cells[:, 1:], return_distance=False), 0
                ].mean(axis=1)
            )
    if not rows:
        return None
    name = f"{draft.store}_near"
    engine.register(
        name,
        pd.DataFrame({"_row": np.concatenate(rows), "new": np.concatenate(news)}),
    )
    return f"FROM {quoted(name)}"
