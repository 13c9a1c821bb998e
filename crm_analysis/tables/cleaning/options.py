"""What cleaning does beside typing: each step a setting, each default the careful one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from crm_analysis.options import Options, knob
from crm_analysis.tables.sales import MEANINGS, Meaning

# The steps in the order they are taken; any but "types" can be switched off by `undo`.
STEPS = (
    *(
        "types",
        "carried",
        "ids",
        "text",
        "merge",
        "blank",
        "duplicates",
        "currency",
        "order_totals",
        "customers",
        "products",
    ),
    *("returns", "impossible", "outliers", "several_rows", "missing", "expanding"),
)
# What can stand in for a missing value.
FILLS = (
    "leave",
    "drop",
    "mean",
    "median",
    "mode",
    "constant",
    "random",
    "interpolate",
    "linear",
    "time",
    "spline",
    "forward",
    "neighbours",
)
# What an expanding column may hold.
EXPANDING = ("mean", "median", "total", "count", "minimum", "maximum")
# How the values of several rows of a customer become one.
SUMMARIES = (
    *("mean", "median", "maximum", "minimum", "total"),
    *("count", "distinct", "mode", "first", "last"),
)


# Whose days, or whose names of months, dates are written in; the month business years begin in.
CALENDARS_CHOSEN = (
    "gregorian",
    "persian",
    "islamic",
    "buddhist",
    "croatian",
    "polish",
    *(f"fiscal_{month}" for month in range(1, 13)),
)


@dataclass(frozen=True, kw_only=True)
class CleanOptions(Options):
    """What cleaning does beside typing.

    By default nothing is filled in, and exact copies of a row are removed only where something
    names the record: an id, an order's line with its quantity or amount, a time to the second.

    Settings by column are pairs (column, setting), where the column is a name in the cleaned table
    or in the file and "*" is every column that fits: `missing=(("Age", "median"), ("City",
    "constant", "unknown"))`, `date_order=(("date", "day_first"),)`,
    `date_year=(("date", "2024"),)`, `calendar=(("date", "persian"),)` or, of business years from
    April, `(("period", "fiscal_4"),)`, `decimal=(("Price", ","),)`,
    `negative=(("amount", "debit"),)`, `positive=(("churned", "Left"),)`, `blank_flags=(("VIP",
    "no"),)`, `read_as=(("Zip", "id"),)`, `merge=(("City", "NYC", "New York"),)`.

    Missing values are filled by "interpolate" on the line between neighbours, by date in a series;
    "linear" does so by rows and "time" by dates in any table, "spline" on a cubic spline.

    `expanding` are (column, what it came to up to and with each row, of EXPANDING), which become
    columns: `(("amount", "total"),)` gives `amount_expanding_total`. They count by customer in the
    order of dates where the table has both, else down the table; `expanding_by` says otherwise.

    A table of customers with several rows a customer is summarised to a row each, unless
    `several_rows` is "keep". `summaries` say how: `(("Balance", "median"), ("City", "mode"))`, of
    SUMMARIES; a column named twice becomes a column each way (`Balance_mean`, `Balance_maximum`).

    `statuses` are (column, word, meaning) where a person knows better what a status word means
    (`MEANINGS` of `crm_analysis.tables.sales`). `money` is the column of the file that is a
    line's money, and `take_off` whether refunds and discounts in columns of their own come off
    it. `leave_out` are customers (ids, or patterns with `*`) who are set aside everywhere:
    staff, tests, wholesale. `rates` are (currency, what one unit of it is worth in `currency`).
    `texts` says whether several columns of text are one comment ("join") or only the one that has
    the role is ("one").
    `undo` names steps switched off. `put_back` are records that cleaning set aside and that
    stay after all: (source, line) pairs, or lines alone where there is one source.
    """

    duplicates: Literal["auto", "remove", "flag", "keep"] = "auto"
    trim: bool = knob(True)
    half_width: bool = knob(True)
    case: Literal["keep", "lower", "title", "upper"] = "keep"
    text_columns: tuple[str, ...] = knob((), advanced=True)
    merge: tuple[tuple[str, str, str], ...] = knob((), advanced=True)
    missing: tuple[tuple[str, ...], ...] = knob(())
    neighbours: int = knob(5, low=1, high=50, advanced=True)
    outliers: Literal["flag", "clip", "set_aside", "ignore"] = "flag"
    outlier_method: Literal["iqr", "robust_z", "isolation_forest"] = "iqr"
    outlier_threshold: float | None = knob(None, low=0.5, high=20, step=0.5)
    outlier_columns: tuple[str, ...] = knob((), advanced=True)
    impossible: Literal["flag", "missing", "set_aside", "ignore"] = "flag"
    returns: Literal["keep", "net", "drop"] = "keep"
    several_rows: Literal["summarise", "keep"] = "summarise"
    summaries: tuple[tuple[str, str], ...] = knob((), advanced=True)
    expanding: tuple[tuple[str, str], ...] = knob((), advanced=True)
    expanding_by: Literal["auto", "customer", "table"] = knob("auto", advanced=True)
    no_product: Literal["mark", "set_aside"] = "mark"
    no_product_words: tuple[str, ...] = knob((), advanced=True)
    leave_out: tuple[str, ...] = knob(())
    statuses: tuple[tuple[str, str, Meaning], ...] = knob((), advanced=True)
    money: str | None = knob(None, advanced=True)
    take_off: bool = knob(True, advanced=True)
    price: Literal["auto", "piece", "line"] = knob("auto", advanced=True)
    goods: Literal["auto", "lines", "names"] = knob("auto", advanced=True)
    texts: Literal["auto", "join", "one"] = knob("auto", advanced=True)
    order_totals: Literal["auto", "split", "as_is"] = knob("auto", advanced=True)
    discount: Literal["auto", "ignore", "rate", "amount"] = knob(
        "auto", advanced=True
    )
    currency: str | None = knob(None, advanced=True)
    rates: tuple[tuple[str, float], ...] = knob((), advanced=True)
    read_as: tuple[tuple[str, str], ...] = knob((), advanced=True)
    date_order: tuple[tuple[str, str], ...] = knob((), advanced=True)
    date_year: tuple[tuple[str, str], ...] = knob((), advanced=True)
    calendar: tuple[tuple[str, str], ...] = knob((), advanced=True)
    decimal: tuple[tuple[str, str], ...] = knob((), advanced=True)
    negative: tuple[tuple[str, str], ...] = knob((), advanced=True)
    positive: tuple[tuple[str, str], ...] = knob((), advanced=True)
    blank_flags: tuple[tuple[str, str], ...] = knob((), advanced=True)
    undo: tuple[str, ...] = knob((), advanced=True)
    put_back: tuple[Any, ...] = knob((), advanced=True)
    seed: int = knob(0, low=0, advanced=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        _within("undo", self.undo, STEPS[1:])
        for fill in self.missing:
            _within("missing", fill[1:2], FILLS)
        _within("expanding", [what for _, what in self.expanding], EXPANDING)
        _within("summaries", [how for _, how in self.summaries], SUMMARIES)
        _within(
            "read_as",
            [kind for _, kind in self.read_as],
            ("id", "text", "category", "number", "money", "date", "flag"),
        )
        _within(
            "date_order",
            [order for _, order in self.date_order],
            ("day_first", "month_first", "year_first"),
        )
        _within("calendar", [name for _, name in self.calendar], CALENDARS_CHOSEN)
        _within("statuses", [meaning for _, _, meaning in self.statuses], MEANINGS)
        _within(
            "negative",
            [side for _, side in self.negative],
            ("credit", "debit", "neither"),
        )
        _within("decimal", [mark for _, mark in self.decimal], (".", ","))
        _within(
            "blank_flags",
            [meaning for _, meaning in self.blank_flags],
            ("no", "missing"),
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Settings from `to_dict`'s output; names this version does not know are passed over.

        "remove" was the default for copies before "auto" was, and nobody's choice in settings that
        lack what came with it.
        """
        is_earlier = "returns" in values and "goods" not in values
        if is_earlier and values.get("duplicates") == "remove":
            values = {**values, "duplicates": "auto"}
        return super().from_dict(values)

    def does(self, step: str) -> bool:
        """Whether a step has not been switched off."""
        return step not in self.undo

    def with_column(self, setting: str, column: str, value: Any) -> CleanOptions:
        """The same options with another value of a setting by column; None takes it away."""
        others = tuple(pair for pair in getattr(self, setting) if pair[0] != column)
        own = () if value is None else ((column, value),)
        return self.replace(**{setting: (*others, *own)})

    def with_statuses(
        self, column: str, words: Iterable[str], meaning: Meaning
    ) -> CleanOptions:
        """The same options with what some status words of a column mean."""
        words = tuple(words)
        others = tuple(
            status
            for status in self.statuses
            if status[0] != column or status[1] not in words
        )
        own = tuple((column, word, meaning) for word in words)
        return self.replace(statuses=(*others, *own))

    def of(self, setting: str, *columns: str | None) -> str | None:
        """The value of a setting by column for a column known by any of these names.

        None where none is given.
        """
        pairs = {pair[0]: pair[1] for pair in getattr(self, setting)}
        return next(
            (pairs[name] for name in (*columns, "*") if name in pairs), None
        )


def _within(name: str, values: Any, allowed: tuple[str, ...]) -> None:
    for value in values:
        if value not in allowed:
            raise ValueError(
                f"CleanOptions.{name} has {value!r}; it must be one of"
                f" {', '.join(map(repr, allowed))}"
            )
