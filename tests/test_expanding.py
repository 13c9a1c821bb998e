"""Expanding figures as columns, and filling by lines, time and splines, beside what pandas says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from crm_analysis import clean, guess_roles, read_table
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.cleaning import EXPANDING, Cleaned, CleanOptions
from crm_analysis.wording import LANGUAGES, say
from crm_analysis.workspace import Workspace, open_workspace
from tests.apps import opened, settled
from tests.shops import workspaces_of
from tests.variants import every

NAMES = {"total": "sum", "minimum": "min", "maximum": "max"}


def _orders() -> pd.DataFrame:
    """Orders of forty customers in no order of time, some without a customer or a date."""
    rng = np.random.default_rng(0)
    rows = 400
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        rng.permutation(rows) // 2, unit="D"
    )
    orders = pd.DataFrame(
        {
            "order_id": [f"R{number:04d}" for number in range(rows)],
            "customer_id": [
                f"C{number:02d}" for number in rng.integers(0, 40, rows)
            ],
            "date": days,
            "product": rng.choice(["tea", "jam", "milk"], rows),
            "amount": rng.integers(1, 90, rows).astype(float),
        }
    )
    orders.loc[::37, "customer_id"] = None
    orders.loc[::53, "date"] = pd.NaT
    return orders


def _cleaned(table: pd.DataFrame, **options: object) -> Cleaned:
    raw = read_table(table.to_csv(index=False).encode(), name="orders.csv")
    return clean(raw, guess_roles(raw), CleanOptions(**options))


def _truth(orders: pd.DataFrame, how: str) -> np.ndarray:
    ordered = orders.sort_values("date", kind="stable", na_position="last")
    expanding = ordered.groupby("customer_id")["amount"].expanding()
    figures = getattr(expanding, NAMES.get(how, how))().droplevel(0)
    return figures.reindex(orders.index).to_numpy()


@pytest.mark.parametrize("how", every(2, EXPANDING))
def test_figures_expand_by_customer_in_the_order_of_dates(how: str) -> None:
    table = _cleaned(_orders(), expanding=(("amount", how),)).table
    np.testing.assert_allclose(
        table[f"amount_expanding_{how}"], _truth(_orders(), how)
    )


@pytest.mark.parametrize("how", every(3, EXPANDING))
def test_figures_expand_down_the_table_where_asked(how: str) -> None:
    made = _cleaned(_orders(), expanding=(("amount", how),), expanding_by="table")
    expanding = _orders()["amount"].expanding()
    truth = getattr(expanding, NAMES.get(how, how))()
    np.testing.assert_allclose(made.table[f"amount_expanding_{how}"], truth)


def test_a_series_expands_by_series_in_the_order_of_dates() -> None:
    days = pd.date_range("2024-01-01", periods=60, freq="D").astype(str)
    table = pd.DataFrame({"date": days, "sales": np.arange(60.0)})
    both = pd.concat([table.assign(store="A"), table.assign(store="B")])
    shuffled = both.sample(frac=1, random_state=0)
    cleaned = _cleaned(shuffled, expanding=(("value", "total"),))
    assert cleaned.kind == "series"
    by_store = cleaned.table.sort_values(["series", "date"])
    expected = by_store.groupby("series")["value"].cumsum()
    assert (by_store["value_expanding_total"] == expected).all()


def test_missing_values_are_passed_over_and_filling_comes_first() -> None:
    orders = _orders()
    orders.loc[5:200, "amount"] = np.nan
    bare = _cleaned(orders, expanding=(("amount", "count"),))
    assert bare.table["amount_expanding_count"].max() < 20
    filled = _cleaned(
        orders, expanding=(("amount", "count"),), missing=(("amount", "median"),)
    )
    whole = filled.table["amount_expanding_count"].to_numpy()
    np.testing.assert_allclose(whole, _truth(_orders(), "count"))


def test_each_cell_is_in_the_ledger_and_the_sums_stay() -> None:
    cleaned = _cleaned(
        _orders(), expanding=(("amount", "mean"), ("product", "count"))
    )
    plain = _cleaned(_orders())
    changes = cleaned.changes
    assert set(changes["reason"]) == {"expanding_mean", "expanding_count"}
    known = cleaned.table["customer"].notna().sum()
    assert len(changes) == 2 * known == cleaned.summary()["cells_changed"]
    same = [name for name in plain.summary() if name != "cells_changed"]
    assert all(cleaned.summary()[name] == plain.summary()[name] for name in same)
    assert cleaned.table["amount"].equals(plain.table["amount"])
    types = cleaned.types.set_index("column")
    assert types.loc["amount_expanding_mean", "type"] == "money"
    assert types.loc["product_expanding_count", "type"] == "number"
    assert pd.isna(types.loc["amount_expanding_mean", "source"])
    for language in LANGUAGES:
        assert all(
            say(f"cleaning.reason.expanding_{how}", language) for how in EXPANDING
        )


def test_the_step_can_be_undone() -> None:
    cleaned = _cleaned(
        _orders(), expanding=(("amount", "mean"),), undo=("expanding",)
    )
    assert "amount_expanding_mean" not in cleaned.table.columns


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"expanding": (("product", "mean"),)}, "cleaning.expanding_needs_numbers"),
        ({"expanding": (("colour", "count"),)}, "cleaning.no_such_column"),
        ({"missing": (("product", "spline"),)}, "cleaning.fill_needs_numbers"),
    ],
)
def test_what_cannot_be_is_said(options: dict[str, object], key: str) -> None:
    with pytest.raises(AnalysisError) as refused:
        _cleaned(_orders(), **options)
    assert refused.value.key == key
    assert all(refused.value.sentence(language) for language in LANGUAGES)


def test_customers_are_needed_where_they_are_asked_for() -> None:
    days = pd.date_range("2024-01-01", periods=60, freq="D").astype(str)
    table = pd.DataFrame({"date": days, "sales": np.arange(60.0)})
    with pytest.raises(AnalysisError) as refused:
        _cleaned(table, expanding=(("value", "mean"),), expanding_by="customer")
    assert refused.value.key == "cleaning.expanding_needs_customers"


@pytest.mark.slow
def test_gaps_are_filled_on_lines_and_splines_as_pandas_fills_them() -> None:
    rng = np.random.default_rng(1)
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(
        np.cumsum(rng.integers(1, 5, 80)), unit="D"
    )
    level = pd.Series(np.sin(np.arange(80) / 6) * 40 + 100, index=days).round(3)
    level.iloc[rng.choice(np.arange(3, 77), 20, replace=False)] = np.nan
    people = pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(80)],
            "joined": days,
            "level": level.to_numpy(),
        }
    )
    series = pd.DataFrame({"date": days, "sales": level.to_numpy()})

    by_rows = _cleaned(people, missing=(("level", "linear"),)).table["level"]
    np.testing.assert_allclose(by_rows, level.reset_index(drop=True).interpolate())
    curved = _cleaned(people, missing=(("level", "spline"),)).table["level"]
    cubic = level.reset_index(drop=True).interpolate("cubicspline")
    np.testing.assert_allclose(curved, cubic, rtol=1e-6)
    in_time = _cleaned(series, missing=(("value", "time"),)).table["value"]
    np.testing.assert_allclose(in_time, level.interpolate("time"), rtol=1e-9)
    along = _cleaned(series, missing=(("value", "linear"),)).table["value"]
    np.testing.assert_allclose(along, level.interpolate(), rtol=1e-9)
    spline = _cleaned(series, missing=(("value", "spline"),)).table["value"]
    np.testing.assert_allclose(spline, level.interpolate("cubicspline"), rtol=1e-6)
    with pytest.raises(AnalysisError) as refused:
        _cleaned(people, missing=(("level", "time"),))
    assert refused.value.key == "cleaning.fill_needs_dates"


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace that has taken in such orders."""
    with workspaces_of(tmp_path_factory, {"orders": _orders}) as made:
        yield made["orders"]


@pytest.mark.slow
def test_the_data_page_adds_and_takes_away_the_columns(orders: Workspace) -> None:
    for language, figures in (("en", ["total", "median"]), ("zh", [])):
        tab = say("data.tab.cleaning", language)
        app = opened(
            "pages/start/data.py", language, orders.id, **{"data.tabs": tab}
        )
        columns = ["amount"] if figures else []
        for key, value in (("columns", columns), ("figures", figures)):
            (box,) = (
                one
                for one in app.multiselect
                if one.key.startswith(f"data.expanding_{key}")
            )
            box.set_value(value)
        (apply,) = (
            one
            for one in app.button
            if "data.cleaning" in one.key and "Submit" in one.key
        )
        settled(apply.click().run())
        assert not app.exception
        table = open_workspace(orders.id).load("transactions").table
        added = {f"amount_expanding_{how}" for how in ("total", "median")}
        assert added & set(table.columns) == (added if figures else set())
