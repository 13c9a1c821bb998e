"""Several files of one form become one table: a month is added, what comes twice counts once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import pandas as pd

from crm_analysis.engine import literal, quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.appending.matching import (
    MatchCounts,
    StackedFiles,
    match_records,
)
from crm_analysis.tables.reading import RawTable, Reading
from crm_analysis.tables.reading.store import bring_rows, new_name
from crm_analysis.tables.roles import Roles, guess_roles
from crm_analysis.tables.roles.names import normal_name

__all__ = ["append", "brought_in", "compare", "record_key", "same_form"]

# What tells the records of a kind apart, the first that fits: roles that must be there, and roles
# that are joined where they are.
_KEYS: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "customers": ((("customer",), ()),),
    "series": ((("date",), ("series",)),),
    "transactions": (
        (("order", "product"), ("product_code",)),
        (("customer", "date"), ("product", "product_code")),
    ),
    "contacts": ((("customer", "date"), ("channel", "campaign")),),
    "feedback": ((("customer", "date"), ("product",)),),
}
# Kinds where a key has one record, so that a newer one takes the place of the older.
_ONE_RECORD = ("customers", "series")
# With one of these in it, an equal record is the same record; the same bare text or figure may be
# another person's.
_IDENTIFYING = frozenset({"order", "date", "customer"})
_NOTE = "linking.note_appended"


def record_key(roles: Roles) -> list[str]:
    """The columns that tell the records of a table apart; none where their roles are missing.

    Customer for customers, date and series for series, order and product (and its code) for
    transactions, customer and date (and channel, campaign) for contacts, customer and date (and
    product) for feedback.

    >>> columns = {"customer": "Id", "date": "Day", "channel": "Via", "cost": "Cost"}
    >>> record_key(Roles("contacts", columns))
    ['Id', 'Day', 'Via']
    """
    needed, further = _key_roles(roles)
    return [roles.columns[role] for role in (*needed, *further)]


def _key_roles(roles: Roles) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for needed, further in _KEYS[roles.kind]:
        if all(role in roles.columns for role in needed):
            return needed, tuple(role for role in further if role in roles.columns)
    return (), ()


def same_form(first: RawTable | Reading, other: RawTable) -> bool:
    """Whether two files have the same columns, in any order.

    Names are compared without case, spaces and underscores.
    """
    reading = first if isinstance(first, Reading) else first.reading
    try:
        _column_order(reading, other.reading)
    except AnalysisError:
        return False
    return True


def append(
    raws: Sequence[RawTable],
    roles: Roles | None = None,
    put_back: Collection[tuple[int, int]] = (),
) -> RawTable:
    """One table of several files of the same form, the oldest first.

    Columns are matched by name whatever their order, case, spaces and underscores (by position
    where the files have no header); the names of the first file stay. A record that an earlier file
    already has is set aside ("repeated"), each of its occurrences once: two equal records in the
    new file and one before are one repeat and one new. Records that only repeat within one file
    stay, cleaning decides on them.

    Where a key has one record (customers; series), a newer record takes the place of the older one,
    which is set aside ("replaced"). Order lines, contacts and comments of one key stay both and are
    counted as changed: an order may well hold the same product on two lines, and two messages on
    one day are two, so that taking one away could lose sales unseen.

    A table without customer, order and date has nothing to know a record by: equal rows of two such
    files may be two people's. They stay, unless a file repeats as a whole. Baskets get new order
    numbers, so that those of two files differ.

    Parameters
    ----------
    raws
        At least one table as read; one that is itself appended counts as one file with several
        sources. All rows go to the engine of the first.
    roles
        What the columns of the first file are; guessed where not given.
    put_back
        Records that stay though they are repeated or replaced, as (source, line).

    Returns
    -------
    RawTable
        `sources` are the readings, `_source` the position among them, and so is `source` in
        `set_aside`. For each file added a note ("linking.note_appended") says how many of its
        records are new, repeated and changed.

    Raises
    ------
    AnalysisError
        `linking.other_columns`, `linking.missing_columns`, `linking.extra_columns`,
        `linking.same_names`: a file has other columns; names the file and the columns.
    ValueError
        There is no table.
    """
    if not raws:
        raise ValueError("raws must be at least one table")
    first = raws[0]
    if len(raws) == 1:
        return first
    stack = _stack(raws, roles or guess_roles(first))
    matches, counts = match_records(stack)
    engine = stack.engine
    if put_back:
        wanted = ", ".join(
            f"({int(source)}, {int(line)})" for source, line in put_back
        )
        engine.run(
            f"UPDATE {matches} SET reason = NULL WHERE _row IN"
            f" (SELECT rowid FROM {stack.table} WHERE (_source, _line) IN (VALUES {wanted}))"
        )
    columns = [f"s.c{position}" for position in range(stack.width)]
    if first.reading.layout == "baskets":
        columns[0] = f"{_order_number(stack, matches)} AS c0"
    store = new_name()
    engine.run(
        f"CREATE TABLE {quoted(store)} AS"
        f" SELECT s._source::SMALLINT AS _source, s._line, {', '.join(columns)}"
        f" FROM {stack.table} s JOIN {matches} m ON s.rowid = m._row"
        " WHERE m.reason IS NULL ORDER BY s.rowid"
    )
    set_aside = _set_aside(raws, stack, matches)
    engine.run(f"DROP TABLE {stack.table}; DROP TABLE {matches}")
    ((rows,),) = engine.run(f"SELECT count(*) FROM {quoted(store)}")
    aside = len(set_aside) - sum(len(raw.set_aside) for raw in raws)
    return RawTable(
        reading=_reading(raws, rows, aside, counts),
        engine=engine,
        store=store,
        set_aside=set_aside,
        sources=tuple(
            source for raw in raws for source in raw.sources or (raw.reading,)
        ),
    )


def compare(
    before: RawTable,
    added: RawTable | Collection[int],
    roles: Roles | None = None,
) -> dict[str, int]:
    """How the records of `added` meet those of `before`.

    Counts of "new", "repeated" and "changed", which add up to its records. Repeated: an equal
    record is there, occurrence by occurrence. Changed: the key (`record_key`) is there with other
    content. Instead of a table, `added` may be the sources of an appended table `before` whose
    records are asked for.
    """
    if not isinstance(added, RawTable):
        return brought_in(before, added)
    stack = _stack([before, added], roles or guess_roles(before))
    matches, (_, counts) = match_records(stack)
    stack.engine.run(f"DROP TABLE {stack.table}; DROP TABLE {matches}")
    return {
        "new": counts.new + counts.alike,
        "repeated": counts.repeated,
        "changed": counts.changed,
    }


def brought_in(appended: RawTable, sources: Collection[int]) -> dict[str, int]:
    """What some sources of an appended table brought.

    Counts of "new", "repeated" and "changed" records.
    """
    counts: Counter[str] = Counter(new=0, repeated=0, changed=0)
    for key, details in appended.reading.notes:
        if key == _NOTE and details["source"] in sources:
            counts.update({event: details[event] for event in counts})
    return dict(counts)


def _column_order(first: Reading, other: Reading) -> list[int]:
    """Where the other file has each column of the first."""
    if (
        not first.header
        and not other.header
        and first.layout == other.layout
        and len(first.columns) == len(other.columns)
    ):
        return list(range(len(first.columns)))
    for comparable in (str, normal_name):
        wanted = [comparable(name) for name in first.columns]
        names = [comparable(name) for name in other.columns]
        if sorted(wanted) == sorted(names) and len(set(wanted)) == len(wanted):
            return [names.index(name) for name in wanted]
    missing = _not_in(first.columns, other.columns)
    extra = _not_in(other.columns, first.columns)
    details = {"file": other.name, "first": first.name}
    if missing and extra:
        raise AnalysisError(
            "linking.other_columns", **details, missing=missing, extra=extra
        )
    if missing:
        raise AnalysisError("linking.missing_columns", **details, columns=missing)
    if extra:
        raise AnalysisError("linking.extra_columns", **details, columns=extra)
    raise AnalysisError("linking.same_names", **details)


def _not_in(names: Sequence[str], others: Sequence[str]) -> list[str]:
    normal_others = {normal_name(name) for name in others}
    return [name for name in names if normal_name(name) not in normal_others]


def _with_first_source(
    raws: Sequence[RawTable],
) -> Iterator[tuple[RawTable, int]]:
    """The tables, each with the position that its first source has among all."""
    source = 0
    for raw in raws:
        yield raw, source
        source += len(raw.sources) or 1


def _stack(raws: Sequence[RawTable], roles: Roles) -> StackedFiles:
    first = raws[0]
    engine, store = first.engine, new_name()
    orders = [_column_order(first.reading, raw.reading) for raw in raws]
    for file, (raw, source) in enumerate(_with_first_source(raws)):
        columns = ", ".join(
            f"c{other} AS c{own}" for own, other in enumerate(orders[file])
        )
        rows = (
            f"SELECT {file} AS _file, _source + {source} AS _source, _line, {columns}"
            " FROM {} ORDER BY _source, _line"
        )
        target = (
            f"INSERT INTO {quoted(store)}"
            if file
            else f"CREATE TABLE {quoted(store)} AS"
        )
        bring_rows(raw, engine, f"{target} {rows}")
    names = first.reading.columns
    is_baskets = first.reading.layout == "baskets"
    needed, further = _key_roles(roles)
    key = [names.index(roles.columns[role]) for role in (*needed, *further)]
    return StackedFiles(
        engine=engine,
        store=store,
        width=len(names),
        files=len(raws),
        key=() if is_baskets else tuple(key),
        needed=len(needed),
        one_record=roles.kind in _ONE_RECORD,
        identifying=not is_baskets and bool(_IDENTIFYING & set(roles.columns)),
    )


def _order_number(stack: StackedFiles, matches: str) -> str:
    """SQL: the number of a basket, going on from the highest of the file before."""
    highest_numbers = stack.engine.run(
        f"SELECT s._file, max(try_cast(s.c0 AS BIGINT)) FROM {stack.table} s"
        f" JOIN {matches} m ON s.rowid = m._row WHERE m.reason IS NULL"
        " GROUP BY s._file ORDER BY s._file"
    )
    shift, cases = 0, []
    for file, highest in highest_numbers:
        number = f"(try_cast(s.c0 AS BIGINT) + {shift})::VARCHAR"
        cases.append(f"WHEN {file} THEN coalesce({number}, s.c0)")
        shift += highest or 0
    return f"CASE s._file {' '.join(cases)} ELSE s.c0 END"


def _set_aside(
    raws: Sequence[RawTable], stack: StackedFiles, matches: str
) -> pd.DataFrame:
    """What the files had set aside, and the records that are repeated or replaced."""
    frames = [
        raw.set_aside.assign(
            source=raw.set_aside["source"].astype("int64") + source
        )
        for raw, source in _with_first_source(raws)
        if len(raw.set_aside)
    ]
    delimiter = literal(raws[0].reading.delimiter or ",")
    cells = [
        _as_written(f"s.c{position}", delimiter) for position in range(stack.width)
    ]
    text, group, order = (
        f"concat_ws({delimiter}, {', '.join(cells)})",
        "",
        ", s.rowid",
    )
    if (
        raws[0].reading.layout == "baskets"
    ):  # a record is a basket, its products are rows
        text = f"string_agg({cells[1]}, {delimiter} ORDER BY s.rowid)"
        group, order = "GROUP BY s._file, s._source, s._line, m.reason", ""
    matched = stack.engine.frame(
        f"SELECT s._source::BIGINT AS source, s._line AS line, m.reason, {text} AS text"
        f" FROM {stack.table} s JOIN {matches} m ON s.rowid = m._row"
        f" WHERE m.reason IS NOT NULL {group} ORDER BY s._source, s._line{order}"
    )
    if len(matched) or not frames:
        frames.append(matched)
    aside = pd.concat(frames, ignore_index=True)
    return aside.sort_values(["source", "line"], kind="stable", ignore_index=True)


def _as_written(cell: str, delimiter: str) -> str:
    """SQL: a cell in quotes where it must be."""
    in_quotes = f"'\"' || replace({cell}, '\"', '\"\"') || '\"'"
    needs_quotes = (
        f"regexp_matches({cell}, '[\"\\r\\n]') OR contains({cell}, {delimiter})"
    )
    return f"CASE WHEN {needs_quotes} THEN {in_quotes} ELSE {cell} END"


def _reading(
    raws: Sequence[RawTable],
    rows: int,
    aside: int,
    counts: Sequence[MatchCounts],
) -> Reading:
    """The reading of the whole: sums, and a note a file added."""
    first = raws[0].reading
    notes = list(first.notes)
    sums: Counter[str] = Counter()
    for (raw, source), count in zip(_with_first_source(raws), counts, strict=True):
        sums.update(raw.reading.counts)
        name = raw.reading.name
        if source:
            details = {
                "file": name,
                "source": source,
                "new": count.new + count.alike,
                "repeated": count.repeated,
                "changed": count.changed,
            }
            notes.append(Message(_NOTE, details))
        if source and count.alike:
            notes.append(
                Message("linking.note_alike", {"file": name, "count": count.alike})
            )
    if sums:
        sums["kept"] -= aside
        sums["aside"] += aside
    return replace(
        first,
        name=first.name if raws[0].sources else f"{first.name} + {len(raws) - 1}",
        size=sum(raw.reading.size for raw in raws),
        records=sum(raw.reading.records for raw in raws),
        rows=rows,
        notes=tuple(notes),
        counts=dict(sums),
    )
