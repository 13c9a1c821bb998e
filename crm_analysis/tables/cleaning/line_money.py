"""How the money of a line comes about, as the other rooms of cleaning are told it."""

from __future__ import annotations

from dataclasses import dataclass

from crm_analysis.messages import Message


@dataclass(frozen=True)
class LineMoney:
    """How the amount of a line comes about.

    `amount` is SQL over the typed row (None: this table has no money), `split` whether it is an
    order's total that stands on its lines, `shared` SQL over the order's rows for what of an
    order's sums is the line's ('': nothing is). `factor` is SQL over the raw row for what turns
    its money into the one currency ("1": nothing is turned), `formula` whether the amount follows
    quantity and price when these change, `given` the name of the file's own amount where another
    is computed. `turned` is SQL over the typed row for a line that gives money back though its
    figure is positive.
    """

    amount: str | None = None
    split: bool = False
    shared: str = ""
    formula: bool = False
    factor: str = "1"
    how: str = "none"
    questions: tuple[Message, ...] = ()
    given: str | None = None
    turned: str = "false"
