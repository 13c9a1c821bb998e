"""Files that are taken away are called in the reader's words."""

from __future__ import annotations

import ast
import datetime
from pathlib import Path

import pytest

from crm_analysis.presentation.ui.blocks import file_title
from crm_analysis.wording import has

ROOT = Path(__file__).parents[1]
UI = ROOT / "crm_analysis" / "presentation" / "ui"


def names_of_downloads() -> set[str]:
    """What is written as the name of a download; what follows in an f-string is left out."""
    names = set()
    for path in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            if not isinstance(node.func, ast.Name) or node.func.id != "downloads":
                continue
            name = node.args[0]
            if isinstance(name, ast.JoinedStr):
                name = name.values[0]
            if isinstance(name, ast.Constant):
                names.add(str(name.value).rstrip("_"))
    return names


def test_every_download_has_a_name_in_words() -> None:
    names = names_of_downloads()
    assert len(names) > 30
    begun = {"customers", "forecast"}  # whose names all have phrases of their own
    assert not {name for name in names - begun if not has(f"files.{name}")}


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("at_risk", "at_risk", "面临流失的客户"),
        ("segment_3", "segment_3", "客户细分名单_3"),
        ("customers_lost", "customers_lost", "已流失客户"),
        ("forecast_wide", "forecast_wide", "需求预测_宽表"),
        ("my own table", "my own table", "my own table"),
    ],
)
def test_a_file_is_called_by_its_words_and_the_day(
    name: str, english: str, chinese: str
) -> None:
    day = f"{datetime.date.today():%Y%m%d}"
    assert file_title(name, "en") == f"{english}_{day}"
    assert file_title(name, "zh") == f"{chinese}_{day}"
