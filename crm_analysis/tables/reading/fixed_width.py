"""Files without delimiters: columns of fixed width."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from crm_analysis.tables.reading.cells import is_data, kind_of
from crm_analysis.tables.reading.records import Dialect, Record, split_records

Span = tuple[int, int]  # where a column begins, and where it ends

_SAMPLE_LINES = 2000
_LONGEST_LINE = 4000
_WIDEST_PARTED = 80
_MAXIMUM_CUTS = 4
_GAP, _WIDE_GAP = re.compile(r" +"), re.compile(r" {2,}")
_RULER = re.compile(r"[\s\-=_+|]+")


def find_spans(lines: Sequence[str]) -> list[Span]:
    """The columns of a file of fixed width, as spans of letters; empty where it is none.

    >>> find_spans(["00004 0001  29.33", "00021 0002   9.00", "00050 0003 129.00"])
    [(0, 5), (6, 10), (11, 17)]
    """
    lines = [
        line.rstrip().expandtabs()
        for line in lines
        if line.strip() and not _RULER.fullmatch(line)
    ][:_SAMPLE_LINES]
    # Headings may be wider than their columns; then there are as many of them.
    below = _spans_of(lines[1:])
    if below and len(below) == len(_headings(lines[0], len(below))):
        return below
    return _with_headings(lines, _spans_of(lines))


def _spans_of(lines: Sequence[str]) -> list[Span]:
    if len(lines) < 3 or max(map(len, lines)) > _LONGEST_LINE:
        return []
    used = _letters_at(lines)
    spans = _between_gaps(used, 0 if len(lines) < 50 else 0.005 * len(lines))
    if len(spans) < 2:
        return []
    spans = [
        part
        for span in _widened(spans, len(used))
        for part in _parted_by_kind(lines, span)
    ]
    typed = _typed_columns(lines[1:] if len(lines) > 3 else lines, spans)
    aligned = sum(bool(_GAP.search(line.strip())) for line in lines)
    return (
        spans
        if aligned >= 0.7 * len(lines) and typed >= max(1, 0.3 * len(spans))
        else []
    )


def _with_headings(lines: Sequence[str], spans: Sequence[Span]) -> list[Span]:
    """The spans, where text under no heading goes on from the column before it.

    Names may have wide gaps within: "Pot  blue".
    """
    if not lines or _typed_columns(lines[:1], spans):
        return list(spans)  # the first line is no heading
    joined: list[Span] = []
    for begin, end in spans:
        is_named = bool(lines[0][begin:end].strip())
        if (
            joined
            and not is_named
            and not _typed_columns(lines[1:], [(begin, end)])
        ):
            begin = joined.pop()[0]
        joined.append((begin, end))
    return joined


def _letters_at(lines: Sequence[str]) -> list[int]:
    """How many lines have a letter at each position."""
    used = [0] * max(map(len, lines))
    for line in lines:
        for match in re.finditer(r"\S+", line):
            for position in range(*match.span()):
                used[position] += 1
    return used


def _between_gaps(used: Sequence[int], maximum: float) -> list[Span]:
    """The stretches whose positions are used by more lines than a gap may have."""
    spans: list[Span] = []
    begin = None
    for position, count in enumerate([*used, 0]):
        if count > maximum and begin is None:
            begin = position
        elif count <= maximum and begin is not None:
            spans.append((begin, position))
            begin = None
    return spans


def _widened(spans: Sequence[Span], length: int) -> list[Span]:
    """Spans up to their neighbours', so that a rare longer cell loses nothing."""
    last = len(spans) - 1
    begins = [0, *(begin for begin, _ in spans[1:])]
    ends = [
        max(end, begin - 1)
        for (_, end), begin in zip(spans, begins[1:], strict=False)
    ]
    return list(zip(begins, [*ends, spans[last][1]], strict=True))


def _typed_columns(lines: Sequence[str], spans: Sequence[Span]) -> int:
    """How many columns hold values of one kind."""
    typed = 0
    for begin, end in spans:
        kinds = Counter(
            kind_of(cell) for line in lines if (cell := line[begin:end].strip())
        )
        for kind, count in kinds.most_common(1):
            is_value = kind in ("number", "date", "time", "flag", "code")
            typed += is_value and count >= 0.8 * kinds.total()
    return typed


def _parted_by_kind(lines: Sequence[str], span: Span) -> list[Span]:
    """A span parted where columns touch.

    There all cells are, say, a flag, then a number, then a time, and none as a whole.
    """
    begin, end = span
    cells = [
        line[begin:end].ljust(end - begin)
        for line in lines
        if line[begin:end].strip()
    ][:200]
    if len(cells) < 2 or end - begin > _WIDEST_PARTED:
        return [span]
    cuts = _cuts(cells, _MAXIMUM_CUTS) or []
    return list(pairwise([begin, *(begin + cut for cut in cuts), end]))


def _are_one_kind(cells: Sequence[str]) -> bool:
    """Whether cells are all numbers, all dates, all times or all flags."""
    kinds = {kind_of(cell.strip(" ,")) for cell in cells}
    return len(kinds) == 1 and kinds <= {"number", "date", "time", "flag"}


def _cuts(cells: Sequence[str], maximum: int) -> list[int] | None:
    """Where to cut cells of one length so that each part is of one kind, the last place first."""
    if _are_one_kind(cells):
        return []
    if maximum == 0:
        return None
    for cut in range(len(cells[0]) - 1, 1, -1):
        if _are_one_kind([cell[:cut] for cell in cells]):
            rest = _cuts([cell[cut:] for cell in cells], maximum - 1)
            if rest is not None:
                return [cut, *(cut + position for position in rest)]
    return None


def _headings(text: str, count: int) -> list[str]:
    """The names in a line, parted by a space or by several, where they are so many; else none."""
    for gap in (_GAP, _WIDE_GAP):
        words = gap.split(text.strip())
        if len(words) == count and not any(
            is_data(kind_of(word)) for word in words
        ):
            return words
    return []


def fixed_records(
    lines: Iterable[str], spans: Sequence[Span], any_end: bool = True
) -> Iterator[Record]:
    """Records of a file of fixed width. What stands beyond the last column belongs to it."""
    begins = [begin for begin, _ in spans]
    cuts = list(zip(begins, [*begins[1:], None], strict=True))
    for record in split_records(lines, Dialect(None, None, any_end=any_end)):
        text = record.text.expandtabs()
        cells = [text[begin:end].strip() for begin, end in cuts]
        if any(text[begin - 1 : begin + 1].strip(" ")[1:] for begin in begins[1:]):
            cells = _headings(text, len(cuts)) or cells
        yield record._replace(fields=cells if record.text.strip() else [""])
