"""What becomes of each record when files are put one after the other: new, repeated, changed, replaced."""

from __future__ import annotations

from dataclasses import dataclass

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.reading.store import new_name

__all__ = ["Counts", "Pile", "settle"]

_MOSTLY = 0.9  # a key that is not unique in so many of a file's records is none


@dataclass(frozen=True)
class Counts:
    """The records of one file, as they met those of the files before."""

    new: int
    repeated: int
    changed: int
    alike: int  # equal to an earlier record, but with nothing in them to know them by: they stay


@dataclass(frozen=True)
class Pile:
    """Records of several files in one table of the engine: `_file`, `_source`, `_line`, `c0` … `cn`.

    `key` are the columns (positions) that name a record, the first `needed` of them must be filled; `one_record` says that
    a key has one record, so that a newer one replaces the older; `telling` that two equal records are the same one.
    """

    engine: Engine
    store: str
    width: int
    files: int
    key: tuple[int, ...]
    needed: int
    one_record: bool
    telling: bool


def settle(pile: Pile) -> tuple[str, list[Counts]]:
    """Judge every record.

    Returns the name of a table `_at` (rowid in the pile), `_file`, `event` (new, repeated, changed, alike) and `reason` (why
    it is set aside: repeated, replaced, or NULL where it stays), and the counts of each file.
    """
    engine, judged, marked = pile.engine, new_name(), new_name()
    cells = ", ".join(f"trim(c{place})" for place in range(pile.width))
    # 128 bits of a record's text, its cells parted by a character no file has in them: compared instead of the cells
    record = f"md5_number(concat_ws(chr(31), {cells}))"
    engine.run(
        f"CREATE TABLE {quoted(marked)} AS SELECT rowid AS _at, _file, {record} AS record, {_key(pile)} AS key FROM {quoted(pile.store)}"
    )
    if pile.one_record and pile.key and _is_key(pile, marked):
        _by_key(pile, marked, judged)
    else:
        _by_record(pile, marked, judged)
    engine.run(f"DROP TABLE {quoted(marked)}")
    return judged, _counts(pile, judged)


def _key(pile: Pile) -> str:
    if not pile.key:
        return "NULL::UHUGEINT"
    filled = " AND ".join(f"trim(c{place}) <> ''" for place in pile.key[: pile.needed])
    return f"CASE WHEN {filled} THEN md5_number(concat_ws(chr(31), {', '.join(f'trim(c{place})' for place in pile.key)})) END"


def _is_key(pile: Pile, marked: str) -> bool:
    shares = pile.engine.run(
        f"SELECT count(DISTINCT key) / greatest(count(*), 1) FROM {quoted(marked)} GROUP BY _file"
    )
    return all(share >= _MOSTLY for (share,) in shares)


def _by_record(pile: Pile, marked: str, judged: str) -> None:
    """A record is repeated where an earlier file has it as often: the n-th of its kind in a file meets the n-th of an earlier one."""
    pile.engine.run(
        f"""
        CREATE TABLE {quoted(judged)} AS
        WITH shared AS (SELECT record FROM {quoted(marked)} GROUP BY record HAVING min(_file) < max(_file)),
        numbered AS (SELECT _at, _file, record, row_number() OVER (PARTITION BY _file, record ORDER BY _at) AS nth FROM {quoted(marked)} SEMI JOIN shared USING (record)),
        again AS (SELECT _at FROM numbered QUALIFY row_number() OVER (PARTITION BY record, nth ORDER BY _file) > 1),
        keys AS (SELECT key, min(_file) AS first FROM {quoted(marked)} WHERE key IS NOT NULL GROUP BY key HAVING min(_file) < max(_file))
        SELECT m._at, m._file, m.record,
               CASE WHEN a._at IS NOT NULL THEN 'repeated' WHEN k.first < m._file AND {"false" if pile.one_record else "true"} THEN 'changed' ELSE 'new' END AS event,
               CASE WHEN a._at IS NOT NULL THEN 'repeated' END AS reason
        FROM {quoted(marked)} m LEFT JOIN again a USING (_at) LEFT JOIN keys k USING (key)
        """
    )
    if not pile.telling:
        # without anything to know a record by, only a file that repeats as a whole is a repeat
        pile.engine.run(
            f"UPDATE {quoted(judged)} SET event = 'alike', reason = NULL WHERE event = 'repeated' AND _file IN "
            f"(SELECT _file FROM {quoted(judged)} GROUP BY _file HAVING count(*) FILTER (WHERE event <> 'repeated') > 0)"
        )


def _by_key(pile: Pile, marked: str, judged: str) -> None:
    """A key's records are versions, one a file: equal ones in a row are repeats, the last that differs stays.

    Keys that a file has twice, and records without a key, are judged as records.
    """
    _by_record(pile, marked, judged)
    pile.engine.run(
        f"""
        CREATE OR REPLACE TABLE {quoted(judged)} AS
        WITH single AS (SELECT key FROM {quoted(marked)} WHERE key IS NOT NULL GROUP BY key HAVING count(*) = count(DISTINCT _file) AND count(*) > 1),
        versions AS (SELECT _at, key, _file, record, coalesce(lag(record) OVER w <> record, true) AS starts, row_number() OVER w AS nth
                     FROM {quoted(marked)} SEMI JOIN single USING (key) WINDOW w AS (PARTITION BY key ORDER BY _file)),
        runs AS (SELECT *, sum(starts::INT) OVER (PARTITION BY key ORDER BY _file) AS run, sum(starts::INT) OVER (PARTITION BY key) AS runs FROM versions)
        SELECT j._at, j._file, j.record,
               CASE WHEN r._at IS NULL THEN j.event WHEN NOT r.starts THEN 'repeated' WHEN r.nth = 1 THEN 'new' ELSE 'changed' END AS event,
               CASE WHEN r._at IS NULL THEN j.reason WHEN NOT r.starts THEN 'repeated' WHEN r.run < r.runs THEN 'replaced' END AS reason
        FROM {quoted(judged)} j LEFT JOIN runs r USING (_at)
        """
    )


def _counts(pile: Pile, judged: str) -> list[Counts]:
    rows = pile.engine.run(f"SELECT _file, event, count(*) FROM {quoted(judged)} GROUP BY ALL")
    found = {(file, event): count for file, event, count in rows}
    return [
        Counts(*(found.get((file, event), 0) for event in ("new", "repeated", "changed", "alike")))
        for file in range(pile.files)
    ]
