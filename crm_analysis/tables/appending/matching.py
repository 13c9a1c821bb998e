"""What each record is when files are put one after the other: new, repeated, changed, replaced."""

from __future__ import annotations

from dataclasses import dataclass

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.reading.store import new_name

# A key that is not unique in so many of a file's records is none.
_UNIQUE_SHARE = 0.9


@dataclass(frozen=True)
class MatchCounts:
    """The records of one file, as they meet those of the files before.

    `alike` are equal to an earlier record, but have nothing in them to know them by: they stay.
    """

    new: int
    repeated: int
    changed: int
    alike: int


@dataclass(frozen=True)
class StackedFiles:
    """Records of several files in one table: `_file`, `_source`, `_line`, `c0` … `cn`.

    `key` are the columns (positions) that name a record, the first `needed` of them must be filled;
    `one_record` says that a key has one record, so that a newer one replaces the older;
    `identifying` that two equal records are the same one.
    """

    engine: Engine
    store: str
    width: int
    files: int
    key: tuple[int, ...]
    needed: int
    one_record: bool
    identifying: bool

    @property
    def table(self) -> str:
        """The name of the table for SQL."""
        return quoted(self.store)


def match_records(stack: StackedFiles) -> tuple[str, list[MatchCounts]]:
    """Match every record with those of the files before.

    Gives the name (for SQL) of a table `_row` (rowid in the stack), `_file`, `event` (new,
    repeated, changed, alike) and `reason` (why it is set aside: repeated, replaced, or NULL where
    it stays), and the counts of each file.
    """
    matches, hashes = quoted(new_name()), quoted(new_name())
    cells = ", ".join(f"trim(c{position})" for position in range(stack.width))
    # 128 bits of a record's text, its cells parted by a character no file has in them, are compared
    # instead of the cells.
    record = f"md5_number(concat_ws(chr(31), {cells}))"
    stack.engine.run(
        f"CREATE TABLE {hashes} AS"
        f" SELECT rowid AS _row, _file, {record} AS record, {_key(stack)} AS key FROM {stack.table}"
    )
    _match_by_record(stack, hashes, matches)
    if stack.one_record and stack.key and _is_key(stack, hashes):
        _match_by_key(stack, hashes, matches)
    stack.engine.run(f"DROP TABLE {hashes}")
    return matches, _counts(stack, matches)


def _key(stack: StackedFiles) -> str:
    if not stack.key:
        return "NULL::UHUGEINT"
    cells = [f"trim(c{position})" for position in stack.key]
    filled = " AND ".join(f"{cell} <> ''" for cell in cells[: stack.needed])
    return f"CASE WHEN {filled} THEN md5_number(concat_ws(chr(31), {', '.join(cells)})) END"


def _is_key(stack: StackedFiles, hashes: str) -> bool:
    shares = stack.engine.run(
        f"SELECT count(DISTINCT key) / greatest(count(*), 1) FROM {hashes} GROUP BY _file"
    )
    return all(share >= _UNIQUE_SHARE for (share,) in shares)


def _match_by_record(stack: StackedFiles, hashes: str, matches: str) -> None:
    """A record is repeated where an earlier file has it as often.

    The n-th of its kind in a file meets the n-th of an earlier one.
    """
    may_change = "false" if stack.one_record else "true"
    stack.engine.run(
        f"""
        CREATE TABLE {matches} AS
        WITH shared AS (
            SELECT record FROM {hashes} GROUP BY record HAVING min(_file) < max(_file)
        ),
        numbered AS (
            SELECT _row, _file, record,
                   row_number() OVER (PARTITION BY _file, record ORDER BY _row) AS nth
            FROM {hashes} SEMI JOIN shared USING (record)
        ),
        again AS (
            SELECT _row FROM numbered
            QUALIFY row_number() OVER (PARTITION BY record, nth ORDER BY _file) > 1
        ),
        keys AS (
            SELECT key, min(_file) AS first FROM {hashes} WHERE key IS NOT NULL
            GROUP BY key HAVING min(_file) < max(_file)
        )
        SELECT h._row, h._file, h.record,
               CASE WHEN a._row IS NOT NULL THEN 'repeated'
                    WHEN k.first < h._file AND {may_change} THEN 'changed' ELSE 'new' END AS event,
               CASE WHEN a._row IS NOT NULL THEN 'repeated' END AS reason
        FROM {hashes} h LEFT JOIN again a USING (_row) LEFT JOIN keys k USING (key)
        """
    )
    if not stack.identifying:
        # Without anything to know a record by, only a file that repeats as a whole is a repeat.
        stack.engine.run(
            f"""
            UPDATE {matches} SET event = 'alike', reason = NULL
            WHERE event = 'repeated' AND _file IN (
                SELECT _file FROM {matches} GROUP BY _file
                HAVING count(*) FILTER (WHERE event <> 'repeated') > 0
            )
            """
        )


def _match_by_key(stack: StackedFiles, hashes: str, matches: str) -> None:
    """A key's records are versions, one a file.

    Equal ones in a row are repeats, the last that differs stays. Keys that a file has twice, and
    records without a key, stay matched as records.
    """
    stack.engine.run(
        f"""
        CREATE OR REPLACE TABLE {matches} AS
        WITH single AS (
            SELECT key FROM {hashes} WHERE key IS NOT NULL
            GROUP BY key HAVING count(*) = count(DISTINCT _file) AND count(*) > 1
        ),
        versions AS (
            SELECT _row, key, _file, record,
                   coalesce(lag(record) OVER w <> record, true) AS starts,
                   row_number() OVER w AS nth
            FROM {hashes} SEMI JOIN single USING (key)
            WINDOW w AS (PARTITION BY key ORDER BY _file)
        ),
        runs AS (
            SELECT *, sum(starts::INT) OVER (PARTITION BY key ORDER BY _file) AS run,
                   sum(starts::INT) OVER (PARTITION BY key) AS runs
            FROM versions
        )
        SELECT m._row, m._file, m.record,
               CASE WHEN r._row IS NULL THEN m.event WHEN NOT r.starts THEN 'repeated'
                    WHEN r.nth = 1 THEN 'new' ELSE 'changed' END AS event,
               CASE WHEN r._row IS NULL THEN m.reason WHEN NOT r.starts THEN 'repeated'
                    WHEN r.run < r.runs THEN 'replaced' END AS reason
        FROM {matches} m LEFT JOIN runs r USING (_row)
        """
    )


def _counts(stack: StackedFiles, matches: str) -> list[MatchCounts]:
    rows = stack.engine.run(
        f"SELECT _file, event, count(*) FROM {matches} GROUP BY ALL"
    )
    counts = {(file, event): count for file, event, count in rows}
    return [
        MatchCounts(
            new=counts.get((file, "new"), 0),
            repeated=counts.get((file, "repeated"), 0),
            changed=counts.get((file, "changed"), 0),
            alike=counts.get((file, "alike"), 0),
        )
        for file in range(stack.files)
    ]
