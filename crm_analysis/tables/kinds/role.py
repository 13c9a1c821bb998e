"""What a role is: its type, the tables it stands in, and how values and names speak for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from crm_analysis.tables.kinds import gates
from crm_analysis.tables.kinds.gates import ValueProfile
from crm_analysis.tables.kinds.name_patterns import NamePattern
from crm_analysis.wording import Language, say, texts_of

KindName = Literal["transactions", "customers", "contacts", "feedback", "series"]
ValueType = Literal["id", "text", "category", "number", "money", "date", "flag"]


@dataclass(frozen=True, kw_only=True)
class Role:
    """What a column is.

    Its texts stand in roles.toml, in every language: what it is called (`customer`), the words
    that columns of it are called (`words.customer`), and examples of its cells in a template
    (`example.transactions.customer`). A language with a folder of its own adds its own there.

    Attributes
    ----------
    name
        What its column is called once a table is cleaned.
    type
        How its cells are read: "id" and "text" stay text, "money" may carry a currency.
    kinds
        The kinds of table that have it, and where it stands among their columns.
    gate
        How well values bear it: 1 fully, 0 not at all.
    names
        How well a name speaks for it, by the concepts in it.
    unnamed
        What values alone say for it where the name says nothing.
    concept
        What its words mean in a name, where that is not the role itself.
    """

    name: str
    type: ValueType
    kinds: Mapping[KindName, int]
    gate: Callable[[ValueProfile], float]
    names: NamePattern
    unnamed: Callable[[ValueProfile], float] = gates.nothing
    concept: str = ""

    def fits(self, values: ValueProfile) -> float:
        """How well the values of a column could be it; an empty column bears any role a little."""
        if not values.filled:
            return 0.3 if values.rows else 0.9
        return self.gate(values) * (0.85 if values.full < 0.02 else 1.0)

    def fits_unnamed(self, values: ValueProfile) -> float:
        """What the values say where the name says nothing: 0 to 0.6."""
        return self.unnamed(values) if values.filled and values.full >= 0.3 else 0.0

    def label(self, language: Language) -> str:
        """What a person calls it."""
        return say(f"roles.{self.name}", language)

    def words(self) -> Mapping[Language, str]:
        """The words that columns of it are called, parted by spaces, by language."""
        return texts_of(f"roles.words.{self.name}")

    def example(self, kind: str, language: Language) -> list[str]:
        """Three cells of it in a template."""
        cells = say(f"roles.example.{kind}.{self.name}", language).split("|")
        return [cell.strip() for cell in cells]
