"""How the sales of a table are to be read, said in names of the raw table's columns.

A preset says it of a platform's export, the headings and values of any other; cleaning applies
either the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self, get_args

Meaning = Literal[
    "paid",
    "shipped",
    "open",
    "not_paid",
    "failed",
    "cancelled",
    "refunded",
    "partly_refunded",
    "refund_asked",
    "charged_back",
    "no_trade",
]
MEANINGS: tuple[Meaning, ...] = get_args(Meaning)
Words = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SalesRules:
    """How the sales of a table are to be read.

    All columns are named as in the raw table (blanks around a name do not count); one that is
    not there is passed over. Words are compared as `statuses.plain_word` makes them.

    Attributes
    ----------
    platform
        The platform whose export this is, as a person knows it; None: told from the columns.
    statuses
        The columns that hold a status: of the order, of its payment, of what came after.
    meanings
        What a status word means here, over what it means anywhere: word → meaning.
    trade
        The words of a column that are trade; a line with any other is no sale.
    incoming
        Words of a column that are trade only where the line's money is above zero.
    excluded
        The words of a column that make a line no sale ("Void?": true).
    cancelled_when_filled
        Columns that are filled where the order was cancelled ("Cancelled at").
    paid_when_filled
        Columns that are filled where the order was paid ("Paid On Date").
    carried
        Columns of the order that stand on its first line only; never money.
    money
        The column of a line's money, or two columns whose product it is; none: by the roles.
    minus
        Columns to be taken off the money, whatever their sign: discounts, refunds.
    plus
        Columns to be added to it: what the platform pays of a discount.
    once_per_order
        Those columns of money that are the order's, on its first line or on each.
    never
        Columns that must not be taken as money.
    candidates
        Columns that could be the money as well, and are offered.
    refund_date
        The column with the day of a refund.
    currency
        The column with the currency of the money.
    summary_when_empty
        A column that is empty on a row which sums up the other lines of its order.
    """

    platform: str | None = None
    statuses: Words = ()
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    trade: Mapping[str, Words] = field(default_factory=dict)
    incoming: Mapping[str, Words] = field(default_factory=dict)
    excluded: Mapping[str, Words] = field(default_factory=dict)
    cancelled_when_filled: Words = ()
    paid_when_filled: Words = ()
    carried: Words = ()
    money: Words = ()
    minus: Words = ()
    plus: Words = ()
    once_per_order: Words = ()
    never: Words = ()
    candidates: Words = ()
    refund_date: str | None = None
    currency: str | None = None
    summary_when_empty: str | None = None

    def __post_init__(self) -> None:
        """Lists become tuples, so that rules from JSON or TOML equal those from code.

        Raises
        ------
        ValueError
            Where a word has a meaning that is not of `MEANINGS`.
        """
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, list):
                object.__setattr__(self, entry.name, tuple(value))
            elif isinstance(value, Mapping) and entry.name != "meanings":
                listed = {column: tuple(words) for column, words in value.items()}
                object.__setattr__(self, entry.name, listed)
        unknown = set(self.meanings.values()) - set(MEANINGS)
        if unknown:
            raise ValueError(
                f"no status means {sorted(unknown)}; it must be of {MEANINGS}"
            )

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, for saving; what says nothing is left out."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Rules from `to_dict`'s output or a preset; unknown entries are passed over."""
        names = {entry.name for entry in fields(cls)}
        return cls(
            **{name: value for name, value in values.items() if name in names}
        )
