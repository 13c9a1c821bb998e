"""The app as AppTest runs it.

Opened on a page, waited for until the work in the background is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from streamlit.testing.v1 import AppTest

from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import LANGUAGES, say
from crm_analysis.workspace import open_workspace
from tests.figures_said import faults

ROOT = Path(__file__).parents[1]


def opened(
    page: str,
    language: str,
    workspace: str,
    *,
    reader: str = "analyst",
    **state: object,
) -> AppTest:
    """The app on a page, in a language and a workspace, for an analyst if not said otherwise.

    With some of the session's state set beforehand.
    """
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["w"] = workspace
    app.query_params["lang"] = language
    app.query_params["reader"] = reader
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    if not page.endswith("overview.py"):
        app.switch_page(page).run()
    return settled(app)


def settled(app: AppTest) -> AppTest:
    """The app once the work in the background is done, but for proposals for the week."""
    for _ in range(60):
        if not app.get("progress") or looks_for_proposals(app):
            break
        app.run()
    return app


def looks_for_proposals(app: AppTest) -> bool:
    """Whether the first page is drawn and goes on looking for what to do this week."""
    working = {say("overview.week.others", language) for language in LANGUAGES}
    return any(caption.value in working for caption in app.caption)


def on_tab(word: str, app: AppTest, tab: str, language: str = "en") -> AppTest:
    """The page of that word with another tab open."""
    app.session_state[widget_key(word, "tabs")] = say(f"{word}.tab.{tab}", language)
    return settled(app.run())


def is_said_in_the_report(
    said: Iterable[str], workspace: str, *results: str, language: str = "en"
) -> None:
    """What the page has asked makes findings of the report, in the page's own sentences.

    Of too few people a finding says only that.
    """
    settings = open_workspace(workspace).settings
    asked = settings["report_asked"]
    settings["report_findings"] = [
        {"result": result, "question": asked[result]} for result in results
    ]
    report = opened("pages/act/report.py", language, workspace)
    del settings["report_findings"]
    assert not report.exception
    assert not report.warning, [warning.value for warning in report.warning]
    few = say("report.few", language, smallest=5)
    on_page = {_bare(text) for text in (*said, few)}
    headings = [
        text.value for text in report.markdown if text.value.startswith("#### ")
    ]
    assert len(headings) == len(results)
    for heading in headings:
        assert _bare(heading) in on_page, heading


def said_on(app: AppTest) -> list[str]:
    """All that a page says in markdown."""
    return [text.value for text in app.markdown]


def _bare(text: str) -> str:
    """A sentence without its marks and its stop."""
    return re.sub(r"^#+ |:gray\[|[*\\\]\u2060]", "", text).strip().rstrip(".。")


def every_tab_stands(
    app: AppTest, word: str, charts: Mapping[str, int], language: str
) -> list[str]:
    """All that is said in markdown on the tabs of a page.

    Each tab draws so many pictures, a table and the Python of pictures, without a complaint.

    Its figures follow the rule of `crm_analysis.wording`.
    """
    said: list[str] = []
    for tab, count in charts.items():
        said += said_on(on_tab(word, app, tab, language))
        assert not app.exception, tab
        assert not app.warning, [warning.value for warning in app.warning]
        assert len(app.get("plotly_chart")) >= count, tab
        assert app.dataframe, tab
        assert app.code or not count, tab
        assert not faults(app, word, language), tab
    return said
