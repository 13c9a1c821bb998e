"""Which column is what: a kind of table and a column for each role, from names and values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.gathering import gather
from crm_analysis.tables.cleaning.plan import require_raw
from crm_analysis.tables.cleaning.sql import one_of
from crm_analysis.tables.kinds import KINDS, KindName
from crm_analysis.tables.presets import Preset, recognise
from crm_analysis.tables.presets.applying import roles_of, rules_of
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.roles.fitting import fit_kind, fit_kinds
from crm_analysis.tables.roles.sampling import sample_table
from crm_analysis.tables.sales import SalesRules, SampledTable, guess_rules

_BY_PRESET = 0.97  # how sure a role is that a platform's own headings say

__all__ = [
    "Roles",
    "guess_roles",
    "matches",
    "samples",
    "with_kind",
    "with_preset",
    "with_role",
]


@dataclass(frozen=True)
class Roles:
    """What a table is, and which of its columns is what. Columns without a role keep their names.

    Attributes
    ----------
    kind
        The kind of table: "transactions", "customers", "contacts", "feedback" or "series".
    columns
        The file's own column of each role: {"customer": "Cust No", …}.
    confidence
        How sure that is, 0 to 1, for each role and for "kind"; 1 is what a person has said, of a
        role without a column that it has none.
    kinds
        The other kinds in the order they fit.
    sales
        How the sales of a table of orders are to be read; None: cleaning is to find that out.
    preset
        The platform's export by whose headings it is read ("shopify_orders"); None: by its values.
    """

    kind: KindName
    columns: Mapping[str, str]
    confidence: Mapping[str, float] = field(default_factory=dict)
    kinds: tuple[KindName, ...] = ()
    sales: SalesRules | None = None
    preset: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, for saving."""
        return {
            "kind": self.kind,
            "columns": dict(self.columns),
            "confidence": dict(self.confidence),
            "kinds": list(self.kinds),
            "sales": None if self.sales is None else self.sales.to_dict(),
            "preset": self.preset,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Roles from `to_dict`'s output; roles that this version does not know are passed over."""
        kind = values["kind"]
        columns = {
            role: column
            for role, column in values["columns"].items()
            if role in _roles_of(kind)
        }
        missing = _roles_of(kind) - set(values["columns"])
        confidence = _confidence_in(values.get("confidence", {}), columns)
        confidence |= {
            role: sure
            for role, sure in values.get("confidence", {}).items()
            if role in missing and sure == 1.0
        }
        kinds = tuple(other for other in values.get("kinds", ()) if other in KINDS)
        sales = values.get("sales")
        rules = None if sales is None else SalesRules.from_dict(sales)
        return cls(kind, columns, confidence, kinds, rules, values.get("preset"))


def _roles_of(kind: str) -> set[str]:
    return {role.name for role in KINDS[kind].roles}


def _confidence_in(
    confidence: Mapping[str, float], columns: Mapping[str, str]
) -> dict[str, float]:
    return {
        role: sure
        for role, sure in confidence.items()
        if role in columns or role == "kind"
    }


def _said_without_column(roles: Roles) -> list[str]:
    """The roles that, a person has said, no column has."""
    return [
        role
        for role, sure in roles.confidence.items()
        if sure == 1.0 and role != "kind" and role not in roles.columns
    ]


def guess_roles(raw: RawTable) -> Roles:
    r"""What each column is: the kind of table and the columns that fit best.

    Names and values must agree for a high confidence (0.8 and more); a table without a header is
    understood from its values, with a moderate one. A role that no column fits is left out.

    Parameters
    ----------
    raw
        A table as `read_table` gives it; about 3,000 rows spread over it are looked at.

    Returns
    -------
    Roles
        `columns` maps roles to the file's own column names.

    Raises
    ------
    TypeError
        Where `raw` is not what `read_table` gives: a data frame goes through it first.

    Examples
    --------
    >>> from crm_analysis.tables.reading import read_table
    >>> orders = b"cust_no;date;total\nA1;2024-01-05;3.50\nA2;2024-01-06;4.25"
    >>> guess_roles(read_table(orders)).columns
    {'customer': 'cust_no', 'date': 'date', 'amount': 'total'}
    """
    require_raw(raw, "guess_roles")
    gather(raw)  # cleaning, which comes next, will ask for it
    preset = recognise(raw.reading.columns)
    return _by_preset(raw, preset) if preset else _by_values(raw)


def with_preset(raw: RawTable, preset: Preset | None) -> Roles:
    """The roles after a person's word that a table is a platform's export, or of none."""
    roles = _by_preset(raw, preset) if preset else _by_values(raw)
    return dataclasses.replace(roles, confidence={**roles.confidence, "kind": 1.0})


def _by_values(raw: RawTable) -> Roles:
    """What each column is, whatever platform its headings are of."""
    table = sample_table(raw)
    best, *others = fit_kinds(table)
    confidence = {**best.confidence, "kind": best.certainty}
    sales = None
    if best.kind == "transactions":
        sales = guess_rules(SampledTable(table.names, table.rows, best.columns))
    statuses = sales.statuses if sales else ()
    columns = {  # "State of payment" is neither a country nor a kind of goods
        role: column
        for role, column in best.columns.items()
        if column not in statuses
    }
    kinds = tuple(fit.kind for fit in others)
    return Roles(
        best.kind, columns, _confidence_in(confidence, columns), kinds, sales
    )


def _by_preset(raw: RawTable, preset: Preset) -> Roles:
    """What each column is by a platform's own account of its export."""
    filled = _filled(raw, preset.empty)
    columns = roles_of(preset, raw, filled)
    sales = None
    if preset.kind == "transactions":
        sales = rules_of(preset, raw, filled)
    confidence = dict.fromkeys((*columns, "kind"), _BY_PRESET)
    kinds = tuple(kind.name for kind in KINDS.values() if kind.name != preset.kind)
    return Roles(
        preset.kind, columns, confidence, kinds, sales=sales, preset=preset.name
    )


def _filled(raw: RawTable, empty: tuple[str, ...]) -> list[str]:
    """The columns in which any cell holds something."""
    names = raw.reading.columns
    cells = (
        f"bool_or(NOT {one_of(f'trim(c{position})', ('', *empty))})"
        for position in range(len(names))
    )
    row = raw.engine.run(f"SELECT {', '.join(cells)} FROM {quoted(raw.store)}")[0]
    return [name for name, is_filled in zip(names, row, strict=True) if is_filled]


def with_role(roles: Roles, role: str, column: str | None) -> Roles:
    """The roles after a person's word: `column` is the `role`; None: no column is.

    A column has one role only, so an earlier one goes.

    Raises
    ------
    ValueError
        Where the kind of table has no such role.

    >>> roles = Roles("transactions", {"customer": "Id", "amount": "Total"})
    >>> with_role(roles, "order", "Id").columns
    {'amount': 'Total', 'order': 'Id'}
    """
    if role not in _roles_of(roles.kind):
        raise ValueError(f"a table of {roles.kind} has no role {role!r}")
    columns = {
        other: name
        for other, name in roles.columns.items()
        if other != role and name != column
    }
    confidence = _confidence_in(roles.confidence, columns)
    confidence |= dict.fromkeys(_said_without_column(roles), 1.0)
    confidence[role] = 1.0
    if column is not None:
        columns[role] = column
    changed = dataclasses.replace(roles, columns=columns, confidence=confidence)
    if roles.sales and role in ("amount", "quantity", "unit_price"):
        sales = dataclasses.replace(roles.sales, money=(), candidates=())
        changed = dataclasses.replace(changed, sales=sales)
    return changed


def with_kind(roles: Roles, raw: RawTable, kind: KindName) -> Roles:
    """The roles after a person's word that the table is of this `kind`.

    Guessed anew within it; roles a person gave stay where the kind has them.
    """
    fit = fit_kind(sample_table(raw), kind)
    others = dict.fromkeys((roles.kind, *roles.kinds))
    others.pop(kind, None)
    confidence = {**fit.confidence, "kind": 1.0}
    changed = Roles(kind, fit.columns, confidence, tuple(others), roles.sales)
    for role, column in roles.columns.items():
        if role in _roles_of(kind) and roles.confidence.get(role) == 1.0:
            changed = with_role(changed, role, column)
    return changed


def samples(raw: RawTable, column: str, n: int = 5) -> list[str]:
    """Up to `n` different values of a column, in the order they come in the file.

    For the box beside it; empty cells are passed over.
    """
    cell = f"c{list(raw.reading.columns).index(column)}"
    filled = (
        f"SELECT {cell}, row_number() OVER () AS nth FROM {quoted(raw.store)}"
        f" WHERE trim({cell}) <> '' LIMIT 5000"
    )
    rows = raw.engine.run(
        f"SELECT {cell} FROM ({filled}) GROUP BY {cell} ORDER BY min(nth) LIMIT {int(n)}"
    )
    return [cast(str, row[0]) for row in rows]


def matches(roles: Roles, raw: RawTable) -> bool:
    """Whether the roles of an earlier file fit this one: every column they name is there."""
    return set(roles.columns.values()) <= set(raw.reading.columns)
