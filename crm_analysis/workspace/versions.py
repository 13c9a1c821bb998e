"""Tables and their ledgers, a version each time one is saved.

The newest few of each name are kept.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from crm_analysis.engine import Engine, quoted, show_as_text
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options
from crm_analysis.workspace import blobs

if TYPE_CHECKING:
    from crm_analysis.tables.cleaning import Cleaned
    from crm_analysis.tables.roles import Roles

# Of each name; the raw files are kept besides, so that any older one can be made again.
VERSIONS_KEPT = 5
FRAMES = (
    "types",
    "changed",
    "flagged",
    "set_aside",
    "steps",
    "statuses",
    "unsold",
    "changes",
    "flags",
)  # what the ledger of a cleaned table has
QUERIES = {
    "changes": "changes_sql",
    "flags": "flags_sql",
}  # those that may have millions of rows: taken over by query where the ledger has one
TABLES = (
    "CREATE SEQUENCE IF NOT EXISTS crm.version_numbers",
    """CREATE TABLE IF NOT EXISTS crm.versions (version INTEGER, name VARCHAR, kind VARCHAR,
       label VARCHAR, created TIMESTAMP, rows BIGINT, fingerprint VARCHAR, current BOOLEAN,
       details VARCHAR)""",
)
_COLUMNS = (
    "version, name, kind, label, created, rows, fingerprint, current, details"
)
_OWN_TABLES = """SELECT table_name FROM duckdb_tables() WHERE table_name IN (?, ?)
    AND NOT temporary AND schema_name = 'main' AND database_name = current_database()"""


@dataclass(frozen=True)
class TableVersion:
    """A table as it was saved once.

    `name` is the table's, `label` what this version was called; one version of a name is
    `current`.
    """

    version: int
    name: str
    kind: str
    label: str
    created: datetime
    rows: int
    fingerprint: str
    current: bool
    details: Mapping[str, Any] = dataclasses.field(
        repr=False, compare=False, hash=False
    )

    @property
    def store(self) -> str:
        """The engine's table that holds its rows."""
        return f"kept_{self.version}"


def fingerprint(
    files: Sequence[str],
    *,
    read_options: Options | None = None,
    roles: Roles | None = None,
    clean_options: Options | None = None,
    recipe: Mapping[str, Any] | None = None,
) -> str:
    """A SHA-256 over all that a table follows from.

    The same text exactly when the same table comes out.

    Not a sample of the rows: the whole content of each file (its SHA-256, in order), how it was
    read, which column is what, how it was cleaned, what else the caller says (`recipe`: how linked
    files were joined, say), and the code that did it.
    """
    parts = {
        "files": list(files),
        "read": _settings_of(read_options),
        "roles": {"kind": roles.kind, "columns": dict(roles.columns)}
        if roles
        else None,
        "clean": _settings_of(clean_options),
        "recipe": dict(recipe or {}),
        "code": code_version(),
    }
    return hashlib.sha256(
        json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


def _settings_of(options: Options | None) -> dict[str, Any] | None:
    return (
        {"class": type(options).__name__, **options.to_dict()} if options else None
    )


@cache
def code_version() -> str:
    """A digest of the code that reads and cleans, and of the DuckDB under it.

    Another version may make another table of the same file.
    """
    digest = hashlib.sha256(duckdb.__version__.encode())
    package = resources.files("crm_analysis")
    for part in (package / "tables", package / "engine.py"):
        for name, content in _sources(part):
            digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:16]


def _sources(part: Traversable) -> list[tuple[str, bytes]]:
    if part.is_dir():
        return [
            source
            for inner in sorted(part.iterdir(), key=lambda inner: inner.name)
            for source in _sources(inner)
        ]
    return (
        [(part.name, part.read_bytes())]
        if part.name.endswith((".py", ".toml"))
        else []
    )


def content_fingerprint(engine: Engine, store: str) -> str:
    """A SHA-256 over every cell, for a table that no kept file stands behind."""
    digest = hashlib.sha256(
        repr([row[:2] for row in engine.run(f"DESCRIBE {quoted(store)}")]).encode()
    )
    with engine.cursor() as cursor:
        for batch in cursor.execute(f"FROM {quoted(store)}").to_arrow_reader(
            100_000
        ):
            digest.update(
                pd.util.hash_pandas_object(batch.to_pandas(), index=False)
                .to_numpy()
                .tobytes()
            )
    return digest.hexdigest()


def save(  # noqa: PLR0913
    engine: Engine,
    cleaned: Cleaned,
    *,
    name: str,
    label: str,
    roles: Roles | None,
    read_options: Options | None,
    clean_options: Options | None,
    files: Sequence[str],
    recipe: Mapping[str, Any] | None,
) -> TableVersion:
    """Store a cleaned table and its ledger as the current version of `name`.

    Whole or not at all.
    """
    if files:
        mark = fingerprint(
            files,
            read_options=read_options,
            roles=roles,
            clean_options=clean_options,
            recipe=recipe,
        )
    else:
        mark = content_fingerprint(cleaned.engine, cleaned.store)
    ledger = getattr(cleaned, "ledger", None)
    queries = {
        part: getattr(ledger, name)()
        for part, name in QUERIES.items()
        if hasattr(ledger, name)
    }
    frames = {
        part: frame
        for part in FRAMES
        if part not in queries
        and isinstance(frame := getattr(cleaned, part, None), pd.DataFrame)
    }
    details = {
        "roles": roles.to_dict() if roles else None,
        "read_options": read_options.to_dict() if read_options else None,
        "clean_options": clean_options.to_dict() if clean_options else None,
        "files": list(files),
        "recipe": dict(recipe or {}),
        "summary": cleaned.summary() or {},
        "questions": [[key, dict(about)] for key, about in cleaned.questions or ()],
        "currency": getattr(cleaned, "currency", None),
        "units": getattr(cleaned, "units", {}),
        "frames": list(frames),
        "tables": list(queries),
    }
    text = json.dumps(details, ensure_ascii=False)
    with engine.transaction() as cursor:
        (version,) = cursor.execute(
            "SELECT nextval('crm.version_numbers')"
        ).fetchall()[0]
        store = f"kept_{version}"
        for part, query in queries.items():
            _copy(cursor, engine, cleaned.engine, query, f"{store}_{part}")
        _take_over(cursor, engine, cleaned, store)
        for part, frame in frames.items():
            blobs.write_frame(cursor, store, part, frame)
        (rows,) = cursor.execute(
            f"SELECT count(*) FROM {quoted(store)}"
        ).fetchall()[0]
        before = cursor.execute(
            "SELECT max(version) FROM crm.versions WHERE name = ? AND current",
            [name],
        ).fetchall()[0][0]
        cursor.execute(
            "UPDATE crm.versions SET current = false WHERE name = ?", [name]
        )
        cursor.execute(
            "INSERT INTO crm.versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                version,
                name,
                cleaned.kind,
                label,
                datetime.now(UTC).replace(tzinfo=None),
                rows,
                mark,
                True,
                text,
            ],
        )
        # The one that was in use till now, perhaps an old one restored, is not the first to go.
        surplus = """SELECT version FROM crm.versions WHERE name = ?
            ORDER BY current DESC, version IS NOT DISTINCT FROM ? DESC, version DESC OFFSET ?"""
        for (old,) in cursor.execute(
            surplus, [name, before, VERSIONS_KEPT]
        ).fetchall():
            _drop(cursor, old)
    return one(engine, version)


def _take_over(
    cursor: duckdb.DuckDBPyConnection,
    engine: Engine,
    cleaned: Cleaned,
    store: str,
) -> None:
    """The rows of a cleaned table as `store`.

    Its own table renamed where it lies in this database, a copy otherwise.
    """
    coded = f"{cleaned.store}_coded"
    own: list[Any] = []
    if cleaned.engine is engine and not cleaned.store.startswith("kept_"):
        own = cursor.execute(_OWN_TABLES, [cleaned.store, coded]).fetchall()
    if not own:
        _copy(
            cursor,
            engine,
            cleaned.engine,
            f"FROM {quoted(cleaned.store)}",
            store,
        )
        return
    if own == [(coded,)]:
        cursor.execute(
            f"ALTER TABLE {quoted(coded)} RENAME TO {quoted(f'{store}_coded')}"
        )
        cursor.execute(f"DROP VIEW {quoted(cleaned.store)}")
        show_as_text(cursor, f"{store}_coded", store)
    else:
        cursor.execute(
            f"ALTER TABLE {quoted(cleaned.store)} RENAME TO {quoted(store)}"
        )
    # The cleaned table at hand goes on working.
    cursor.execute(f"CREATE VIEW {quoted(cleaned.store)} AS FROM {quoted(store)}")


def _copy(
    cursor: duckdb.DuckDBPyConnection,
    engine: Engine,
    source: Engine,
    query: str,
    store: str,
) -> None:
    """The result of a query as a table, streamed where it comes from another engine."""
    if source is engine:
        cursor.execute(f"CREATE TABLE {quoted(store)} AS {query}")
        return
    with source.cursor() as other:
        cursor.register("incoming", other.execute(query).to_arrow_reader(100_000))
        cursor.execute(f"CREATE TABLE {quoted(store)} AS FROM incoming")
        cursor.unregister("incoming")


def listed(
    engine: Engine, condition: str = "true", values: Sequence[Any] = ()
) -> list[TableVersion]:
    """The versions for which an SQL condition holds, the newest first."""
    rows = engine.run(
        f"SELECT {_COLUMNS} FROM crm.versions WHERE {condition} ORDER BY version DESC",
        values,
    )
    return [
        TableVersion(
            version,
            name,
            kind,
            label,
            created.replace(tzinfo=UTC).astimezone(),
            count,
            mark,
            current,
            json.loads(details),
        )
        for version, name, kind, label, created, count, mark, current, details in rows
    ]


def one(engine: Engine, version: int) -> TableVersion:
    """A version by its number; AnalysisError("workspace.no_version") where it is gone."""
    versions = listed(engine, "version = ?", [version])
    if not versions:
        raise AnalysisError("workspace.no_version")
    return versions[0]


def restore(engine: Engine, version: int) -> TableVersion:
    """Make an older version the current one of its name."""
    name = one(engine, version).name
    with engine.transaction() as cursor:
        cursor.execute(
            "UPDATE crm.versions SET current = (version = ?) WHERE name = ?",
            [version, name],
        )
    return one(engine, version)


def remove(engine: Engine, name: str) -> bool:
    """Drop all versions of a table; whether there were any."""
    with engine.transaction() as cursor:
        numbers = cursor.execute(
            "SELECT version FROM crm.versions WHERE name = ?", [name]
        ).fetchall()
        for (version,) in numbers:
            _drop(cursor, version)
    return bool(numbers)


def _drop(cursor: duckdb.DuckDBPyConnection, version: int) -> None:
    views = {
        name
        for (name,) in cursor.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
    }
    for store in stores_of(version):
        cursor.execute(
            f"DROP {'VIEW' if store in views else 'TABLE'} IF EXISTS {quoted(store)}"
        )
    cursor.execute("DELETE FROM crm.blobs WHERE owner = ?", [f"kept_{version}"])
    cursor.execute("DELETE FROM crm.versions WHERE version = ?", [version])


def stores_of(version: int) -> list[str]:
    """The tables that may hold a version.

    Its rows (a view of them where texts are kept as codes), and the long parts of its ledger.
    """
    return [
        f"kept_{version}",
        f"kept_{version}_coded",
        *(f"kept_{version}_{part}" for part in QUERIES),
    ]


def stores(engine: Engine) -> set[str]:
    """The tables that hold versions."""
    return {
        store
        for (version,) in engine.run("SELECT version FROM crm.versions")
        for store in stores_of(version)
    }
