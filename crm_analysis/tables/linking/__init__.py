"""Linked files (orders, lines, products) become one table.

Keys are found, counted, and joined on without multiplying anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from crm_analysis.engine import quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.linking.keys import (
    KeyColumn,
    SharedTables,
    key_sql,
    name_agreement,
    stem,
)
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.roles.names import normal_name

__all__ = ["Link", "find_links", "join"]

_MINIMUM_MATCHED = 0.5  # share of the left records that must find a partner
_MINIMUM_MATCHED_CODES = 0.95  # the same where only the values speak for the link
_SURE_NAME = 0.75


@dataclass(frozen=True)
class Link:
    """A key that two tables share: many records of `left` to one of `right`.

    Attributes
    ----------
    left, left_column, right, right_column
        The tables and the columns.
    left_matched, left_unmatched, right_matched, right_unmatched
        Records with and without a partner.
    score
        0 to 1: how well names and values agree.
    one_to_one
        Whether the key is unique on the left side too.
    more
        The further pairs (left column, right column) of a key of several columns.
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

    A key is unique on its right side, and at least half of the left records find their partner
    there. Names decide where values cannot: numbers from 1 to n are in each other by chance, so
    numbers link only where the names agree; codes that are in each other nearly all link without.
    What is measured, dated or free text is never a key.

    Parameters
    ----------
    tables
        Names (file names, as a rule: "customers.csv" helps to read "id") and tables as read.
    """
    if len(tables) < 2:
        return []
    shared = SharedTables(tables)
    columns = {table: shared.key_columns(table) for table in tables}
    links = []
    for first, second in combinations(tables, 2):
        both_ways = [
            (columns[first], columns[second]),
            (columns[second], columns[first]),
        ]
        candidates = [
            link
            for left, right in both_ways
            for link in _simple_links(shared, left, right)
        ] or [
            link
            for left, right in both_ways
            for link in _composite_links(shared, left, right)
        ]
        if candidates:
            links.append(_best(candidates, tables, first))
    shared.close()
    return sorted(links, key=lambda link: -link.score)


def _best(
    candidates: Sequence[Link], tables: Mapping[str, RawTable], first: str
) -> Link:
    """The link to take; of one to one the larger table is the left one, of equal ones the first."""
    rows = {name: raw.reading.rows for name, raw in tables.items()}
    are_one_to_one = all(link.one_to_one for link in candidates)

    def rank(link: Link) -> tuple[int, float, int, bool]:
        size = rows[link.left] if are_one_to_one else 0
        return size, round(link.score, 3), rows[link.left], link.left == first

    return max(candidates, key=rank)


def _simple_links(
    shared: SharedTables,
    lefts: Sequence[KeyColumn],
    rights: Sequence[KeyColumn],
) -> list[Link]:
    links = []
    for right in rights:
        if not right.unique:
            continue
        for left in lefts:
            agreement = name_agreement(left, right)
            are_codes = (
                left.has_codes and right.has_codes and right.facts.code > 0.9
            )
            if agreement < _SURE_NAME and not are_codes:
                continue
            counts = shared.matched(
                left.table, [left.position], right.table, [right.position]
            )
            share = counts[0] / left.filled
            if share < (
                _MINIMUM_MATCHED
                if agreement >= _SURE_NAME
                else _MINIMUM_MATCHED_CODES
            ):
                continue
            score = round(0.5 * max(agreement, 0.3) + 0.5 * share, 4)
            links.append(
                Link(
                    left.table,
                    left.name,
                    right.table,
                    right.name,
                    *counts,
                    score,
                    left.unique,
                )
            )
    return links


def _composite_links(
    shared: SharedTables,
    lefts: Sequence[KeyColumn],
    rights: Sequence[KeyColumn],
) -> list[Link]:
    """A key of two or three columns of the same names on both sides, none of which is one alone."""
    same_names = [
        (left, right)
        for right in rights
        for left in lefts
        if normal_name(left.name) == normal_name(right.name)
    ][:6]
    for pairs in (*combinations(same_names, 2), *combinations(same_names, 3)):
        (left, right), *more = pairs
        left_positions = [column.position for column, _ in pairs]
        right_positions = [column.position for _, column in pairs]
        if shared.duplicates(right.table, right_positions):
            continue
        counts = shared.matched(
            left.table, left_positions, right.table, right_positions
        )
        share = counts[0] / max(1, counts[0] + counts[1])
        if share >= _MINIMUM_MATCHED:
            return [
                Link(
                    left.table,
                    left.name,
                    right.table,
                    right.name,
                    *counts,
                    score=round(0.4 + 0.5 * share, 4),
                    one_to_one=not shared.duplicates(left.table, left_positions),
                    more=tuple((own.name, other.name) for own, other in more),
                )
            ]
    return []


def join(tables: Mapping[str, RawTable], links: Sequence[Link]) -> RawTable:
    """One table: the most detailed one with the columns of those its records point to.

    The base is the table that no link points to (of several the one that leads to the most tables,
    then the longest); its rows stay as many as they are, in their order. Each table that links lead
    to is joined once, by the shortest way; a record without a partner gets empty cells. Keys of the
    joined tables are left out, since the base has them; a name that is there already is followed by
    its table: "name (products)". Tables that could only be joined by multiplying records stay out,
    and a note ("linking.note_left_out") says so; a note a link ("linking.note_joined") counts what
    found no partner.

    Parameters
    ----------
    tables
        Names and tables as read.
    links
        The keys to join on, as `find_links` gives them; those to other tables are passed over.

    Returns
    -------
    RawTable
        In the base's engine, with the base's sources, lines and records set aside.

    Raises
    ------
    AnalysisError
        `linking.no_links`: nothing links the tables. `linking.no_column`: a column of a link is not
        there. `linking.not_unique`: a right key is not unique.
    """
    links = [link for link in links if link.left in tables and link.right in tables]
    if not links:
        raise AnalysisError("linking.no_links", tables=list(tables))
    base, route = _route(tables, links)
    first = tables[base]
    shared = SharedTables({base: first, **tables})
    names = list(first.reading.columns)
    cells = [f"t0.c{position}" for position in range(len(names))]
    aliases, joins = {base: "t0"}, []
    for number, link in enumerate(route, start=1):
        alias = aliases[link.right] = f"t{number}"
        left, right = tables[link.left], tables[link.right]
        keys = [_position(right, link.right, column) for _, column in link.pairs]
        if count := shared.duplicates(link.right, keys):
            column = ", ".join(column for _, column in link.pairs)
            raise AnalysisError(
                "linking.not_unique",
                table=link.right,
                column=column,
                count=count,
            )
        conditions = []
        for (column, _), key in zip(link.pairs, keys, strict=True):
            cell = f"{aliases[link.left]}.c{_position(left, link.left, column)}"
            conditions.append(f"{key_sql(cell)} = {key_sql(f'{alias}.c{key}')}")
        joins.append(
            f"LEFT JOIN {shared.store(link.right)} {alias} ON {' AND '.join(conditions)}"
        )
        for position, name in enumerate(right.reading.columns):
            if position not in keys:
                names.append(_free_name(name, link.right, names))
                cells.append(f"coalesce({alias}.c{position}, '')")
    store = new_name()
    listed = ", ".join(
        f"{cell} AS c{position}" for position, cell in enumerate(cells)
    )
    first.engine.run(
        f"CREATE TABLE {quoted(store)} AS SELECT t0._source, t0._line, {listed}"
        f" FROM {quoted(first.store)} t0 {' '.join(joins)} ORDER BY t0._source, t0._line"
    )
    shared.close()
    notes = (*first.reading.notes, *_notes(tables, base, route))
    reading = replace(first.reading, columns=tuple(names), notes=notes)
    return replace(first, store=store, reading=reading, coded=None)


def _route(
    tables: Mapping[str, RawTable], links: Sequence[Link]
) -> tuple[str, list[Link]]:
    """The base, and the links by which each other table is reached first."""
    pointed_to = {link.right for link in links}
    linked = [
        name
        for name in tables
        if any(name in (link.left, link.right) for link in links)
    ]
    roots = [name for name in linked if name not in pointed_to] or linked
    routes = {root: _links_from(root, links) for root in roots}
    base = max(
        roots, key=lambda root: (len(routes[root]), tables[root].reading.rows)
    )
    return base, routes[base]


def _links_from(root: str, links: Sequence[Link]) -> list[Link]:
    """The links by which all other tables are reached from one, the nearest first."""
    reached, route = [root], []
    ranked = sorted(links, key=lambda link: -link.score)
    for table in reached:  # it grows on the way
        for link in ranked:
            if link.left == table and link.right not in reached:
                reached.append(link.right)
                route.append(link)
    return route


def _position(raw: RawTable, table: str, column: str) -> int:
    if column not in raw.reading.columns:
        raise AnalysisError("linking.no_column", table=table, column=column)
    return raw.reading.columns.index(column)


def _free_name(name: str, table: str, names: Sequence[str]) -> str:
    used = {normal_name(other) for other in names}
    free, number = name, 2
    if normal_name(free) in used:
        free = f"{name} ({stem(table)})"
    while normal_name(free) in used:
        free, number = f"{name} ({stem(table)} {number})", number + 1
    return free


def _notes(
    tables: Mapping[str, RawTable], base: str, route: Sequence[Link]
) -> list[Message]:
    notes: list[Message] = []
    for link in route:
        details = {
            "left": link.left,
            "right": link.right,
            "left_column": ", ".join(left for left, _ in link.pairs),
            "right_column": ", ".join(right for _, right in link.pairs),
            "left_unmatched": link.left_unmatched,
            "right_unmatched": link.right_unmatched,
        }
        notes.append(Message("linking.note_joined", details))
        if aside := len(tables[link.right].set_aside):
            notes.append(
                Message("linking.note_aside", {"table": link.right, "count": aside})
            )
    joined = {base, *(link.right for link in route)}
    if left_out := [name for name in tables if name not in joined]:
        notes.append(Message("linking.note_left_out", {"tables": left_out}))
    return notes
