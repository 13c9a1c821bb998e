"""The commands around the project.

What runs on every change, which browser is taken, what a machine without Python is told.
"""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.e2e import chromium

ROOT = Path(__file__).parents[1]


def _program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_what_runs_on_every_change_finds_the_real_files_beside_it(
    tmp_path: Path,
) -> None:
    shutil.copytree(ROOT / ".ci", tmp_path / "clone" / ".ci")
    (tmp_path / "shared" / "data").mkdir(parents=True)
    _program(
        tmp_path / "bin" / "make",
        'echo "$@ in $(pwd): CI=$CI FUZZ=$FUZZ_SECONDS DATA=$CRM_TEST_DATA '
        'HOME=${HOME:+set} input=$(cat | wc -c)"; exit 7',
    )
    bare = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        [tmp_path / "clone" / ".ci" / "run"],
        cwd="/",
        env=bare,
        input="typed",
        capture_output=True,
        text=True,
    )
    clone = tmp_path / "clone"
    assert (
        done.stdout.splitlines()[-1]
        == f"check in {clone}: CI=true FUZZ=20 DATA={tmp_path / 'shared' / 'data'} HOME=set input=0"
    )
    assert done.returncode == 7, "the outcome of the tests is the outcome"


def test_without_the_real_files_it_says_so(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".ci", tmp_path / "clone" / ".ci")
    _program(tmp_path / "bin" / "make", 'echo "DATA=${CRM_TEST_DATA-unset}"')
    done = subprocess.run(
        [tmp_path / "clone" / ".ci" / "run"],
        env={"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert "are skipped" in done.stdout and "DATA=unset" in done.stdout


def test_a_machine_without_python_is_told_what_to_install(
    tmp_path: Path,
) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("sh", "id"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    _program(
        tmp_path / "bin" / "python3", "exit 1"
    )  # as one that is too old says when asked
    done = subprocess.run(
        [shutil.which("make"), "venv"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
    )
    assert done.returncode and "Python 3.11 or newer" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_packages_are_pinned_exactly() -> None:
    for name in ROOT.glob("requirements*.txt"):
        lines = [
            line
            for line in name.read_text().splitlines()
            if line and not line.startswith(("#", "-r "))
        ]
        assert lines and all(
            re.fullmatch(r"[a-z0-9_.-]+(\[[a-z]+\])?==[\w.]+( ; .+)?", line)
            for line in lines
        )


def test_a_browser_that_does_not_start_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = _program(tmp_path / "stub", "echo 'install me by snap' >&2; exit 1")
    good = _program(tmp_path / "good", "echo Chromium 150.0")
    monkeypatch.setenv("CHROME", str(stub))
    monkeypatch.setattr(chromium, "NAMES", (str(tmp_path / "none"), str(good)))
    assert chromium.find() == str(good)
    monkeypatch.setenv("CHROME", str(good))
    assert chromium.find() == str(good)


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_missing_browser_fails_in_ci_and_is_told_elsewhere(
    ci: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = []
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(chromium, "_candidates", lambda: iter(()))
    monkeypatch.setattr(chromium, "_apt", lambda *packages: tried.append(packages))
    monkeypatch.setattr(chromium, "_playwright", lambda: tried.append("playwright"))
    monkeypatch.setattr(chromium, "has_chinese_font", lambda: True)
    assert chromium.main(["--install"]) == code
    assert tried == [("chromium",), "playwright"]
    said = capsys.readouterr().out
    assert "CHROME=/path/to/chrome" in said and ("will be skipped" in said) == (
        not ci
    )


def test_a_browser_that_could_be_installed_is_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = []
    monkeypatch.setattr(chromium, "_candidates", lambda: iter(there))
    monkeypatch.setattr(chromium, "_version", lambda path: "Chromium 150.0")
    monkeypatch.setattr(
        chromium,
        "_apt",
        lambda *packages: there.append("/usr/bin/chromium") or True,
    )
    monkeypatch.setattr(chromium, "has_chinese_font", lambda: True)
    assert chromium.install() == "/usr/bin/chromium"
    assert "Installed /usr/bin/chromium" in capsys.readouterr().out
