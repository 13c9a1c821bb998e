"""The Python that a result gives for copying, run as its reader would run it."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any


def run_script(text: str, folder: Path) -> dict[str, Any]:
    """What a script has in its names when it has run."""
    path = folder / "same.py"
    path.write_text(text, encoding="utf-8")
    return runpy.run_path(str(path))
