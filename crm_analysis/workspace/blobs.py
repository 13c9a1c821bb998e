"""Frames and bytes inside the workspace's database, exactly as they were: Arrow files in pieces.

A frame comes back with its types, categories, index and the order of its rows, which columns of a
database table would not all keep (DuckDB knows "A" and "a" as one name, and no categories in the
order a person gave them).
"""

from __future__ import annotations

import io

import duckdb
import pandas as pd
import pyarrow as pa

from crm_analysis.engine import Engine

TABLE = """CREATE TABLE IF NOT EXISTS crm.blobs
    (owner VARCHAR, part VARCHAR, place INTEGER, data BLOB)"""
_PIECE = 4 << 20


def write_bytes(
    cursor: duckdb.DuckDBPyConnection, owner: str, part: str, content: bytes
) -> None:
    """Store bytes in the cursor's transaction."""
    for place, begin in enumerate(range(0, max(len(content), 1), _PIECE)):
        cursor.execute(
            "INSERT INTO crm.blobs VALUES (?, ?, ?, ?)",
            [owner, part, place, content[begin : begin + _PIECE]],
        )


def read_bytes(engine: Engine, owner: str, part: str) -> bytes:
    """What was stored; KeyError where nothing was."""
    pieces = engine.run(
        "SELECT data FROM crm.blobs WHERE owner = ? AND part = ? ORDER BY place",
        [owner, part],
    )
    if not pieces:
        raise KeyError(part)
    return b"".join(piece for (piece,) in pieces)


def write_frame(
    cursor: duckdb.DuckDBPyConnection,
    owner: str,
    part: str,
    frame: pd.DataFrame,
) -> None:
    """Store a frame in the cursor's transaction.

    Cells of a column that mixes kinds of values are stored as text.
    """
    buffer = io.BytesIO()
    table = _arrow(frame)
    with pa.ipc.new_file(
        buffer, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")
    ) as writer:
        if len(table):
            writer.write_table(table)
        else:  # no rows, no batch: the categories of its columns would be lost
            writer.write_batch(
                pa.RecordBatch.from_pandas(frame, schema=table.schema)
            )
    write_bytes(cursor, owner, part, buffer.getvalue())


def read_frame(engine: Engine, owner: str, part: str) -> pd.DataFrame:
    """The frame that was stored; KeyError where none was."""
    return (
        pa.ipc.open_file(pa.BufferReader(read_bytes(engine, owner, part)))
        .read_all()
        .to_pandas()
    )


def _arrow(frame: pd.DataFrame) -> pa.Table:
    try:
        return pa.Table.from_pandas(frame)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        mixed = [name for name in frame.columns if not _is_one_kind(frame[name])]
        return pa.Table.from_pandas(
            frame.assign(
                **{name: frame[name].map(str, na_action="ignore") for name in mixed}
            )
        )


def _is_one_kind(column: pd.Series) -> bool:
    try:
        pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return False
    return True
