"""What is said while work goes on: how many come first, since when, how long it took last time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import jobs
from crm_analysis.presentation.ui import waiting
from crm_analysis.workspace import close_workspaces, new_workspace


def _page() -> None:
    import streamlit as st

    from crm_analysis import jobs
    from crm_analysis.presentation.ui.session import workspace
    from crm_analysis.presentation.ui.waiting import be_there, wait_for

    def work(progress: jobs.Progress) -> str:
        while not st.go.is_set():  # type: ignore[attr-defined]
            progress(0.5, "frame.working")
        return "ready"

    be_there(workspace().id)
    st.write(wait_for(jobs.start(workspace().id, "k", work, name="a verb")))


@pytest.fixture
def home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    import threading

    import streamlit as st

    monkeypatch.setenv("CRM_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setattr(st, "go", threading.Event(), raising=False)
    monkeypatch.setattr(waiting, "_PATIENCE_SECONDS", 0.01)
    made = new_workspace("shop")
    yield made.id
    jobs.cancel_all(made.id, timeout=10)
    close_workspaces()


def bar(app: AppTest) -> str:
    """What stands over the progress bar."""
    text: str = app.get("progress")[0].proto.text
    return text


@pytest.mark.slow
def test_long_work_says_how_long_it_took_last_time(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import streamlit as st

    app = AppTest.from_function(_page, default_timeout=60)
    app.query_params.update({"w": home, "lang": "en"})
    app.run()
    assert bar(app) == "Working …"
    seconds = [42.0]
    monkeypatch.setattr(jobs.Job, "seconds", property(lambda job: seconds[0]))
    job = jobs.job(home, "k")
    assert job is not None
    assert bar(app.run()) == "Working … 42 s so far."
    st.go.set()  # type: ignore[attr-defined]
    assert job.wait(10)
    assert app.run().markdown[0].value == "ready"

    st.go.clear()  # type: ignore[attr-defined]
    seconds[0] = 0.4
    assert bar(app.run()) == "Working … Last time it took 42 s."
    # Work that is no longer long says nothing more of it.
    st.go.set()  # type: ignore[attr-defined]
    again = jobs.job(home, "k")
    assert again is not None and again.wait(10)
    app.run()
    st.go.clear()  # type: ignore[attr-defined]
    assert bar(app.run()) == "Working …"


def test_work_in_the_queue_says_how_many_come_first(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ahead_of", lambda job: 2)
    app = AppTest.from_function(_page, default_timeout=60)
    app.query_params.update({"w": home, "lang": "zh"})
    app.run()
    assert bar(app) == "排队等待中，前面还有 2 项……"
