"""RFM from a table that says recency, frequency and monetary itself: in Python and on the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import crm_analysis as crm
from crm_analysis.analyses.segments import columns_called_rfm, could_be_rfm
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import LANGUAGES, say
from crm_analysis.workspace import Workspace
from tests.apps import opened, settled
from tests.scripts import run_script
from tests.shops import workspaces_of

HEADINGS = {
    "english": ("CustomerID", "Recency (days)", "Frequency", "Monetary Value"),
    "chinese": ("客户编号", "最近一次消费", "消费频率", "消费金额"),
}


def _ready(names: tuple[str, ...]) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    values = (
        [f"C{number:03d}" for number in range(200)],
        rng.integers(1, 300, 200),
        rng.integers(1, 20, 200),
        rng.gamma(2, 100, 200).round(2),
    )
    return pd.DataFrame(dict(zip(names, values, strict=True)))


def _renamed(names: tuple[str, ...]) -> pd.DataFrame:
    return _ready(names).rename(columns={names[0]: "customer"})


@pytest.mark.parametrize("language", HEADINGS)
def test_columns_are_known_by_their_names(language: str) -> None:
    names = HEADINGS[language]
    customers = crm.ready_rfm(_renamed(names))
    plain = _renamed(("customer", "recency", "frequency", "monetary"))
    assert list(customers.columns) == list(plain.columns)
    ours = crm.segment(customers, crm.RFMOptions())
    theirs = crm.segment(plain, crm.RFMOptions())
    pd.testing.assert_frame_equal(ours.profile, theirs.profile)
    scores = ["r_score", "f_score", "m_score"]
    assert ours.customers[scores].equals(theirs.customers[scores])


def test_columns_may_be_named_by_hand_and_others_stay() -> None:
    table = _renamed(("id", "R", "F", "M")).assign(recency="long", city="Rome")
    customers = crm.ready_rfm(table, recency="R", frequency="F", monetary="M")
    assert list(customers.columns) == [
        *("customer", "recency", "frequency", "monetary"),
        *("recency_given", "city"),
    ]
    assert customers["recency"].tolist() == table["R"].tolist()
    assert crm.segment(customers, crm.RFMOptions()).summary()["customers"] == 200


def test_the_date_of_the_last_order_says_recency_too() -> None:
    table = _renamed(("id", "days", "Orders", "Total spent"))
    last = pd.Timestamp("2024-06-30") - pd.to_timedelta(table["days"], unit="D")
    customers = crm.ready_rfm(table.assign(last=last), recency="last")
    since = table["days"] - table["days"].min()
    assert customers["recency"].tolist() == since.tolist()


def test_money_may_be_missing() -> None:
    table = _renamed(("id", "recency", "orders", "height")).drop(columns="height")
    customers = crm.ready_rfm(table)
    assert list(customers.columns) == ["customer", "recency", "frequency"]


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"recency": "gone"}, "segments.missing_feature"),
        ({}, "segments.rfm_not_told"),
        ({"recency": "F", "frequency": "city"}, "segments.rfm_no_numbers"),
    ],
)
def test_what_cannot_be_is_said_with_the_remedy(
    columns: dict[str, str], key: str
) -> None:
    table = _renamed(("id", "A", "F", "B")).assign(city="Rome")
    with pytest.raises(AnalysisError) as refused:
        crm.ready_rfm(table, **columns)
    assert refused.value.key == key
    assert all(refused.value.sentence(language) for language in LANGUAGES)


def test_several_rows_a_customer_are_refused() -> None:
    table = _renamed(HEADINGS["english"])
    with pytest.raises(AnalysisError) as refused:
        crm.ready_rfm(pd.concat([table, table.head(3)]))
    assert refused.value.details["count"] == 3


def test_a_table_that_has_rfm_already_is_not_asked_for_it() -> None:
    plain = _renamed(("customer", "recency", "frequency", "monetary"))
    assert could_be_rfm(plain) == []
    assert could_be_rfm(_renamed(("id", "R", "F", "M"))) == ["R", "F", "M"]
    assert columns_called_rfm(pd.DataFrame(columns=["订单数", "R"])) == {
        "frequency": "订单数"
    }


@pytest.fixture(scope="module")
def ready(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Workspace]]:
    """Workspaces that have taken such tables in; one under names that say nothing."""
    tables = {
        **{name: (lambda own=own: _ready(own)) for name, own in HEADINGS.items()},
        "letters": lambda: _ready(("customer_id", "aa", "bb", "cc")),
    }
    with workspaces_of(tmp_path_factory, tables) as made:
        yield made


def _page(workspace: Workspace, language: str) -> AppTest:
    app = opened(
        "pages/understand/segments.py",
        language,
        workspace.id,
        **{"segments.method": "rfm"},
    )
    assert not app.exception
    return app


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_takes_a_ready_table_as_it_is_called(
    ready: dict[str, Workspace],
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = {"en": "english", "zh": "chinese"}[language]
    app = _page(ready[name], language)
    assert not app.warning
    (shown,) = (one.value for one in app.code if "ready_rfm" in one.value)
    table = _renamed(HEADINGS[name])
    expected = crm.segment(crm.ready_rfm(table), crm.RFMOptions())
    monkeypatch.chdir(tmp_path)
    _ready(HEADINGS[name]).to_csv(f"{name}.csv", index=False)
    result = run_script(shown, tmp_path)["found"]
    pd.testing.assert_frame_equal(result.profile, expected.profile)
    sentence = say("segments.summary.customers", language)
    assert any(one.label == sentence and one.value == "200" for one in app.metric)


@pytest.mark.slow
def test_the_page_takes_the_columns_that_its_reader_names(
    ready: dict[str, Workspace],
) -> None:
    app = _page(ready["letters"], "en")
    for name, column in (
        ("recency", "aa"),
        ("frequency", "bb"),
        ("monetary", "cc"),
    ):
        (box,) = (
            one for one in app.selectbox if one.key == f"segments.ready.{name}"
        )
        assert box.value is None
        box.set_value(column)
    app = settled(app.run())
    settled(app.selectbox(key="segments.method").set_value("rfm").run())
    assert not app.exception
    assert not app.warning
    (shown,) = (one.value for one in app.code if "ready_rfm" in one.value)
    assert "recency='aa', frequency='bb', monetary='cc'" in shown
    assert "RFMOptions" in shown
