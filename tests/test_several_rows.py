"""A table of customers with several rows a customer: summarised at loading, said, to be chosen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from crm_analysis import (
    KMeansOptions,
    clean,
    describe_customers,
    guess_roles,
    read_table,
    segment,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.cleaning import (
    SUMMARIES,
    Cleaned,
    CleanOptions,
    summaries_of,
)
from crm_analysis.wording import LANGUAGES, say
from crm_analysis.workspace import Workspace, open_workspace
from tests.apps import opened, settled
from tests.shops import workspaces_of
from tests.variants import every


def _visits() -> pd.DataFrame:
    """Three rows of each of sixty customers but the last, who has one."""
    rng = np.random.default_rng(0)
    rows = 178
    who = np.arange(rows) // 3
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:03d}" for number in who],
            "age": 20 + who % 40,
            "balance": rng.integers(1, 900, rows).astype(float),
            "city": rng.choice(["Rome", "Oslo", "Bonn"], rows),
            "joined": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 300, rows), unit="D"),
            "vip": rng.choice(["yes", "no"], rows),
        }
    )


def _cleaned(table: pd.DataFrame, **options: object) -> Cleaned:
    raw = read_table(table.to_csv(index=False).encode(), name="visits.csv")
    roles = guess_roles(raw)
    assert roles.kind == "customers"
    return clean(raw, roles, CleanOptions(**options))


def test_each_customer_has_one_row_and_nothing_is_counted_twice() -> None:
    visits = _visits()
    cleaned = _cleaned(visits)
    table = cleaned.table.set_index("customer")
    rows = visits.groupby("customer_id")
    assert len(table) == 60
    assert np.allclose(table["balance"], rows["balance"].mean())
    assert (table["joined"] == rows["joined"].max()).all()
    assert (
        table["vip"] == rows["vip"].agg(lambda said: (said == "yes").any())
    ).all()
    assert (table["age"] == rows["age"].first()).all()
    sums = cleaned.summary()
    assert (sums["records_in"], sums["kept"], sums["set_aside"]) == (179, 178, 0)


def test_the_commonest_word_stands_for_several_and_of_equals_the_last() -> None:
    visits = _visits()
    visits.loc[:11, "city"] = [*"aba", *"abc", None, None, None, "b", None, "a"]
    city = _cleaned(visits).table.set_index("customer")["city"]
    assert city[["C000", "C001", "C003"]].tolist() == ["a", "c", "a"]
    assert pd.isna(city["C002"])


@pytest.mark.parametrize("how", every(3, SUMMARIES))
def test_a_figure_is_summarised_as_chosen(how: str) -> None:
    visits = _visits()
    rows = visits.groupby("customer_id")["balance"]
    truth = {
        "mean": rows.mean,
        "median": rows.median,
        "maximum": rows.max,
        "minimum": rows.min,
        "total": rows.sum,
        "count": rows.count,
        "distinct": rows.nunique,
        "first": rows.first,
        "last": rows.last,
        "mode": lambda: rows.agg(_commonest),
    }[how]()
    cleaned = _cleaned(visits, summaries=(("balance", how),))
    assert np.allclose(cleaned.table.set_index("customer")["balance"], truth)
    assert cleaned.detail("balance")["summary"] == how


def _commonest(values: pd.Series) -> float:
    counts = values.value_counts()
    best = set(counts[counts == counts.max()].index)
    return next(value for value in reversed(values.tolist()) if value in best)


def test_several_ways_for_a_column_make_a_column_each() -> None:
    cleaned = _cleaned(
        _visits(),
        summaries=(("balance", "mean"), ("balance", "count"), ("*", "last")),
    )
    table = cleaned.table.set_index("customer")
    assert "balance" not in table.columns
    assert table.loc["C000", "balance_count"] == 3
    assert table.loc["C059", "balance_count"] == 1
    last = _visits().groupby("customer_id")["city"].last()
    assert (table["city"] == last).all()


def test_the_ledger_shows_what_each_value_came_of() -> None:
    visits = _visits()
    cleaned = _cleaned(visits)
    assert set(cleaned.changes["step"]) == {"several_rows"}
    of_first = cleaned.changes[cleaned.changes["line"] == 2].set_index("column")
    values = visits["balance"].head(3)
    assert of_first.loc["balance", "old"] == "; ".join(map(str, values))
    assert float(of_first.loc["balance", "new"]) == pytest.approx(values.mean())
    assert of_first.loc["balance", "reason"] == "summary_mean"
    assert "age" not in of_first.index  # which all rows say alike
    for language in LANGUAGES:
        for reason in cleaned.changes["reason"].unique():
            assert say(f"cleaning.reason.{reason}", language)
    assert not len(cleaned.set_aside)


@pytest.mark.slow
def test_it_is_said_and_asked() -> None:
    (question,) = (
        one for one in _cleaned(_visits()).questions if "several_rows" in one.key
    )
    assert question.details["default"] == "summarise"
    assert "178 rows are of 60 customers, 59 of whom" in question.sentence("en")
    assert "178 行数据属于 60 位客户" in question.sentence("zh")
    kept = _cleaned(_visits(), several_rows="keep")
    assert len(kept.table) == 178
    assert [key for key, _ in kept.questions if "several_rows" in key] == [
        "cleaning.question.several_rows_keep"
    ]


def test_a_verb_handed_several_rows_a_customer_refuses_with_count_and_remedy() -> (
    None
):
    table = _cleaned(_visits(), undo=("several_rows",)).table
    for verb in (describe_customers, lambda rows: segment(rows, KMeansOptions())):
        with pytest.raises(AnalysisError) as refused:
            verb(table)
        assert refused.value.key == "customers.repeated"
        assert refused.value.details["count"] == 118
        assert "CleanOptions" not in refused.value.sentence("en")
        assert "118 rows repeat a customer" in refused.value.sentence("en")


def test_rows_without_a_customer_stay_as_they_are() -> None:
    visits = _visits()
    visits.loc[[0, 5, 9], "customer_id"] = None
    table = _cleaned(visits).table
    assert table["customer"].isna().sum() == 3
    assert not table["customer"].dropna().duplicated().any()


def test_filling_in_comes_after_summarising() -> None:
    visits = _visits()
    visits.loc[visits["customer_id"] == "C007", "balance"] = np.nan
    table = _cleaned(visits, missing=(("balance", "mean"),)).table.set_index(
        "customer"
    )
    others = visits.groupby("customer_id")["balance"].mean()
    assert table.loc["C007", "balance"] == pytest.approx(others.mean())


def test_one_row_a_customer_is_left_alone() -> None:
    once = _visits().drop_duplicates("customer_id")
    cleaned = _cleaned(once, summaries=(("balance", "count"),))
    assert not [key for key, _ in cleaned.questions if "several_rows" in key]
    assert cleaned.table["balance"].tolist() == once["balance"].tolist()


def test_ways_that_do_not_fit_are_refused_by_name() -> None:
    with pytest.raises(AnalysisError) as refused:
        _cleaned(_visits(), summaries=(("city", "mean"),))
    assert refused.value.key == "cleaning.summary_does_not_fit"
    assert all(refused.value.sentence(language) for language in LANGUAGES)
    with pytest.raises(AnalysisError) as missing:
        _cleaned(_visits(), summaries=(("town", "mode"),))
    assert missing.value.key == "cleaning.no_such_column"
    with pytest.raises(ValueError, match="summaries"):
        CleanOptions(summaries=(("city", "average"),))


def test_each_type_has_its_usual_way_first() -> None:
    usual = {
        kind: summaries_of(kind)[0] for kind in ("number", "date", "text", "flag")
    }
    assert usual == {
        "number": "mean",
        "date": "maximum",
        "text": "mode",
        "flag": "maximum",
    }
    assert set(summaries_of("money")) == set(SUMMARIES)


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace that has taken in such a table."""
    with workspaces_of(tmp_path_factory, {"visits": _visits}) as made:
        yield made["visits"]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_data_page_says_it_and_lets_each_column_be_chosen(
    visits: Workspace, language: str
) -> None:
    app = opened("pages/start/data.py", language, visits.id)
    headline = say(
        "ledger.headline_summarised", language, kept=178, lines=60, changed=235
    )
    said = [one.value for one in app.markdown]
    assert any(headline.split(" ")[0] in one for one in said)
    app.session_state["data.tabs"] = say("data.tab.cleaning", language)
    settled(app.run())
    (ways,) = (one for one in app.multiselect if one.label == "balance")
    ways.set_value(["total", "count"])
    (apply,) = (
        one
        for one in app.button
        if "data.summaries" in one.key and "Submit" in one.key
    )
    settled(apply.click().run())
    assert not app.exception
    table = open_workspace(visits.id).load("customers").table
    assert {"balance_total", "balance_count"} <= set(table.columns)
    truth = _visits().groupby("customer_id")["balance"].sum()
    assert np.allclose(table.set_index("customer")["balance_total"], truth)
