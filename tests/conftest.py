"""What the tests share.

Where the real files are, how hard the property tests try, and pandas as it will be.
"""

import functools
import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pandas as pd
import pytest
from _pytest.doctest import DoctestModule

FUTURE = (
    os.environ.get("CRM_PANDAS_FUTURE") == "1"
)  # `make future` asks for it: the habits of pandas 3

hypothesis.settings.register_profile("thorough", deadline=None, max_examples=50)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=10)
hypothesis.settings.load_profile("quick" if FUTURE else "thorough")
if FUTURE:
    pd.set_option("future.infer_string", True)
    pd.set_option("mode.copy_on_write", True)


def pytest_ignore_collect(
    collection_path: Path, config: pytest.Config
) -> bool | None:
    """Tests in a browser are not even imported where they are neither chosen nor named."""
    named = any("e2e" in argument for argument in config.args)
    chosen = "not e2e" not in config.option.markexpr
    return True if collection_path.name == "e2e" and not (named or chosen) else None


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[Any], list[Any]]:
    """Examples to be run stand in the package; the modules here are not searched for them."""
    collectors = yield
    return [one for one in collectors if not isinstance(one, DoctestModule)]


def pytest_collection_finish() -> None:
    """What was imported stays: the collector of garbage need not go through it in every test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_report_header() -> str:
    """What was asked for, in the first lines of the report."""
    files = os.environ.get("CRM_TEST_DATA") or "none"
    options = " with the options of pandas 3" if FUTURE else ""
    return f"real files: {files}; pandas {pd.__version__}{options}"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files that CRM_TEST_DATA names.

    Tests that need it are skipped without it.
    """
    folder = os.environ.get("CRM_TEST_DATA")
    if not folder:
        pytest.skip("CRM_TEST_DATA does not name a folder of real files")
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _components_are_sought_once() -> Iterator[None]:
    """Streamlit reads what is said of every installed package whenever the app is started.

    A quarter of a second in each test of a page.
    """
    if "streamlit.testing.v1" not in sys.modules:
        yield
        return
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner,
            "scan_component_manifests",
            functools.cache(manifest_scanner.scan_component_manifests),
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def _runs_of_pages_are_waited_for() -> Iterator[None]:
    """Streamlit's AppTest asks a thousand times a second whether a run is done."""
    if "streamlit.testing.v1" not in sys.modules:
        yield
        return
    from streamlit.testing.v1 import local_script_runner

    ask = local_script_runner.require_widgets_deltas

    def wait(
        runner: local_script_runner.LocalScriptRunner, timeout: float = 3
    ) -> None:
        if runner._script_thread:
            runner._script_thread.join(timeout)
        if not runner.script_stopped():
            ask(runner, 0)  # it stops the run and says so

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "require_widgets_deltas", wait)
        yield


@pytest.fixture(autouse=True)
def _settings_of_pages_are_of_one_test() -> Iterator[None]:
    """What a test sets on a page stays in its workspace, which the tests of a module share."""
    yield
    workspaces = sys.modules.get("crm_analysis.workspace")
    for workspace in list(workspaces._open.values()) if workspaces else ():
        settings = workspace.settings
        for name in [name for name in settings._texts or () if "settings." in name]:
            del settings[name]


@pytest.fixture(scope="session", autouse=True)
def _one_thread_an_engine() -> Iterator[None]:
    """Each core has a process of its own: DuckDB's threads would only wait for one another.

    A fifth of the time. In a browser the app takes the threads that it takes for itself.
    """
    engine = sys.modules.get("crm_analysis.engine")
    with pytest.MonkeyPatch.context() as patch:
        if engine:
            patch.setitem(engine.STORAGE, "threads", 1)
        yield
