"""Several files of one form become one table: a month is added, what comes twice is counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd

from crm_analysis.engine import Engine, quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.appending.matching import Counts, Pile, settle
from crm_analysis.tables.reading import RawTable, Reading
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.roles import Roles, guess_roles
from crm_analysis.tables.roles.names import normal_name

__all__ = ["append", "brought_in", "compare", "record_key", "same_form"]

# What tells the records of a kind apart: (roles that must be there, roles joined where they are), the first that fits.
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
_ONE_RECORD = (
    "customers",
    "series",
)  # kinds where a key has one record, so that a newer one takes the place of the older
# With one of these in it, an equal record is the same record; the same bare text or figure may be another person's.
_TELLING = frozenset({"order", "date", "customer"})
_NOTE = "linking.note_appended"


def record_key(roles: Roles) -> list[str]:
    """The columns that tell the records of a table apart; none where their roles are missing.

    Customer for customers, date and series for series, order and product (and its code) for transactions, customer and date
    (and channel, campaign) for contacts, customer and date (and product) for feedback.

    >>> record_key(Roles("contacts", {"customer": "Id", "date": "Day", "channel": "Via", "cost": "Cost"}))
    ['Id', 'Day', 'Via']
    """
    needed, further = _key_roles(roles)
    return [roles.columns[role] for role in (*needed, *further)]


def _key_roles(roles: Roles) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for needed, further in _KEYS[roles.kind]:
        if all(role in roles.columns for role in needed):
            return needed, tuple(role for role in further if role in roles.columns)
    return (), ()


def same_form(one: RawTable | Reading, other: RawTable) -> bool:
    """Whether two files have the same columns, in any order: names are compared without case, spaces and underscores."""
    try:
        _column_order(one if isinstance(one, Reading) else one.reading, other.reading)
    except AnalysisError:
        return False
    return True


def append(
    raws: Sequence[RawTable], roles: Roles | None = None, put_back: Collection[tuple[int, int]] = ()
) -> RawTable:
    """One table of several files of the same form, the oldest first.

    Columns are matched by name whatever their order, case, spaces and underscores (by position where the files have no
    header); the names of the first file stay. A record that an earlier file already has is set aside ("repeated"), each
    of its occurrences once: two equal records in the new file and one before are one repeat and one new. Records that
    only repeat within one file stay, cleaning decides on them.

    Where a key has one record (customers; series), a newer record takes the place of the older one, which is set aside
    ("replaced"). Order lines, contacts and comments of one key stay both and are counted as changed: an order may well hold
    the same product on two lines, and two messages on one day are two, so that taking one away could lose sales unseen.

    A table without customer, order and date has nothing to know a record by: equal rows of two such files may be two
    people's. They stay, unless a file repeats as a whole. Baskets get new order numbers, so that those of two files differ.

    Parameters
    ----------
    raws
        At least one table as read; one that is itself appended counts as one file with several sources. All rows go to
        the engine of the first.
    roles
        What the columns of the first file are; guessed where not given.
    put_back
        Records that stay though they are repeated or replaced, as (source, line).

    Returns
    -------
    RawTable
        `sources` are the readings, `_source` the position among them, and so is `source` in `set_aside`. For each file
        added a note ("linking.note_appended") says how many of its records are new, repeated and changed.

    Raises
    ------
    AnalysisError
        Where a file has other columns; names the file and the columns.
    """
    first = raws[0]
    if len(raws) == 1:
        return first
    pile = _pile(raws, roles or guess_roles(first))
    judged, counts = settle(pile)
    if put_back:
        wanted = ", ".join(f"({int(source)}, {int(line)})" for source, line in put_back)
        pile.engine.run(
            f"UPDATE {quoted(judged)} SET reason = NULL WHERE _at IN (SELECT rowid FROM {quoted(pile.store)} WHERE (_source, _line) IN (VALUES {wanted}))"
        )
    store = new_name()
    columns = ", ".join(f"p.c{place}" for place in range(pile.width))
    if first.reading.layout == "baskets":
        columns = f"{_order_number(pile, judged)} AS c0, {', '.join(f'p.c{place}' for place in range(1, pile.width))}"
    pile.engine.run(
        f"CREATE TABLE {quoted(store)} AS SELECT p._source::SMALLINT AS _source, p._line, {columns} FROM {quoted(pile.store)} p "
        f"JOIN {quoted(judged)} j ON p.rowid = j._at WHERE j.reason IS NULL ORDER BY p.rowid"
    )
    aside = _set_aside(raws, pile, judged)
    rows = pile.engine.run(f"SELECT count(*) FROM {quoted(store)}")[0][0]
    for table in (pile.store, judged):
        pile.engine.run(f"DROP TABLE {quoted(table)}")
    sources = tuple(source for raw in raws for source in (raw.sources or (raw.reading,)))
    return RawTable(
        _reading(raws, rows, len(aside) - sum(len(raw.set_aside) for raw in raws), counts),
        pile.engine,
        store,
        aside,
        sources,
    )


def compare(
    before: RawTable, added: RawTable | Collection[int], roles: Roles | None = None
) -> dict[str, int]:
    """How the records of `added` meet those of `before`: counts of "new", "repeated" and "changed", which add up to its records.

    Repeated: an equal record is there, occurrence by occurrence. Changed: the key (`record_key`) is there with other content.
    Instead of a table, `added` may be the sources of an appended table `before` whose records are asked for.
    """
    if not isinstance(added, RawTable):
        return brought_in(before, added)
    pile = _pile([before, added], roles or guess_roles(before))
    judged, counts = settle(pile)
    for table in (pile.store, judged):
        pile.engine.run(f"DROP TABLE {quoted(table)}")
    return {
        "new": counts[1].new + counts[1].alike,
        "repeated": counts[1].repeated,
        "changed": counts[1].changed,
    }


def brought_in(appended: RawTable, sources: Collection[int]) -> dict[str, int]:
    """What some sources of an appended table brought: counts of "new", "repeated" and "changed" records."""
    found: Counter[str] = Counter(new=0, repeated=0, changed=0)
    for key, details in appended.reading.notes:
        if key == _NOTE and details["source"] in sources:
            found.update({name: details[name] for name in ("new", "repeated", "changed")})  # type: ignore[dict-item]
    return dict(found)


def _column_order(first: Reading, other: Reading) -> list[int]:
    """Where the other file has each column of the first."""
    if (
        not first.header
        and not other.header
        and first.layout == other.layout
        and len(first.columns) == len(other.columns)
    ):
        return list(range(len(first.columns)))
    for same in (str, normal_name):
        here, there = [same(name) for name in first.columns], [same(name) for name in other.columns]
        if sorted(here) == sorted(there) and len(set(here)) == len(here):
            return [there.index(name) for name in here]
    known = {normal_name(name) for name in first.columns}
    found = {normal_name(name) for name in other.columns}
    missing = [name for name in first.columns if normal_name(name) not in found]
    extra = [name for name in other.columns if normal_name(name) not in known]
    if missing and extra:
        raise AnalysisError(
            "linking.other_columns", file=other.name, first=first.name, missing=missing, extra=extra
        )
    if missing or extra:
        raise AnalysisError(
            "linking.missing_columns" if missing else "linking.extra_columns",
            file=other.name,
            first=first.name,
            columns=missing or extra,
        )
    raise AnalysisError("linking.same_names", file=other.name, first=first.name)


def _pile(raws: Sequence[RawTable], roles: Roles) -> Pile:
    first = raws[0]
    engine, store, width = first.engine, new_name(), len(first.reading.columns)
    source = 0
    orders = [_column_order(first.reading, raw.reading) for raw in raws]
    for file, (raw, order) in enumerate(zip(raws, orders, strict=True)):
        columns = ", ".join(f"c{there} AS c{here}" for here, there in enumerate(order))
        chosen = f"SELECT {file} AS _file, _source + {source} AS _source, _line, {columns} FROM {{}} ORDER BY _source, _line"
        make = f"CREATE TABLE {quoted(store)} AS" if file == 0 else f"INSERT INTO {quoted(store)}"
        if raw.engine is engine:
            engine.run(f"{make} {chosen.format(quoted(raw.store))}")
        else:
            _bring(raw, engine, make, chosen)
        source += len(raw.sources) or 1
    baskets = first.reading.layout == "baskets"
    needed, further = _key_roles(roles)
    names = list(first.reading.columns)
    key = () if baskets else tuple(names.index(roles.columns[role]) for role in (*needed, *further))
    telling = not baskets and bool(_TELLING & set(roles.columns))
    return Pile(
        engine, store, width, len(raws), key, len(needed), roles.kind in _ONE_RECORD, telling
    )


def _bring(raw: RawTable, engine: Engine, make: str, chosen: str) -> None:
    """Rows of a table in another engine."""
    with raw.engine.cursor() as there, engine.cursor() as here:
        here.register("incoming_rows", there.execute(f"FROM {quoted(raw.store)}").to_arrow_table())
        here.execute(f"{make} {chosen.format('incoming_rows')}")
        here.unregister("incoming_rows")


def _order_number(pile: Pile, judged: str) -> str:
    """SQL: the number of a basket, going on from the highest of the file before."""
    rows = pile.engine.run(
        f"SELECT p._file, max(try_cast(p.c0 AS BIGINT)) FROM {quoted(pile.store)} p JOIN {quoted(judged)} j ON p.rowid = j._at WHERE j.reason IS NULL GROUP BY p._file ORDER BY p._file"
    )
    shift, cases = 0, []
    for file, highest in rows:
        cases.append(
            f"WHEN {file} THEN coalesce((try_cast(p.c0 AS BIGINT) + {shift})::VARCHAR, p.c0)"
        )
        shift += highest or 0
    return f"CASE p._file {' '.join(cases)} ELSE p.c0 END"


def _set_aside(raws: Sequence[RawTable], pile: Pile, judged: str) -> pd.DataFrame:
    """What the files had set aside, and the records that are repeated or replaced."""
    frames, source = [], 0
    for raw in raws:
        if len(raw.set_aside):
            frames.append(
                raw.set_aside.assign(source=raw.set_aside["source"].astype("int64") + source)
            )
        source += len(raw.sources) or 1
    delimiter = raws[0].reading.delimiter or ","
    mark = delimiter.replace("'", "''")
    cells = [
        f"CASE WHEN regexp_matches(p.c{place}, '[\"\\r\\n]') OR contains(p.c{place}, '{mark}') THEN '\"' || replace(p.c{place}, '\"', '\"\"') || '\"' ELSE p.c{place} END"
        for place in range(pile.width)
    ]
    text, group = f"concat_ws('{mark}', {', '.join(cells)})", ""
    if raws[0].reading.layout == "baskets":  # a record is a basket, its products are rows
        text, group = (
            f"string_agg({cells[1]}, '{mark}' ORDER BY p.rowid)",
            "GROUP BY p._file, p._source, p._line, j.reason",
        )
    found = pile.engine.frame(
        f"SELECT p._source::BIGINT AS source, p._line AS line, j.reason, {text} AS text FROM {quoted(pile.store)} p "
        f"JOIN {quoted(judged)} j ON p.rowid = j._at WHERE j.reason IS NOT NULL {group} ORDER BY p._source, p._line{'' if group else ', p.rowid'}"
    )
    if len(found) or not frames:
        frames.append(found)
    whole = pd.concat(frames, ignore_index=True)
    return whole.sort_values(["source", "line"], kind="stable", ignore_index=True)


def _reading(raws: Sequence[RawTable], rows: int, aside: int, counts: Sequence[Counts]) -> Reading:
    """The reading of the whole: sums, and a note a file added."""
    first = raws[0].reading
    notes, source = list(first.notes), 0
    for raw, count in zip(raws, counts, strict=True):
        if source:
            notes.append(
                Message(
                    _NOTE,
                    {
                        "file": raw.reading.name,
                        "source": source,
                        "new": count.new + count.alike,
                        "repeated": count.repeated,
                        "changed": count.changed,
                    },
                )
            )
            if count.alike:
                notes.append(
                    Message("linking.note_alike", {"file": raw.reading.name, "count": count.alike})
                )
        source += len(raw.sources) or 1
    sums: Counter[str] = Counter()
    for raw in raws:
        sums.update(raw.reading.counts)
    if sums:
        sums["kept"] -= aside
        sums["aside"] += aside
    return replace(
        first,
        name=f"{first.name} + {len(raws) - 1}" if not raws[0].sources else first.name,
        size=sum(raw.reading.size for raw in raws),
        records=sum(raw.reading.records for raw in raws),
        rows=rows,
        notes=tuple(notes),
        counts=dict(sums),
    )
