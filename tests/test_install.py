"""The package as `pip install .` brings it: importable from anywhere, with the app inside."""

from __future__ import annotations

import importlib.metadata
import os
import re
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment in which the project has been installed by pip.

    What the project depends on is borrowed from the environment of the tests, by a path file, so
    that a gigabyte is not fetched again; that the wheel asks for it is tested apart.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", str(ROOT)],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    return folder / "bin"


def _run(program: Path, *arguments: str, cwd: Path) -> str:
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH"
    }
    done = subprocess.run(
        [program, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
    )
    return done.stdout


@pytest.mark.slow
def test_the_installed_package_is_imported_from_anywhere(
    installed: Path, tmp_path: Path
) -> None:
    program = (
        "import crm_analysis as crm; print(crm.__file__); "
        "print(crm.KMeansOptions(clusters=4))"
    )
    where, options = _run(
        installed / "python", "-c", program, cwd=tmp_path
    ).splitlines()
    assert Path(where).is_relative_to(installed.parent)
    assert options.startswith("KMeansOptions(clusters=4")


@pytest.mark.slow
def test_the_readme_notebook_runs_on_the_installed_package(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data")
    program = (
        "import doctest; "
        f"print(doctest.testfile({str(ROOT / 'README.md')!r}, module_relative=False, "
        "optionflags=doctest.NORMALIZE_WHITESPACE))"
    )
    answer = _run(installed / "python", "-c", program, cwd=tmp_path)
    assert re.search(r"failed=0, attempted=(\d+)", answer)


@pytest.fixture
def server(installed: Path, tmp_path: Path) -> Iterator[str]:
    """The address at which the installed command serves the app."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [installed / "crm-analysis", "--headless", "--port", str(port)]
    environment = os.environ | {"CRM_HOME": str(tmp_path / "home")}
    with subprocess.Popen(command, cwd=tmp_path, env=environment) as process:
        yield f"http://localhost:{port}"
        process.terminate()


@pytest.mark.slow
def test_the_command_opens_the_app(server: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(
                f"{server}/_stcore/health", timeout=5
            ) as answer:
                assert answer.read() == b"ok"
                return
        except OSError:
            assert time.monotonic() < deadline, "no answer within a minute"
            time.sleep(0.2)


@pytest.mark.slow
def test_the_wheel_asks_for_what_the_requirements_list(installed: Path) -> None:
    (folder,) = installed.parent.glob(
        "lib/*/site-packages/crm_analysis-*.dist-info"
    )
    metadata = importlib.metadata.Distribution.at(folder)
    asked = {line for line in metadata.requires or () if "extra ==" not in line}
    listed = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert asked == {line for line in listed if line and not line.startswith("#")}


def test_the_version_is_the_newest_in_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\d+\.\d+\.\d+)", changes, re.MULTILINE)
    assert newest and newest[1] == project["version"]
