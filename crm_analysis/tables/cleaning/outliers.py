"""Values far from the rest of their column.

By Tukey's fences, by the median, or by an isolation forest over all of them.

Tukey, Exploratory Data Analysis (1977): beyond 3 interquartile ranges is "far out". Iglewicz and
Hoaglin (1993): 0.6745 times the distance from the median over the median absolute deviation, above
3.5. Liu, Ting and Zhou, Isolation Forest (2008).
"""

from __future__ import annotations

from collections.abc import Sequence

from crm_analysis.engine import Engine, quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.impossible import OddCells
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.measures import measures
from crm_analysis.tables.threads import one_thread

_FEW = 10
_FOREST_ROWS = 50_000
_BATCH = 200_000
_DEFAULT = {"iqr": 3.0, "robust_z": 3.5}


def measured(
    engine: Engine,
    store: str,
    columns: Sequence[ColumnReading],
    options: CleanOptions,
) -> list[str]:
    """The columns that outliers are looked for in.

    Those asked for, or every number with more than a few values. Where outliers are to be clipped
    or set aside by fences, those with a few values too: so is what was asked, and they are far out.
    """
    numbers = [column for column in columns if column.type in ("number", "money")]
    if options.outlier_columns:
        chosen = set(options.outlier_columns)
        return [
            column.name
            for column in numbers
            if {column.name, column.source} & chosen
        ]
    if not numbers:
        return []
    by_fences = options.outlier_method != "isolation_forest"
    judges_all = by_fences and options.outliers in ("clip", "set_aside")
    counts = measures(
        engine,
        [f"approx_count_distinct({quoted(column.name)})" for column in numbers],
        quoted(store),
    )
    return [
        column.name
        for column, count in zip(numbers, counts, strict=True)
        if count > _FEW or judges_all
    ]


def say_not_judged(
    engine: Engine,
    store: str,
    columns: Sequence[ColumnReading],
    options: CleanOptions,
) -> tuple[Message, ...]:
    """What to say of columns that are passed over though outliers are to be acted on.

    Those of too few values for an isolation forest, and those without spread for fences.
    """
    by_forest = options.outlier_method == "isolation_forest"
    if options.outliers == "flag" and not by_forest:
        return ()
    names = measured(engine, store, columns, options)
    judged = set(names if by_forest else fences(engine, store, names, options))
    chosen = set(options.outlier_columns)
    asked = [
        column.name
        for column in columns
        if column.type in ("number", "money")
        and (not chosen or {column.name, column.source} & chosen)
    ]
    missed = [
        name
        for name in asked
        if name not in judged and not _is_empty(engine, store, name)
    ]
    if not missed:
        return ()
    why = "few" if by_forest else "no_spread"
    return (
        Message(
            f"cleaning.question.outliers_{why}",
            {"columns": missed, "count": len(missed)},
        ),
    )


def _is_empty(engine: Engine, store: str, name: str) -> bool:
    """Whether a column has no two values that differ, so that nothing in it can stand apart."""
    low, high = engine.run(
        f"SELECT min({quoted(name)}), max({quoted(name)}) FROM {quoted(store)}"
    )[0]
    return bool(low == high)


def fences(
    engine: Engine, store: str, names: Sequence[str], options: CleanOptions
) -> dict[str, tuple[float, float]]:
    """The least and greatest value of each column that is not an outlier.

    Columns without spread have none.
    """
    if not names:
        return {}
    factor = options.outlier_threshold or _DEFAULT.get(options.outlier_method, 3.0)
    if options.outlier_method == "robust_z":
        middles, spreads = (
            measures(
                engine,
                [f"{measure}({quoted(name)})" for name in names],
                quoted(store),
            )
            for measure in ("median", "mad")
        )
        return {
            name: (mid - factor * mad / 0.6745, mid + factor * mad / 0.6745)
            for name, mid, mad in zip(names, middles, spreads, strict=True)
            if mad
        }
    quarters = measures(
        engine,
        [f"quantile_cont({quoted(name)}, [0.25, 0.75])" for name in names],
        quoted(store),
    )
    bounds = {}
    for name, pair in zip(names, quarters, strict=True):
        if pair and pair[1] > pair[0]:
            reach = factor * (pair[1] - pair[0])
            bounds[name] = (pair[0] - reach, pair[1] + reach)
    return bounds


def outlying(
    engine: Engine,
    store: str,
    columns: Sequence[ColumnReading],
    options: CleanOptions,
) -> list[OddCells]:
    """The conditions for outliers by fences."""
    names = measured(engine, store, columns, options)
    return [
        OddCells(
            name,
            "outlier",
            f"{quoted(name)} < {low!r} OR {quoted(name)} > {high!r}",
        )
        for name, (low, high) in fences(engine, store, names, options).items()
    ]


def forest(
    engine: Engine,
    store: str,
    columns: Sequence[ColumnReading],
    options: CleanOptions,
) -> str | None:
    """Score whole rows by an isolation forest.

    The name of a table of the `_row` numbers of those that stand apart.

    Missing values count as the column's median. The forest is grown on up to 50,000 rows and
    judges all.
    """
    import numpy as np
    import pandas as pd
    from sklearn.ensemble import IsolationForest

    names = measured(engine, store, columns, options)
    if not names:
        return None
    listed = ", ".join(quoted(name) for name in names)
    middles = engine.run(
        f"SELECT {', '.join(f'median({quoted(name)})' for name in names)} FROM {quoted(store)}"
    )[0]
    filled = ", ".join(
        f"coalesce({quoted(name)}, {float(middle or 0)!r}) AS {quoted(name)}"
        for name, middle in zip(names, middles, strict=True)
    )
    rows = engine.run(f"SELECT count(*) FROM {quoted(store)}")[0][0]
    if rows < _FEW:
        return None
    pick = (
        f"WHERE hash(_row, {options.seed}) % {rows // _FOREST_ROWS + 1} = 0"
        if rows > _FOREST_ROWS
        else ""
    )
    sample = engine.frame(
        f"SELECT {filled} FROM {quoted(store)} {pick} ORDER BY _row"
    )
    target = f"{store}_apart"
    with one_thread():
        grown = IsolationForest(random_state=options.seed).fit(sample.to_numpy())
        apart: list[np.ndarray] = []
        with engine.cursor() as cursor:
            for batch in cursor.execute(
                f"SELECT _row, {filled} FROM {quoted(store)}"
            ).to_arrow_reader(_BATCH):
                frame = batch.to_pandas()
                apart.append(
                    frame["_row"].to_numpy()[
                        grown.predict(frame[names].to_numpy()) == -1
                    ]
                )
    engine.register(
        target,
        pd.DataFrame(
            {
                "_row": np.concatenate(apart)
                if apart
                else np.array([], dtype="int64")
            }
        ),
    )
    return target if listed else None
