"""What the heading of a column says of sales: a status, a refund, the sum of a whole order."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from crm_analysis.tables.sales.statuses import plain_word

Subject = Literal[
    "status",
    "status_surely",
    "type",
    "movement",
    "fee",
    "no_status",
    "payment",
    "cancelled_at",
    "is_no_sale",
    "is_sale",
    "refund",
    "paid",
    "asked",
    "aside",
    "of_order",
    "of_line",
    "of_piece",
    "refund_date",
]


@lru_cache(maxsize=8192)
def says(heading: str, subject: Subject) -> bool:
    """Whether a heading speaks of a subject.

    >>> says("Financial Status", "status"), says("订单状态", "status"), says("Total", "status")
    (True, True, False)
    """
    return bool(re.search(_content()[subject], plain_word(heading)))


def is_kind_of_movement(heading: str) -> bool:
    """Whether a heading is of kinds of movements, where a refund is a row of its own."""
    is_kind = says(heading, "movement") or says(heading, "type")
    return is_kind and not says(heading, "status")


def answers(kind: Literal["yes", "no"]) -> frozenset[str]:
    """The words for yes, or for no, as `plain_word` writes them."""
    return frozenset(_content()[kind])


@cache
def _content() -> dict:
    return tomllib.loads(
        files(__package__).joinpath("headings.toml").read_text(encoding="utf-8")
    )
