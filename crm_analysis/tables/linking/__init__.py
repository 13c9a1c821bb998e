"""Linked files (orders, lines, products) become one table: keys found, counted, joined without multiplying anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from crm_analysis.engine import quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.linking.keys import Column, Shelf, alike, key_sql, stem
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.roles.names import normal_name

__all__ = ["Link", "find_links", "join"]

_ENOUGH = 0.5  # so many of the left records must find a partner
_SURE_NAME = 0.75


@dataclass(frozen=True)
class Link:
    """A key that two tables share: many records of `left` to one of `right` (one to one where `one_to_one`).

    The counts are records; `score` (0 to 1) says how well names and values agree. A key of several columns has its further
    pairs (left column, right column) in `more`.
    """

    left: str
    left_column: str
    right: str
    right_column: str
    left_matched: int
    left_unmatched: int
    right_matched: int
    right_unmatched: int
    score: float
    one_to_one: bool = False
    more: tuple[tuple[str, str], ...] = ()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All (left column, right column) of the key."""
        return ((self.left_column, self.right_column), *self.more)


def find_links(tables: Mapping[str, RawTable]) -> list[Link]:
    """The keys that link tables, the best first; between two tables at most one.

    A key is unique on its right side, and at least half of the left records find their partner there. Names decide where
    values cannot: numbers from 1 to n are in each other by chance, so numbers link only where the names agree; codes that
    are in each other nearly all link without. What is measured, dated or free text is never a key.

    Parameters
    ----------
    tables
        Names (file names, as a rule: "customers.csv" helps to read "id") and tables as read.
    """
    if len(tables) < 2:
        return []
    shelf = Shelf(tables)
    columns = {name: shelf.columns(name) for name in tables}
    links = []
    for one, other in combinations(tables, 2):
        found = [
            link
            for left, right in ((one, other), (other, one))
            for link in _between(shelf, columns[left], columns[right], left, right)
        ]
        found = found or [
            link
            for left, right in ((one, other), (other, one))
            for link in _composite(shelf, columns[left], columns[right], left, right)
        ]
        if found:
            rows = {name: raw.reading.rows for name, raw in tables.items()}
            # of one to one the larger table is the left one, and of equal ones the first
            single = all(link.one_to_one for link in found)
            links.append(
                max(
                    found,
                    key=lambda link: (
                        rows[link.left] if single else 0,
                        round(link.score, 3),
                        rows[link.left],
                        link.left == one,
                    ),
                )
            )
    shelf.close()
    return sorted(links, key=lambda link: -link.score)


def _between(
    shelf: Shelf, lefts: Sequence[Column], rights: Sequence[Column], left: str, right: str
) -> list[Link]:
    found = []
    for b in rights:
        if not b.unique:
            continue
        for a in lefts:
            name = alike(a, b)
            if name < _SURE_NAME and not _codes(a, b):
                continue
            counts = shelf.matched(left, [a.place], right, [b.place])
            share = counts[0] / a.filled
            if share < (_ENOUGH if name >= _SURE_NAME else 0.95):
                continue
            found.append(
                Link(
                    left,
                    a.name,
                    right,
                    b.name,
                    *counts,
                    round(0.5 * max(name, 0.3) + 0.5 * share, 4),
                    a.unique,
                )
            )
    return found


def _codes(a: Column, b: Column) -> bool:
    """Whether both columns hold codes that would not be in each other by chance."""
    return (
        all(
            one.facts.letters > 0.9
            and one.facts.length >= 4
            and one.distinct >= 10
            and one.facts.flag < 0.1
            and one.facts.words < 2
            for one in (a, b)
        )
        and b.facts.code > 0.9
    )


def _composite(
    shelf: Shelf, lefts: Sequence[Column], rights: Sequence[Column], left: str, right: str
) -> list[Link]:
    """A key of two or three columns of the same names on both sides, none of which is a key alone."""
    shared = [(a, b) for b in rights for a in lefts if normal_name(a.name) == normal_name(b.name)]
    for size in (2, 3):
        for pairs in combinations(shared[:6], size):
            places = [b.place for _, b in pairs]
            if shelf.duplicates(right, places):
                continue
            counts = shelf.matched(left, [a.place for a, _ in pairs], right, places)
            share = counts[0] / max(1, counts[0] + counts[1])
            if share >= _ENOUGH:
                one_to_one = not shelf.duplicates(left, [a.place for a, _ in pairs])
                more = tuple((a.name, b.name) for a, b in pairs[1:])
                return [
                    Link(
                        left,
                        pairs[0][0].name,
                        right,
                        pairs[0][1].name,
                        *counts,
                        round(0.4 + 0.5 * share, 4),
                        one_to_one,
                        more,
                    )
                ]
    return []


def join(tables: Mapping[str, RawTable], links: Sequence[Link]) -> RawTable:
    """One table: the most detailed one with the columns of those its records point to.

    The base is the table that no link points to (of several the one that leads to the most tables, then the longest); its
    rows stay as many as they are, in their order. Each table that links lead to is joined once, by the shortest way; a
    record without a partner gets empty cells. Keys of the joined tables are left out, since the base has them; a name that
    is there already is followed by its table: "name (products)". Tables that could only be joined by multiplying records
    stay out, and a note ("linking.note_left_out") says so; a note a link ("linking.note_joined") counts what found no partner.

    Returns
    -------
    RawTable
        In the base's engine, with the base's sources, lines and records set aside.

    Raises
    ------
    AnalysisError
        Where nothing links the tables, a column of a link is not there, or a right key is not unique.
    """
    links = [link for link in links if link.left in tables and link.right in tables]
    if not links:
        raise AnalysisError("linking.no_links", tables=list(tables))
    base, route = _route(tables, links)
    first = tables[base]
    shelf = Shelf({base: first, **tables})
    for link in route:
        places = [_place(tables[link.right], link.right, right) for _, right in link.pairs]
        if count := shelf.duplicates(link.right, places):
            raise AnalysisError(
                "linking.not_unique",
                table=link.right,
                column=", ".join(right for _, right in link.pairs),
                count=count,
            )
    names = list(first.reading.columns)
    cells = [f"t0.c{place}" for place in range(len(names))]
    aliases, joins = {base: "t0"}, []
    for number, link in enumerate(route, start=1):
        alias = aliases[link.right] = f"t{number}"
        left, right = tables[link.left], tables[link.right]
        same = [
            f"{key_sql(f'{aliases[link.left]}.c{_place(left, link.left, a)}')} = {key_sql(f'{alias}.c{_place(right, link.right, b)}')}"
            for a, b in link.pairs
        ]
        joins.append(f"LEFT JOIN {quoted(shelf.store(link.right))} {alias} ON {' AND '.join(same)}")
        keys = {b for _, b in link.pairs}
        for place, name in enumerate(right.reading.columns):
            if name not in keys:
                names.append(_free_name(name, link.right, names))
                cells.append(f"coalesce({alias}.c{place}, '')")
    store = new_name()
    made = ", ".join(f"{cell} AS c{place}" for place, cell in enumerate(cells))
    first.engine.run(
        f"CREATE TABLE {quoted(store)} AS SELECT t0._source, t0._line, {made} FROM {quoted(first.store)} t0 {' '.join(joins)} ORDER BY t0._source, t0._line"
    )
    shelf.close()
    return replace(
        first,
        store=store,
        reading=replace(
            first.reading,
            columns=tuple(names),
            notes=(*first.reading.notes, *_notes(tables, base, route)),
        ),
    )


def _route(tables: Mapping[str, RawTable], links: Sequence[Link]) -> tuple[str, list[Link]]:
    """The base, and the links by which each other table is reached first."""
    pointed = {link.right for link in links}
    linked = [name for name in tables if any(name in (link.left, link.right) for link in links)]
    roots = [name for name in linked if name not in pointed] or linked
    routes = {root: _reach(root, links) for root in roots}
    base = max(roots, key=lambda root: (len(routes[root]), tables[root].reading.rows))
    return base, routes[base]


def _reach(root: str, links: Sequence[Link]) -> list[Link]:
    reached, route, front = {root}, [], [root]
    while front:
        ahead = []
        for table in front:
            for link in sorted(links, key=lambda one: -one.score):
                if link.left == table and link.right not in reached:
                    reached.add(link.right)
                    route.append(link)
                    ahead.append(link.right)
        front = ahead
    return route


def _place(raw: RawTable, table: str, column: str) -> int:
    if column not in raw.reading.columns:
        raise AnalysisError("linking.no_column", table=table, column=column)
    return raw.reading.columns.index(column)


def _free_name(name: str, table: str, taken: Sequence[str]) -> str:
    used = {normal_name(one) for one in taken}
    free, number = name, 2
    if normal_name(free) in used:
        free = f"{name} ({stem(table)})"
    while normal_name(free) in used:
        free, number = f"{name} ({stem(table)} {number})", number + 1
    return free


def _notes(tables: Mapping[str, RawTable], base: str, route: Sequence[Link]) -> list[Message]:
    notes: list[Message] = []
    for link in route:
        columns = {
            "left_column": ", ".join(left for left, _ in link.pairs),
            "right_column": ", ".join(right for _, right in link.pairs),
        }
        notes.append(
            Message(
                "linking.note_joined",
                {
                    "left": link.left,
                    "right": link.right,
                    **columns,
                    "left_unmatched": link.left_unmatched,
                    "right_unmatched": link.right_unmatched,
                },
            )
        )
        if aside := len(tables[link.right].set_aside):
            notes.append(Message("linking.note_aside", {"table": link.right, "count": aside}))
    left_out = [
        name for name in tables if name != base and name not in {link.right for link in route}
    ]
    if left_out:
        notes.append(Message("linking.note_left_out", {"tables": left_out}))
    return notes
