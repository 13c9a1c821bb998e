"""Where the script of a page is, for links from one page to another."""

from __future__ import annotations

from pathlib import Path

_PAGES = Path(__file__).parents[3] / "pages"


def is_page(word: str) -> bool:
    """Whether there is a page of that word."""
    return any(_PAGES.glob(f"*/{word}.py"))


def page_path(word: str) -> Path:
    """The script of the page of that word."""
    return next(_PAGES.glob(f"*/{word}.py"))
