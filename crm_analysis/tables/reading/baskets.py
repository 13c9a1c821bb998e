"""Files that are no rows of delimited fields: columns of fixed width, and baskets (a list of products a line)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from crm_analysis.tables.reading.cells import kind_of
from crm_analysis.tables.reading.records import Dialect, Record, split_records

__all__ = ["are_baskets", "basket_items", "find_spans", "fixed_records"]


def are_baskets(records: Sequence[Sequence[str]]) -> bool:
    """Whether lists of fields are baskets: ragged, filled from the left, the same products in any place.

    >>> are_baskets([["milk", "bread"], ["bread"], ["eggs", "milk", "bread"], ["milk"]])
    True
    >>> are_baskets([["id", "name", "age"], ["1", "Ann", "30"], ["2", "Bob", ""], ["3"]])
    False
    """
    lists = [[field.strip() for field in fields] for fields in records]
    for fields in lists:
        while fields and not fields[-1]:
            fields.pop()
    lists = [fields for fields in lists if fields]
    if len(lists) < 3:
        return False
    widths = Counter(len(fields) for fields in lists)
    if len(widths) < 2 or max(widths.values()) > 0.75 * len(lists) or max(widths) < 2:
        return False
    if sum("" in fields for fields in lists) > 0.02 * len(lists) + 1:
        return False
    items = [item for fields in lists for item in fields]
    if sum(len(item) > 60 for item in items) > 0.01 * len(items) or sum(
        kind_of(item) in ("date", "time", "flag", "link") for item in items
    ) > 0.05 * len(items):
        return False
    counted = sum(kind_of(item) == "number" for item in items) > 0.5 * len(items)
    if counted and all(kind_of(item) in ("words", "text") for item in lists[0]):
        return False  # names over numbers: a ragged table
    places: dict[str, set[int]] = {}
    for fields in lists:
        for place, item in enumerate(fields):
            places.setdefault(item, set()).add(place)
    often = [item for item, count in Counter(items).items() if count > 1]
    wandering = sum(len(places[item]) > 1 for item in often)
    return len(often) >= 2 and wandering >= 0.6 * len(often) and len(set(items)) < 0.8 * len(items)


def basket_items(record: Record) -> list[str]:
    """The products of a basket, stripped, empty ones left out."""
    return [item for field in record.fields if (item := field.strip().replace("\0", ""))]


_GAP = re.compile(r" +")
_RULER = re.compile(r"[\s\-=_+|]+")


def find_spans(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The columns of a file of fixed width, as spans of letters; empty where it is none.

    >>> find_spans(["00004 0001  29.33", "00021 0002   9.00", "00050 0003 129.00"])
    [(0, 5), (6, 10), (11, 17)]
    """
    lines = [
        line.rstrip().expandtabs() for line in lines if line.strip() and not _RULER.fullmatch(line)
    ][:2000]
    if len(lines) < 3:
        return []
    longest = max(map(len, lines))
    if longest > 4000:
        return []
    used = [0] * longest
    for line in lines:
        for match in re.finditer(r"\S+", line):
            for place in range(match.start(), match.end()):
                used[place] += 1
    limit = 0 if len(lines) < 50 else 0.005 * len(lines)
    spans: list[tuple[int, int]] = []
    begin = None
    for place, count in enumerate([*used, 0]):
        if count > limit and begin is None:
            begin = place
        elif count <= limit and begin is not None:
            spans.append((begin, place))
            begin = None
    if len(spans) < 2:
        return []
    spans = [
        part for span in _parted_by_rare_gaps(spans, used) for part in _parted_by_kind(lines, span)
    ]
    cells = [
        [line[start:end].strip() for start, end in spans]
        for line in (lines[1:] if len(lines) > 3 else lines)
    ]
    tidy = 0
    for column in zip(*cells, strict=True):
        kinds = Counter(kind_of(cell) for cell in column if cell)
        tidy += (
            bool(kinds)
            and max(kinds.values()) >= 0.8 * sum(kinds.values())
            and max(kinds, key=lambda kind: kinds[kind])
            in ("number", "date", "time", "flag", "code")
        )
    aligned = sum(bool(_GAP.search(line.strip())) for line in lines) >= 0.7 * len(lines)
    return spans if aligned and tidy >= max(1, 0.3 * len(spans)) else []


def _parted_by_rare_gaps(spans: list[tuple[int, int]], used: list[int]) -> list[tuple[int, int]]:
    """Spans with the margins on both sides widened to the neighbours', so that a rare longer cell loses nothing."""
    ends = [*(begin for begin, _ in spans[1:]), len(used)]
    return [
        (0 if place == 0 else begin, end if place == len(spans) - 1 else max(end, ends[place] - 1))
        for place, (begin, end) in enumerate(spans)
    ]


def _parted_by_kind(lines: Sequence[str], span: tuple[int, int]) -> list[tuple[int, int]]:
    """A span parted where columns touch: all cells are, say, a flag, then a number, then a time, and none as a whole."""
    begin, end = span
    cells = [line[begin:end].ljust(end - begin) for line in lines if line[begin:end].strip()][:200]
    if len(cells) < 2 or end - begin > 80 or _one_kind(cells):
        return [span]
    cuts = _cuts(cells, 4)
    if cuts is None:
        return [span]
    edges = [begin, *(begin + cut for cut in cuts), end]
    return list(pairwise(edges))


def _one_kind(cells: Sequence[str]) -> bool:
    """Whether cells are all numbers, all dates, all times or all flags."""
    kinds = {kind_of(cell.strip(" ,")) for cell in cells}
    return len(kinds) == 1 and kinds <= {"number", "date", "time", "flag"}


def _cuts(cells: Sequence[str], most: int) -> list[int] | None:
    """Where to cut cells of the same length so that each part is of one kind; the last possible place first."""
    if _one_kind(cells):
        return []
    if most == 0:
        return None
    for cut in range(len(cells[0]) - 1, 1, -1):
        if _one_kind([cell[:cut] for cell in cells]):
            rest = _cuts([cell[cut:] for cell in cells], most - 1)
            if rest is not None:
                return [cut, *(cut + place for place in rest)]
    return None


def fixed_records(
    lines: Iterable[str], spans: Sequence[tuple[int, int]], any_end: bool = True
) -> Iterator[Record]:
    """Records of a file of fixed width. What stands beyond the last column belongs to it."""
    last = len(spans) - 1
    for record in split_records(lines, Dialect(None, None, any_end=any_end)):
        text = record.text.expandtabs()
        cells = [
            text[start : None if place == last else spans[place + 1][0]].strip()
            for place, (start, _) in enumerate(spans)
        ]
        yield record._replace(fields=cells if record.text.strip() else [""])
