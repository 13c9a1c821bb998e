"""The pages of the app: one entry each, from which menu, icons, links and needs are read.

To add a page: a script `pages/<section>/<word>.py`, an entry in PAGES, and `page.title` and
`page.question` in `phrases/<word>.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crm_analysis.screen import PAGES_FOLDER

SECTIONS = (
    "start",
    "understand",
    "predict",
    "act",
)  # of the menu, in this order


@dataclass(frozen=True)
class Page:
    """One screen.

    `word` names it everywhere: script, address, phrases, pictures. `needs` has the kinds of table
    it works with, the one it was made for first, and for each the sets of columns of which it
    takes one; a page without needs takes all that is loaded.
    """

    word: str
    section: str
    icon: str
    needs: Mapping[str, tuple[frozenset[str], ...]] = field(default_factory=dict)
    folder: Path = PAGES_FOLDER

    @property
    def script(self) -> Path:
        """The file that draws the page."""
        return self.folder / self.section / f"{self.word}.py"

    @property
    def title(self) -> str:
        """The key of the phrase that names the page."""
        return f"{self.word}.title"

    @property
    def question(self) -> str:
        """The key of the phrase that says what the page answers."""
        return f"{self.word}.question"

    def works_with(self, kind: str, columns: set[str]) -> bool:
        """Whether a table of this kind with these columns is enough for the page."""
        return any(needed <= columns for needed in self.needs.get(kind, ()))


def _any_of(*columns: set[str]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(needed) for needed in columns)


_BASKETS = ("order", "customer")
_PRODUCTS = ("product", "product_code", "category")
_MEASURES = ("quantity", "amount", "order", "customer")

PAGES: tuple[Page, ...] = (
    Page("overview", "start", ":material/home:"),
    Page("data", "start", ":material/table_view:"),
    Page(
        "segments",
        "understand",
        ":material/groups:",
        {
            "transactions": _any_of({"customer", "date"}),
            "customers": _any_of({"customer"}),
        },
    ),
    Page(
        "baskets",
        "understand",
        ":material/shopping_basket:",
        {
            "transactions": _any_of(
                *({basket, product} for basket in _BASKETS for product in _PRODUCTS)
            )
        },
    ),
    Page(
        "value",
        "understand",
        ":material/payments:",
        {
            "transactions": _any_of({"customer", "date"}),
            "customers": _any_of({"customer", "churned"}),
        },
    ),
    Page(
        "feedback",
        "understand",
        ":material/reviews:",
        {"feedback": _any_of({"text"}, {"nps"}, {"csat"}, {"rating"})},
    ),
    Page(
        "forecast",
        "predict",
        ":material/trending_up:",
        {
            "transactions": _any_of(*({"date", measure} for measure in _MEASURES)),
            "series": _any_of(set()),
        },
    ),
    Page(
        "churn",
        "predict",
        ":material/person_off:",
        {
            "customers": _any_of(set()),
            "transactions": _any_of({"customer", "date"}),
        },
    ),
    Page(
        "engagement",
        "act",
        ":material/campaign:",
        {
            "contacts": _any_of({"customer", "date", "channel"}),
            "customers": _any_of({"arm"}),
        },
    ),
    Page(
        "strategy",
        "act",
        ":material/checklist:",
        {
            "transactions": _any_of({"customer", "date"}),
            "customers": _any_of({"customer"}, {"arm"}),
        },
    ),
    Page("report", "act", ":material/summarize:"),
)


def find_page(word: str) -> Page | None:
    """The page of that word; None where there is none."""
    return next((page for page in PAGES if page.word == word), None)


def page_of(word: str) -> Page:
    """The page of that word. KeyError where there is none."""
    page = find_page(word)
    if page is None:
        raise KeyError(word)
    return page


def page_path(word: str) -> Path:
    """The script of the page of that word, for a link to it."""
    return page_of(word).script
