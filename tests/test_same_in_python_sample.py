"""The Python that each page shows of the sample shop, run as it stands, gives its figures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake, segment_names
from crm_analysis.wording import say, write_number
from tests.amounts import figures_in
from tests.apps import opened
from tests.scripts import run_script
from tests.shops import shops
from tests.test_same_in_python import metric, rows, same, table

Shop = tuple[str, Path]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The workspace of the sample shop, and a folder with its files."""
    folder = tmp_path_factory.mktemp("scripts")
    for name, path in intake.sample_files("en"):
        copyfile(path, folder / name)
    with shops(tmp_path_factory) as made:
        yield made["en"], folder


def page(shop: Shop, path: str, tab: str, **state: object) -> AppTest:
    """A page of the sample shop with a tab open."""
    word = Path(path).stem
    opening = {f"{word}.tabs": say(f"{word}.tab.{tab}", "en"), **state}
    app = opened(path, "en", shop[0], **opening)
    assert not app.exception
    return app


def ran(app: AppTest, shop: Shop, number: int = -1) -> dict[str, Any]:
    """What a script that the page shows makes."""
    with contextlib.chdir(shop[1]):
        return run_script(app.code[number].value, shop[1])


@pytest.mark.slow
def test_segments(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    app = page(shop, "pages/understand/segments.py", "profile")
    capsys.readouterr()
    result = ran(app, shop)["found"]
    printed = capsys.readouterr().out
    summary = result.summary()
    assert metric(app, "segments.summary.customers") == summary["customers"]
    assert metric(app, "segments.summary.segments") == summary["segments"]
    silhouette = metric(app, "segments.summary.silhouette")
    assert silhouette == pytest.approx(summary["silhouette"], abs=0.005)
    names = segment_names(result)
    title, sizes = (
        say(f"segments.column.{name}", "en") for name in ("segment", "size")
    )
    shown = table(app, title, sizes)
    assert shown[title].tolist() == list(names.values())
    assert shown[sizes].tolist() == result.profile["size"].tolist()
    assert all(name in printed for name in names.values())  # in words, not by key


@pytest.mark.slow
def test_baskets(shop: Shop) -> None:
    app = page(shop, "pages/understand/baskets.py", "rules")
    rules = ran(app, shop)["rules"]
    rows(table(app, "antecedent", "consequent", "lift"), rules.without_redundant())
    for name in ("baskets", "itemsets"):
        assert metric(app, f"baskets.summary.{name}") == rules.summary()[name]
    app = page(shop, "pages/understand/baskets.py", "frequencies")
    frequencies = table(app, "item_a", "item_b", "lift")
    rows(frequencies, ran(app, shop)["rules"].pair_frequencies.table)


@pytest.mark.slow
def test_value(shop: Shop) -> None:
    app = page(shop, "pages/understand/value.py", "future")
    value = ran(app, shop)["value"]
    shown = table(app, "customer", "expected_orders", "value")
    same(shown, value.customers, "alive", "expected_orders", "value")
    summary = value.summary()
    for name in ("customers", "alive", "lost", "expected_orders"):
        figure = metric(app, f"value.figure.{name}")
        assert figure == pytest.approx(summary[name], abs=0.5 + 1e-9)


@pytest.mark.slow
def test_forecast(shop: Shop) -> None:
    app = page(shop, "pages/predict/forecast.py", "export")
    shown, made = table(app, "series", "date", "lo_95"), ran(app, shop)["long"]
    assert pd.to_datetime(shown["date"]).tolist() == made["date"].tolist()
    rows(shown, made)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["customers", "transactions"])
def test_churn(shop: Shop, source: str) -> None:
    state = {"churn.source": source, "churn.model": "logistic"}
    app = page(shop, "pages/predict/churn.py", "at_risk", **state)
    made = ran(app, shop)
    churn = made["churn"]
    people = made["today"] if source == "transactions" else churn.customers
    same(table(app, "customer", "reasons"), people, "risk")
    auc, base_rate = (churn.summary()[name] for name in ("auc", "base_rate"))
    assert metric(app, "churn.figure.auc") == pytest.approx(auc, abs=0.005)
    assert metric(app, "churn.figure.base_rate") == round(100 * base_rate)


ENGAGEMENT = "pages/act/engagement.py"


@pytest.mark.slow
def test_contacts_sent(shop: Shop) -> None:
    app = page(shop, ENGAGEMENT, "sent")
    rows(
        table(app, "channel", "sent", "responded"),
        ran(app, shop)["result"].channels,
    )


@pytest.mark.slow
def test_whether_contacts_worked(shop: Shop) -> None:
    app = page(shop, ENGAGEMENT, "worked")
    result = ran(app, shop)["result"]
    shown = table(app, "campaign", "claim", "measure")
    rows(
        shown,
        result.campaigns[result.campaigns["campaign"].isin(shown["campaign"])],
    )


@pytest.mark.slow
def test_how_many_a_test_needs(shop: Shop) -> None:
    app = page(shop, ENGAGEMENT, "how_many")
    result = ran(app, shop)["result"]
    rows(table(app, "per_arm", "detectable"), result.curve)


@pytest.mark.slow
def test_whom_to_contact(shop: Shop) -> None:
    app = page(shop, ENGAGEMENT, "whom")
    result = ran(app, shop)["result"]
    rows(table(app, "quintile", "treated", "control"), result.quintiles)
    same(table(app, "customer", "gain", "outcome"), result.customers, "gain")


@pytest.mark.slow
def test_when_to_contact_and_how_often(shop: Shop) -> None:
    app = page(shop, ENGAGEMENT, "when")
    hours, pressure = (ran(app, shop, number)["result"] for number in (0, 1))
    figures = hours.hours.drop(columns="weekday")  # a word on the page
    rows(table(app, "weekday", "hour", "rate"), figures)
    rows(table(app, "window", "nth", "rate"), pressure.by_count)


COMMENTS = "pages/understand/feedback.py"


@pytest.mark.slow
def test_what_comments_say(shop: Shop) -> None:
    app = page(shop, COMMENTS, "said")
    result = ran(app, shop)["result"]
    summary = result.summary()
    assert metric(app, "feedback.figure.comments") == summary["comments"]
    negative = metric(app, "feedback.figure.negative")
    assert negative == round(100 * summary["negative"])
    shown = table(app, "topic", "comments", "negative")
    assert shown["comments"].tolist() == result.topics["comments"].tolist()
    app = page(shop, COMMENTS, "aspects")
    rows(
        table(app, "aspect", "clauses", "positive"),
        ran(app, shop)["result"].aspects,
    )


@pytest.mark.slow
def test_scores_of_comments(shop: Shop) -> None:
    app = page(shop, COMMENTS, "scores")
    figure = metric(app, "feedback.survey.measure.nps")
    assert figure == pytest.approx(
        ran(app, shop)["result"].summary()["nps"], abs=0.05
    )


@pytest.mark.slow
def test_whom_comments_lose_us(shop: Shop) -> None:
    app = page(shop, COMMENTS, "leaving")
    joined = ran(app, shop)["joined"]
    listed = table(app, "customer", "value_at_risk")
    assert listed["customer"].tolist() == joined.customers["customer"].tolist()
    made = joined.customers.rename(columns={"value": "expected_value"})
    same(listed, made, "expected_value", "risk")
    at_risk = write_number(joined.summary()["value_at_risk"], "money")
    assert metric(app, "feedback.figure.value_at_risk") == figures_in(at_risk)[0]
