"""What a column's name says for a role only together with its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from crm_analysis.tables.cleaning.rating_reading import share_a_scale
from crm_analysis.tables.kinds.gates import ValueProfile, is_code
from crm_analysis.tables.roles.names import concepts
from crm_analysis.tables.roles.profiles import MISSING
from crm_analysis.tables.roles.sampling import TableSample


@dataclass(frozen=True)
class Candidate:
    """A column that may have a role in a table of some kind."""

    table: TableSample
    kind: str
    position: int

    @property
    def name(self) -> str:
        """Its name in the file."""
        return self.table.names[self.position]

    @property
    def values(self) -> ValueProfile:
        """What its values look like."""
        return self.table.profiles[self.position]

    @cached_property
    def chain(self) -> tuple[str, ...]:
        """The concepts of its name, none where the table's names say nothing."""
        return concepts(self.name) if self.table.headed else ()

    @cached_property
    def concepts(self) -> frozenset[str]:
        """The concepts of its name, "?" among them where a word is not known."""
        return frozenset(self.chain)

    @property
    def known(self) -> frozenset[str]:
        """The concepts of its name that are known."""
        return self.concepts - {"?"}


def _hint_customer(column: Candidate) -> float:
    if column.kind != "customers":
        return 0.0
    names = column.concepts
    if names == {"id"}:
        return 0.62
    is_first = column.position == 0 and column.values.ratio > 0.98
    if is_first and "id" in names and names <= {"id", "?", "currency", "unique"}:
        return 0.6  # an id, of whatever they call their customers
    of_someone = ({"name"}, {"lead", "name"}, {"company"}, {"company", "name"})
    return 0.5 if names in of_someone else 0.0


def _hint_order(column: Candidate) -> float:
    """#1001 under "Name": a shop's order numbers."""
    is_numbered = column.concepts <= {"name", "number", "id", "order"}
    return 0.84 if column.values.hashed > 0.9 and is_numbered else 0.0


def are_days_of_contact(chain: Sequence[str], values: ValueProfile) -> bool:
    """Whether there are days under "Contacted": when somebody was."""
    known = set(chain) - {"?"}
    return values.date > 0.9 and bool(known & _CONTACTS) and known <= _OF_CONTACTS


def _hint_date(column: Candidate) -> float:
    is_of_contact = are_days_of_contact(column.chain, column.values)
    return 0.92 if column.kind == "contacts" and is_of_contact else 0.0


def _hint_channel(column: Candidate) -> float:
    return 0.4 if column.kind == "feedback" and column.concepts == {"type"} else 0.0


def _hint_responded(column: Candidate) -> float:
    """A column called y is what the others are to explain."""
    is_y = column.name.strip().lower() == "y" and column.concepts <= {
        "value",
        "?",
    }
    is_flag = column.values.flag > 0.9 and column.values.distinct == 2
    return 0.62 if is_y and is_flag else 0.0


def _hint_churned(column: Candidate) -> float:
    is_state = column.concepts & {
        "status",
        "category",
        "type",
        "churn",
        "group",
    }
    says_churn = column.values.churn_word > 0.02 and column.values.distinct <= 4
    return 0.85 if is_state and says_churn else 0.0


def _hint_arm(column: Candidate) -> float:
    """Control and treatment, whatever the column of them is called; A and B where it says so."""
    is_split = column.concepts & {
        "group",
        "campaign",
        "variant",
        "arm",
        "edition",
        "model",
    }
    if column.values.length > 1:
        is_split = is_split or column.concepts & {"type", "?"}
    has_words = column.values.arm_word > 0.05 and 2 <= column.values.distinct <= 8
    return 0.85 if is_split and has_words else 0.0


def _hint_outcome(column: Candidate) -> float:
    """A yes or no called like an outcome, or the last one of columns that are to explain it."""
    values = column.values
    if values.flag < 0.9 or values.distinct != 2 or not column.table.headed:
        return 0.0
    if _OUTCOME.search(column.name):
        return 0.75
    if column.known & {"end", "churn", "refund"}:
        return 0.0  # an end is no success
    is_last = column.position == len(column.table.names) - 1
    flags = sum(
        other.flag > 0.9 and other.distinct == 2 for other in column.table.profiles
    )
    is_apart = (
        is_last and flags <= 2
    )  # one of many flags is about nothing in particular
    return 0.5 if is_apart and len(column.table.names) >= _EXPLAINING else 0.0


def _hint_campaign(column: Candidate) -> float:
    values = column.values
    is_group = (
        column.concepts == {"group"} and values.distinct <= 10 and not values.number
    )
    return 0.62 if is_group else 0.0


def _hint_series(column: Candidate) -> float:
    is_unknown = column.kind == "series" and column.concepts == {"?"}
    comes_again = column.values.letters > 0.8 and column.values.ratio < 0.5
    return 0.5 if is_unknown and comes_again else 0.0


def _hint_rating(column: Candidate) -> float:
    """5 étoiles, 4/5, ★★★★☆: a rating beside comments, whatever its column is called."""
    values = column.values
    if column.kind != "feedback" or values.rating <= 0.9 or values.number > 0.1:
        return 0.0
    if values.yearless > 0.1:  # 4/5, or a day of May
        cells = column.table.rows[f"c{column.position}"].dropna()
        different = [
            cell for cell in cells.unique() if cell.strip().lower() not in MISSING
        ]
        is_date = "date" in column.known
        return 0.7 if not is_date and share_a_scale(different) else 0.0
    return 0.7


def _hint_product_code(column: Candidate) -> float:
    is_of_kind = "?" in column.chain and column.known <= {
        "id",
        "code",
        "category",
        "type",
    }
    if not is_of_kind or "id" not in column.known or not is_code(column.values):
        return 0.0
    return 0.52 if column.known == {"id"} else 0.42


def _hint_product(column: Candidate) -> float:
    if column.concepts != {"name"}:
        return 0.0
    others = (concepts(name) for name in column.table.names)
    return (
        0.66 if any({"category", "price"} & set(chain) for chain in others) else 0.0
    )


_CONTACTS = {"contact", "call", "message", "email"}
_OF_CONTACTS = _CONTACTS | {"customer", "campaign", "create", "at"}
_EXPLAINING = 6  # columns of which the last may be what the others explain
_OUTCOME = re.compile(
    r"(?i)^(?:y|target|label|class|outcome|result|success|response)$"
    r"|(?:buyer|bought|purchased|deposit|subscribed|converted|accepted|won|signed_?up)$"
    r"|是否(?:购买|成交|转化|响应|办理|订阅|中标|复购|到店)|(?:成交|转化|响应)$"
)

HINTS: dict[str, Callable[[Candidate], float]] = {
    "customer": _hint_customer,
    "order": _hint_order,
    "date": _hint_date,
    "channel": _hint_channel,
    "responded": _hint_responded,
    "churned": _hint_churned,
    "arm": _hint_arm,
    "outcome": _hint_outcome,
    "campaign": _hint_campaign,
    "series": _hint_series,
    "rating": _hint_rating,
    "product_code": _hint_product_code,
    "product": _hint_product,
}
