"""The page of the plan: every tab in both languages, and what each kind of table allows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis.wording import LANGUAGES, Language
from tests import apps
from tests.apps import opened
from tests.shops import shops

PAGE = "pages/act/strategy.py"
CHARTS = {"todo": 1}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with shops(tmp_path_factory) as made:
        yield made


on_tab = partial(apps.on_tab, "strategy")


def texts(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tab_shows_the_sample_shop(
    home: dict[str, str], language: Language
) -> None:
    app = opened(PAGE, language, home[language])
    for tab, charts in CHARTS.items():
        on_tab(app, tab, language)
        assert not app.exception, tab
        assert not app.warning, [warning.value for warning in app.warning]
        assert len(app.get("plotly_chart")) >= charts, tab
        assert app.dataframe, tab
