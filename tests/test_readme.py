"""What README shows in a notebook is true."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_notebook_in_the_readme_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(
        str(ROOT / "README.md"),
        module_relative=False,
        optionflags=doctest.NORMALIZE_WHITESPACE,
    )
    assert result.attempted >= 8
    assert result.failed == 0


def test_the_readme_names_every_package_that_is_installed() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in (
        (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    ):
        if line and not line.startswith("#"):
            assert line.split("==")[0].split("[")[0] in text, line
