"""A preset: what the export of a platform says of itself, as its file of TOML holds it."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from crm_analysis.tables.kinds import KindName

_FOLDER = Path(__file__).parent
_NEEDED = 3
Words = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One report of one platform, known by its headings.

    Headings are compared trimmed and without case, in any of the languages listed; where several
    are listed for one thing, the first that the table has is meant.

    Attributes
    ----------
    name
        The name of its file: "shopify_orders".
    platform, report
        What its users call it, and which of its exports this is.
    kind, row
        What the table is, and what a row of it is: "order", "line", "payment", "deal" …
    known_by, needed, must, absent
        Headings that few other tables have, how many of them are needed, those of which one has
        to be there, and those that speak against it.
    roles
        The headings of each role.
    nobody
        Why the export has no customer; None: it has.
    weak
        Whether its customers are known by a name that several may share.
    not_for
        Why its rows are not what they may look like.
    unsure
        Whether its money is to be asked about, because nothing about it is certain.
    doubtful
        Columns that may change the money, which is said where they hold anything.
    date_order
        How its days are written where the cells do not tell.
    empty
        What stands in an empty cell.
    grouped
        The name of a column whose values stand alone above the rows they belong to.
    footer
        How lines under the table begin.
    derived
        Columns made of others: `name`, and what each of its cells is: a cell of `take` on rows
        whose `column` holds one of `words`, else one of `otherwise`; the `day_of` a number that
        begins with it; the same `constant` everywhere; a cell to `rewrite`, where each `pattern`
        becomes what is `put`; or the `leg` of a row in another currency, which `refers` to its
        `number` and holds one of `words`.
    sales
        What `rules_of` makes `SalesRules` of.
    """

    name: str
    platform: str
    report: str
    kind: KindName
    row: str
    known_by: Words
    needed: int = _NEEDED
    must: Words = ()
    absent: Words = ()
    roles: Mapping[str, Words]
    nobody: str | None = None
    weak: bool = False
    not_for: str | None = None
    unsure: bool = False
    doubtful: Words = ()
    date_order: Literal["day_first", "month_first", "year_first"] | None = None
    empty: Words = ()
    grouped: str | None = None
    footer: Words = ()
    derived: tuple[Mapping[str, Any], ...] = ()
    sales: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def signature(self) -> frozenset[str]:
        """The headings it is known by, made plain."""
        return frozenset(map(plain_heading, self.known_by))

    def fits(self, plain: Set[str]) -> bool:
        """Whether a table with these headings, made plain, may be this report."""
        if len(self.signature & plain) < self.needed:
            return False
        must, absent = (
            set(map(plain_heading, own)) for own in (self.must, self.absent)
        )
        return (not must or bool(must & plain)) and not absent & plain


def plain_heading(heading: str) -> str:
    """A heading as it is compared with others.

    >>> plain_heading(" *ContactName "), plain_heading("用户实付金额（元）")
    ('contactname', '用户实付金额(元)')
    """
    plain = unicodedata.normalize("NFKC", heading).casefold()
    return " ".join(plain.split()).strip("*\ufeff ")


def by_heading(columns: Iterable[str]) -> dict[str, str]:
    """Columns under their headings made plain; of two alike the first."""
    named: dict[str, str] = {}
    for column in columns:
        named.setdefault(plain_heading(column), column)
    return named


def present(headings: Iterable[str], named: Mapping[str, str]) -> Words:
    """The columns of those headings that are there, in the order of the headings."""
    plain = dict.fromkeys(map(plain_heading, headings))
    return tuple(named[heading] for heading in plain if heading in named)


@cache
def presets() -> Mapping[str, Preset]:
    """All presets by their names."""
    read = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        listed: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in said.items()
        }
        listed["roles"] = {
            role: tuple(headings) for role, headings in said["roles"].items()
        }
        read[path.stem] = Preset(name=path.stem, **listed)
    return read


def recognise(headings: Iterable[str]) -> Preset | None:
    """The preset whose own headings a table has; None where it is of no known platform.

    >>> recognise(["Name", "Lineitem name", "Lineitem price", "Financial Status"]).platform
    'Shopify'
    >>> recognise(["Name", "Status", "Price"])
    """
    plain = set(map(plain_heading, headings))
    counts = {
        name: len(preset.signature & plain)
        for name, preset in presets().items()
        if preset.fits(plain)
    }
    return presets()[max(counts, key=counts.__getitem__)] if counts else None
