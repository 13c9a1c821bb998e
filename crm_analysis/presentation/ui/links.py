"""Where the script of a page is, for links from one page to another."""

from __future__ import annotations

from pathlib import Path

_PAGES = Path(__file__).parents[3] / "pages"


def page_path(word: str) -> Path | None:
    """The script of the page of that word; None where there is no such page."""
    return next(_PAGES.glob(f"*/{word}.py"), None)
