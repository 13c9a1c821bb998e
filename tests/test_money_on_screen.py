"""Amounts are shown in the currency of the orders: figures, sentences, axes and tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from crm_analysis import intake
from crm_analysis.presentation.ui import columns
from crm_analysis.wording import money_in
from crm_analysis.workspace import new_workspace
from tests.apps import opened
from tests.shops import shops


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with shops(tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="module")
def workspace(home: Any) -> str:
    """A year of orders in euro."""
    made = new_workspace("euro")
    lines = ["order,customer,date,product,amount"]
    for order in range(120):
        date = f"2024-{order % 12 + 1:02}-{order % 27 + 1:02}"
        lines.append(f"A{order},C{order % 9},{date},Tea,€{2000 + order}.50")
    intake.take_in(made, [made.keep_file("\n".join(lines).encode(), "euro.csv")])
    return made.id


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_overview_says_its_revenue_in_euro(
    workspace: str, language: str
) -> None:
    app = opened("pages/start/overview.py", language, workspace)
    assert not app.exception
    assert any(metric.value.startswith("€") for metric in app.metric)
    sentences = [
        text.value for text in app.markdown if text.value.startswith("####")
    ]
    assert any("€" in sentence for sentence in sentences)
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    unit = "(€)" if language == "en" else "（€）"
    titles = [chart["layout"]["yaxis"]["title"].get("text", "") for chart in charts]
    assert any(title.endswith(unit) for title in titles)


def test_titles_of_tables_have_the_unit_of_money_alone() -> None:
    frame = pd.DataFrame({"revenue": [12.5], "frequency": [2.0]})
    with money_in("EUR"):
        titles = columns("value", frame)
    assert titles["revenue"]["label"] == "revenue (€)"
    assert "€" not in titles["frequency"]["label"]
