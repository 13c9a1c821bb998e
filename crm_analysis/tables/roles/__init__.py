"""Which column is what: a kind of table and a column for each role, from names (English, Chinese) and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.evidence import gather
from crm_analysis.tables.kinds import KINDS, KindName
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.roles.fitting import fit, fit_kind
from crm_analysis.tables.roles.sampling import look

__all__ = ["Roles", "guess_roles", "matches", "samples", "with_kind", "with_role"]


@dataclass(frozen=True)
class Roles:
    """The kind of a table and the column of each role; `confidence` (0 to 1) for "kind" and for each role.

    `kinds` are the other kinds in the order they fit. Columns without a role keep their own names. What a person has
    said has confidence 1.
    """

    kind: KindName
    columns: Mapping[str, str]
    confidence: Mapping[str, float] = field(default_factory=dict)
    kinds: tuple[KindName, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, for saving."""
        return {
            "kind": self.kind,
            "columns": dict(self.columns),
            "confidence": dict(self.confidence),
            "kinds": list(self.kinds),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Roles from `to_dict`'s output; roles that this version does not know are passed over."""
        kind = values["kind"]
        known = {role.name for role in KINDS[kind].roles}
        columns = {role: column for role, column in values["columns"].items() if role in known}
        confidence = {
            role: share
            for role, share in values.get("confidence", {}).items()
            if role in columns or role == "kind"
        }
        return cls(
            kind, columns, confidence, tuple(one for one in values.get("kinds", ()) if one in KINDS)
        )


def guess_roles(raw: RawTable) -> Roles:
    """What each column is: the kind of table that fits best, and for each of its roles the column that fits best.

    Names and values must agree for a high confidence (0.8 and more); a table without a header is understood from its
    values, with a moderate one. A role that no column fits is left out.

    Parameters
    ----------
    raw
        A table as read; about 3,000 rows spread over it are looked at.

    Returns
    -------
    Roles
        `columns` maps roles to the file's own column names.
    """
    gather(raw)  # cleaning, which comes next, will ask for it
    seen = look(raw)
    fits = fit(seen)
    best = fits[0]
    return Roles(
        best.kind,
        best.columns,
        {**best.confidence, "kind": best.certainty},
        tuple(one.kind for one in fits[1:]),
    )


def with_role(roles: Roles, role: str, column: str | None) -> Roles:
    """The roles after a person's word: `column` is the `role` (None: no column is). A column has one role only, so an earlier one goes.

    Raises
    ------
    ValueError
        Where the kind of table has no such role.

    >>> roles = Roles("transactions", {"customer": "Id", "amount": "Total"}, {"kind": 0.9, "customer": 0.5, "amount": 0.9})
    >>> with_role(roles, "order", "Id").columns
    {'amount': 'Total', 'order': 'Id'}
    """
    if role not in {one.name for one in KINDS[roles.kind].roles}:
        raise ValueError(f"a table of {roles.kind} has no role {role!r}")
    columns = {one: name for one, name in roles.columns.items() if one != role and name != column}
    confidence = {
        one: share for one, share in roles.confidence.items() if one in columns or one == "kind"
    }
    if column is not None:
        columns[role] = column
        confidence[role] = 1.0
    return Roles(roles.kind, columns, confidence, roles.kinds)


def with_kind(roles: Roles, raw: RawTable, kind: KindName) -> Roles:
    """The roles after a person's word that the table is of this `kind`: guessed anew within it; roles a person gave stay where the kind has them."""
    found = fit_kind(look(raw), kind)
    others = tuple(one for one in dict.fromkeys((roles.kind, *roles.kinds)) if one != kind)
    made = Roles(kind, found.columns, {**found.confidence, "kind": 1.0}, others)
    known = {role.name for role in KINDS[kind].roles}
    for role, column in roles.columns.items():
        if role in known and roles.confidence.get(role) == 1.0:
            made = with_role(made, role, column)
    return made


def samples(raw: RawTable, column: str, n: int = 5) -> list[str]:
    """Up to `n` different values of a column, in the order they come in the file, for the box beside it; empty cells are passed over."""
    name = f"c{list(raw.reading.columns).index(column)}"
    rows = raw.engine.run(
        f"SELECT {name} FROM (SELECT {name}, min(place) AS place FROM (SELECT {name}, row_number() OVER () AS place FROM {quoted(raw.store)} WHERE trim({name}) <> '' LIMIT 5000) "
        f"GROUP BY {name}) ORDER BY place LIMIT {int(n)}"
    )
    return [cast(str, row[0]) for row in rows]


def matches(roles: Roles, raw: RawTable) -> bool:
    """Whether the roles of an earlier file fit this one: every column they name is there."""
    return set(roles.columns.values()) <= set(raw.reading.columns)
