"""Where the app's own files are: beside the package in a checkout, inside it once installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_screen"  # where pyproject.toml puts them in a wheel
_FOLDER = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent

APP = _FOLDER / "app.py"
PAGES_FOLDER = _FOLDER / "pages"
SAMPLES_FOLDER = _FOLDER / "data"
