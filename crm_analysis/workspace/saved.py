"""Small things a person has decided or made: settings, segmentations, names, filters, models."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas as pd

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.workspace import blobs
from crm_analysis.workspace.trouble import is_damage, sentences

TABLES = (
    """CREATE TABLE IF NOT EXISTS crm.saved (owner VARCHAR, kind VARCHAR, name VARCHAR,
       changed TIMESTAMP, payload VARCHAR, frames VARCHAR, binaries VARCHAR)""",
    "CREATE TABLE IF NOT EXISTS crm.settings (name VARCHAR, value VARCHAR)",
)


@dataclass(frozen=True, eq=False)
class Saved:
    """Something saved under a kind and a name: `payload` is plain JSON.

    Frames and binaries are fetched when asked for.
    """

    kind: str
    name: str
    changed: datetime
    payload: dict[str, Any]
    frames: tuple[str, ...]
    binaries: tuple[str, ...]
    owner: str
    engine: Engine

    def frame(self, name: str) -> pd.DataFrame:
        """One of its frames, exactly as it was saved.

        KeyError where there is none of that name, or it was replaced since;
        AnalysisError "workspace.damaged_saved" where its part of the disk cannot be read.
        """
        with self._reading():
            return blobs.read_frame(self.engine, self.owner, f"frame {name}")

    def binary(self, name: str) -> bytes:
        """One of its binaries.

        KeyError where there is none of that name, or it was replaced since.
        """
        with self._reading():
            return blobs.read_bytes(self.engine, self.owner, f"binary {name}")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with sentences():
            try:
                yield
            except duckdb.Error as problem:
                if not is_damage(problem):
                    raise
                raise AnalysisError(
                    "workspace.damaged_saved", name=self.name
                ) from problem


def save(
    engine: Engine,
    kind: str,
    name: str,
    payload: Mapping[str, Any],
    frames: Mapping[str, pd.DataFrame],
    binaries: Mapping[str, bytes],
) -> None:
    """Store, whole or not at all; what was there under the kind and name is replaced."""
    text = json.dumps(dict(payload), ensure_ascii=False)
    # New each time, or a Saved of before would read the frames of this one.
    owner = f"saved {secrets.token_hex(8)}"
    with engine.transaction() as cursor:
        _remove(cursor, kind, name)
        for part, frame in frames.items():
            blobs.write_frame(cursor, owner, f"frame {part}", frame)
        for part, content in binaries.items():
            blobs.write_bytes(cursor, owner, f"binary {part}", content)
        cursor.execute(
            "INSERT INTO crm.saved VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                owner,
                kind,
                name,
                datetime.now(UTC).replace(tzinfo=None),
                text,
                json.dumps(list(frames)),
                json.dumps(list(binaries)),
            ],
        )


def find(engine: Engine, kind: str, name: str | None = None) -> list[Saved]:
    """What is saved under a kind (and name), in the order of its last change."""
    rows = engine.run(
        """SELECT kind, name, changed, payload, frames, binaries, owner FROM crm.saved
           WHERE kind = $1 AND ($2 IS NULL OR name = $2) ORDER BY changed, name""",
        [kind, name],
    )
    return [
        Saved(
            kind,
            name,
            changed.replace(tzinfo=UTC).astimezone(),
            json.loads(payload),
            tuple(json.loads(frames)),
            tuple(json.loads(binaries)),
            owner,
            engine,
        )
        for kind, name, changed, payload, frames, binaries, owner in rows
    ]


def forget(engine: Engine, kind: str, name: str) -> bool:
    """Delete what is saved under a kind and name; whether there was anything."""
    with engine.transaction() as cursor:
        return _remove(cursor, kind, name)


def _remove(cursor: duckdb.DuckDBPyConnection, kind: str, name: str) -> bool:
    owners = cursor.execute(
        "SELECT owner FROM crm.saved WHERE kind = ? AND name = ?", [kind, name]
    ).fetchall()
    for (owner,) in owners:
        cursor.execute("DELETE FROM crm.blobs WHERE owner = ?", [owner])
        cursor.execute("DELETE FROM crm.saved WHERE owner = ?", [owner])
    return bool(owners)


class Settings(MutableMapping[str, Any]):
    """The settings of a workspace as a mapping of names to plain JSON values.

    On disk when an assignment returns.

    Reading gives a copy: a change of it counts once it is assigned again.
    """

    def __init__(
        self, writing: Callable[[], AbstractContextManager[Engine]]
    ) -> None:
        self._writing = writing
        self._lock = threading.Lock()
        self._texts: dict[str, str] | None = None

    def __getitem__(self, name: str) -> Any:
        return json.loads(self._all()[name])

    def __setitem__(self, name: str, value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False)
        with self._writing() as engine, self._lock:
            settings = self._read(engine)
            if settings.get(name) != text:
                with engine.transaction() as cursor:
                    cursor.execute(
                        "DELETE FROM crm.settings WHERE name = ?", [name]
                    )
                    cursor.execute(
                        "INSERT INTO crm.settings VALUES (?, ?)", [name, text]
                    )
                settings[name] = text

    def __delitem__(self, name: str) -> None:
        with self._writing() as engine, self._lock:
            settings = self._read(engine)
            if name not in settings:
                raise KeyError(name)
            with engine.transaction() as cursor:
                cursor.execute("DELETE FROM crm.settings WHERE name = ?", [name])
            del settings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._all()))

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, str]:
        with self._writing() as engine, self._lock:
            return dict(self._read(engine))

    def _read(self, engine: Engine) -> dict[str, str]:
        if self._texts is None:
            self._texts = dict(engine.run("SELECT name, value FROM crm.settings"))
        return self._texts
