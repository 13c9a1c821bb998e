"""The Python that each page shows, run from a file, gives what the page shows.

For tables read, told, cleaned and filtered otherwise than unasked.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import KMeansOptions, describe_customers, intake, segment
from crm_analysis.analyses.forecast.series.selection import DemandOptions
from crm_analysis.analyses.segments import rename, to_dict
from crm_analysis.presentation.ui.run import forget
from crm_analysis.tables.cleaning import CleanOptions
from crm_analysis.tables.filters import Filter, apply_filter
from crm_analysis.tables.reading import ReadOptions
from crm_analysis.tables.roles import with_role
from crm_analysis.tables.script import script
from crm_analysis.wording import say
from crm_analysis.workspace import Workspace, close_workspaces, new_workspace
from tests import apps
from tests.amounts import figures_in
from tests.apps import settled
from tests.scripts import run_script

GOODS = ("茶", "牛奶", "面包", "果酱", "鸡蛋", "米")


@functools.cache
def orders() -> bytes:
    """Two years of order lines.

    Two columns that may be the price, some lines sent back, some twice in the file.
    """
    rng = np.random.default_rng(3)
    lines = []
    for who in range(160):
        day, rate = (
            float(rng.uniform(0, 300)),
            float(rng.gamma(2, 0.012)) + 0.004,
        )
        end = min(720.0, day + float(rng.exponential(700)))
        while day < end:
            when = pd.Timestamp("2023-01-01") + pd.Timedelta(days=int(day))
            held = {0, 1} if rng.random() < 0.4 else {int(rng.integers(2, 6))}
            for what in sorted(held | {int(rng.integers(2, 6))}):
                price = round(float(rng.gamma(9, 2)), 2)
                count = -1 if rng.random() < 0.06 else int(rng.integers(1, 5))
                place = ("中国", "日本", "中国")[who % 3]
                lines.append(
                    f"D{len(lines) // 2:05d}{who:03d},K{who:03d},{when:%Y-%m-%d},{GOODS[what]},"
                    f"{count},{price},{price * 0.7:.2f},{place}"
                )
            day += float(rng.exponential(1 / rate)) + 1
    return "\n".join(
        [
            "订单号,客户编号,下单日期,商品名称,数量,单价,成交价,国家",
            *lines,
            *lines[:9],
        ]
    ).encode("gb18030")


@functools.cache
def customers() -> bytes:
    """Customers with a contract: two columns that may say who left, one row twice in the file."""
    rng = np.random.default_rng(5)
    lines = []
    for who in range(500):
        calls, held = int(rng.integers(0, 6)), int(rng.geometric(0.06))
        left = rng.random() < 1 / (1 + np.exp(2.2 - 0.7 * calls))
        asked = left if rng.random() < 0.9 else not left
        place = ("中国", "日本", "中国")[who % 3]
        lines.append(
            f"K{who:03d},k{who:03d}@mail.cn,{place},{min(held, 40)},{rng.normal(50, 8):.2f},"
            f"{calls},{'是' if asked else '否'},{'是' if left else '否'}"
        )
    return "\n".join(
        [
            "客户编号,邮箱,country,在网月数,月费,投诉次数,是否流失,是否注销",
            *lines,
            lines[3],
        ]
    ).encode("gb18030")


CLEAN = CleanOptions(returns="drop", duplicates="keep", leave_out=("K007",))
TOLD: dict[str, tuple[Any, CleanOptions, dict[str, str]]] = {
    "订单.csv": (orders, CLEAN, {"unit_price": "成交价"}),
    "客户.csv": (
        customers,
        CleanOptions(leave_out=("K007", "K011")),
        {"churned": "是否注销"},
    ),
}


def told(*names: str) -> Workspace:
    """A workspace with these tables.

    Of each, a person said its encoding, what a column is, how it is cleaned and which country is
    looked at.
    """
    workspace = new_workspace("shop")
    for name in names:
        make, clean, roles = TOLD[name]
        intake.take_in(workspace, [workspace.keep_file(make(), name)])
        plan = intake.plan_of(workspace, name)
        assert plan.roles is not None
        assert not set(roles.items()) & set(plan.roles.columns.items()), (
            "what is told is guessed"
        )
        for role, column in roles.items():
            plan = dataclasses.replace(
                plan, roles=with_role(plan.roles, role, column)
            )
        plan = dataclasses.replace(
            plan, read=(ReadOptions(encoding="gb18030"),), clean=clean
        )
        intake.change(workspace, plan, intake.read_plan(plan))
    workspace.settings["filter"] = Filter(countries=("中国",)).to_dict()
    return workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the files and the scripts are; workspaces are elsewhere."""
    made = tmp_path_factory.mktemp("scripts")
    for name, (make, _, _) in TOLD.items():
        (made / name).write_bytes(make())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_HOME", str(tmp_path_factory.mktemp("home")))
        yield made
        close_workspaces()


@pytest.fixture(scope="module")
def both(folder: Path) -> Iterator[Workspace]:
    made = told(*TOLD)
    yield made
    forget(made.id)


@pytest.fixture(scope="module")
def people(folder: Path) -> Iterator[Workspace]:
    made = told("客户.csv")
    yield made
    forget(made.id)


def opened(page: str, workspace: Workspace, **state: object) -> AppTest:
    """A page in English, with settings chosen beforehand."""
    chosen = {key.replace("__", "."): value for key, value in state.items()}
    app = apps.opened(page, "en", workspace.id, **chosen)
    assert not app.exception
    return app


def ran(app: AppTest, folder: Path) -> dict[str, Any]:
    """What the script that the page shows makes."""
    text = app.code[-1].value
    assert "'gb18030'" in text and "Filter(countries=('中国',))" in text
    with contextlib.chdir(folder):
        return run_script(text, folder)


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table on the page that has these columns."""
    return next(
        one.value for one in app.dataframe if set(columns) <= set(one.value.columns)
    )


def metric(app: AppTest, label: str) -> float:
    """The figure of a tile; of 27% the 27."""
    tile = next(one for one in app.metric if one.label == say(label, "en"))
    return figures_in(tile.value)[0]


def same(
    shown: pd.DataFrame, made: pd.DataFrame, *columns: str, of: str = "customer"
) -> None:
    """The rows shown have the figures made, as far as their digits go."""
    assert len(shown)
    beside = made.set_index(of).loc[shown[of]]
    for name in columns:
        digits = 0.5 if made[name].abs().max() >= 1000 else 0.005
        assert shown[name].to_numpy(float) == pytest.approx(
            beside[name].to_numpy(float), rel=0, abs=digits + 1e-9, nan_ok=True
        ), name


def rows(shown: pd.DataFrame, made: pd.DataFrame) -> None:
    """The table shown is the one made, so far as both are figures, row by row."""
    assert len(shown) == len(made) > 0
    figures = [
        name
        for name in made.columns
        if name in shown.columns
        and pd.api.types.is_float_dtype(made[name])
        | pd.api.types.is_integer_dtype(made[name])
    ]
    assert len(figures) > 1
    for name in figures:
        whole = (
            made[name].abs().max() >= 100 and (shown[name].dropna() % 1 == 0).all()
        )
        digits = 0.5 if whole else 0.005
        assert shown[name].to_numpy(float) == pytest.approx(
            made[name].to_numpy(float), rel=0, abs=digits + 1e-9, nan_ok=True
        ), name


BASKETS = "pages/understand/baskets.py"
VALUE, CHURN = "pages/understand/value.py", "pages/predict/churn.py"


@pytest.mark.slow
def test_value_of_orders(both: Workspace, folder: Path) -> None:
    app = opened(VALUE, both, **{"value.tabs": say("value.tab.future", "en")})
    value = ran(app, folder)["value"]
    shown = table(app, "customer", "expected_orders", "value")
    assert set(shown["customer"]) <= set(
        value.customers["customer"]
    ) and "K007" not in set(value.customers["customer"])
    same(shown, value.customers, "alive", "expected_orders", "value")
    assert metric(app, "value.figure.customers") == len(value.customers)
    assert metric(app, "value.figure.error") == pytest.approx(
        100 * value.summary()["holdout_error"], abs=0.05
    )


@pytest.mark.slow
def test_value_of_contracts(people: Workspace, folder: Path) -> None:
    app = opened(VALUE, people)
    value = ran(app, folder)["value"]
    shown = table(app, "customer", "tenure", "value")
    assert set(shown["customer"]) == set(value.customers["customer"])
    assert (
        metric(app, "value.figure.running")
        == (~value.customers["churned"].astype(bool)).sum()
    )
    same(shown, value.customers, "expected_renewals", "value")


@pytest.mark.slow
def test_churn_of_orders(both: Workspace, folder: Path) -> None:
    """With how its customers are reached, which a table of its own says."""
    app = opened(
        CHURN,
        both,
        churn__model="logistic",
        churn__source="transactions",
        churn__tabs=say("churn.tab.at_risk", "en"),
    )
    made = ran(app, folder)
    churn, today = made["churn"], made["today"]
    shown = table(app, "customer", "reasons")
    same(shown, today, "risk")
    assert set(shown["customer"]) == set(
        today.loc[today["risk"] >= churn.threshold, "customer"]
    )
    assert metric(app, "churn.figure.auc") == pytest.approx(
        churn.summary()["auc"], abs=0.005
    )
    base_rate = churn.summary()["base_rate"]
    assert metric(app, "churn.figure.base_rate") == round(100 * base_rate)
    reached = today.set_index("customer")["邮箱"]
    assert pd.isna(reached["K011"]), "left out of the customers alone"
    assert reached.drop("K011").tolist() == [
        f"{who.lower()}@mail.cn" for who in reached.drop("K011").index
    ]


@pytest.mark.slow
def test_churn_of_customers(both: Workspace, folder: Path) -> None:
    app = opened(
        CHURN,
        both,
        churn__model="logistic",
        churn__source="customers",
        churn__tabs=say("churn.tab.at_risk", "en"),
    )
    churn = ran(app, folder)["churn"]
    shown = table(app, "customer", "reasons")
    named = churn.customers[
        churn.customers["actionable"] & (churn.customers["risk"] >= churn.threshold)
    ]
    same(shown, churn.customers, "risk")
    assert set(shown["customer"]) == set(named["customer"])
    assert metric(app, "churn.figure.at_risk") == len(named)
    assert metric(app, "churn.figure.auc") == pytest.approx(
        churn.summary()["auc"], abs=0.005
    )


@pytest.mark.slow
def test_baskets(both: Workspace, folder: Path) -> None:
    app = opened(BASKETS, both)

    def on(tab: str, **state: object) -> AppTest:
        app.session_state["baskets.tabs"] = say(f"baskets.tab.{tab}", "en")
        for key, value in state.items():
            app.session_state[key.replace("__", ".")] = value
        settled(app.run())
        assert not app.exception
        return app

    rules = ran(on("rules"), folder)["rules"]
    rows(
        table(app, "antecedent", "consequent", "lift"),
        rules.without_redundant(),
    )
    assert metric(app, "baskets.summary.baskets") == rules.summary()["baskets"]
    assert metric(app, "baskets.summary.itemsets") == rules.summary()["itemsets"]
    rows(
        table(on("offers"), "customer", "product", "confidence"),
        ran(app, folder)["offers"].customers,
    )
    rows(
        table(on("bundles"), "items", "price"),
        ran(app, folder)["bundles"].bundles,
    )
    rows(
        table(on("sequences"), "product", "then"),
        ran(app, folder)["sequences"].sequences,
    )
    customers = describe_customers(
        apply_filter(both.load("transactions").table, Filter(countries=("中国",)))
    )
    segmented = rename(segment(customers, KMeansOptions(clusters=3)), {0: "常客"})
    both.save(
        "segmentation",
        "春",
        to_dict(segmented),
        {"members": segmented.customers[["customer", "segment"]]},
    )
    for by in ("rfm", "saved 春"):
        shown = table(on("groups", baskets__groups=by), "highest", "lowest")
        made = ran(app, folder)["differences"]
        rows(shown, made.rules)
        assert (
            shown[["highest", "lowest"]].to_numpy().tolist()
            == made.rules[["highest", "lowest"]].to_numpy().tolist()
        )
    assert "常客" in set(made.groups["group"])


FORECAST = "pages/predict/forecast.py"
TAKE = {
    "forecast.ForecastOptions.model": "theta",
    "forecast.tabs": say("forecast.tab.export", "en"),
}


def planned(app: AppTest, folder: Path) -> None:
    """What the script makes is the table to take away, and the figures in it."""
    shown = table(app, "series", "date", "lo_95")
    made = ran(app, folder)["long"]
    words = {
        "all": say("forecast.series.all", "en"),
        "…": say("forecast.series.rest", "en"),
    }
    assert (
        shown["series"].tolist()
        == made["series"].map(lambda name: words.get(name, name)).tolist()
    )
    assert pd.to_datetime(shown["date"]).tolist() == made["date"].tolist()
    rows(shown, made)


@pytest.mark.slow
def test_forecast(both: Workspace, folder: Path) -> None:
    """With some of the series summed, values set by hand, and totals and parts made to add up."""
    app = opened(FORECAST, both, **TAKE)
    planned(app, folder)
    by = app.selectbox(key="forecast.DemandOptions.by")
    settled(by.set_value("product").run())
    settled(app.slider(key="forecast.largest.product").set_value(3).run())
    app.toggle(key="forecast.with_history").set_value(True)
    app.session_state["forecast.reconcile"] = "mint"
    app = settled(app.run())
    planned(app, folder)
    what = DemandOptions(by="product", measure="quantity", every="month", largest=3)
    shown = table(app, "series", "date", "lo_95")
    last = shown[shown["series"].isin(GOODS)].iloc[-1]
    record = {
        "series": last["series"],
        "date": f"{pd.Timestamp(last['date']):%Y-%m-%d}",
        "value": 7.0,
        "note": "缺货",
    }
    both.save("forecast-overrides", what.saved_name, {"records": [record]})
    app = settled(app.run())
    planned(app, folder)
    assert ran(app, folder)["long"].set_index(["series", "date"]).loc[
        (last["series"], last["date"]), ["value", "note"]
    ].tolist() == [7.0, "缺货"]


@pytest.mark.slow
def test_forecast_of_a_segment(both: Workspace, folder: Path) -> None:
    customers = describe_customers(both.load("transactions").table)
    result = segment(customers, KMeansOptions(clusters=2))
    both.save(
        "segmentation",
        "冬",
        to_dict(result),
        {"members": result.customers[["customer", "segment"]]},
    )
    app = opened(FORECAST, both, **TAKE)
    app.selectbox(key="forecast.DemandOptions.by").set_value("segment")
    app = settled(app.run())
    shown = table(app, "series", "date", "lo_95")
    made = ran(app, folder)["long"]
    assert shown["series"].nunique() == made["series"].nunique() > 2
    rows(shown, made)


PARTS = {
    "append": {
        "1.csv": "order,customer,date,product,quantity,price\n"
        "A1,K1,2024-01-01,tea,2,3.5\nA2,K2,2024-01-02,tea,1,3.5\n",
        "2.csv": "order,customer,date,product,quantity,price\n"
        "A2,K2,2024-01-02,tea,1,3.5\nA3,K1,2024-02-02,milk,4,1.5\n",
    },
    "join": {
        "orders.csv": "order_id,customer_id,order_date\n"
        + "".join(
            f"A{n:03d},K{n % 7},2024-01-{n % 28 + 1:02d}\n" for n in range(60)
        ),
        "items.csv": "order_id,product,quantity,unit_price\n"
        + "".join(
            f"A{n % 60:03d},{GOODS[n % 6]},{n % 4 + 1},{n % 9 + 1}.5\n"
            for n in range(130)
        ),
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("how", PARTS)
@pytest.mark.parametrize("called", ["", "more"])
def test_files_put_together(folder: Path, how: Any, called: str) -> None:
    workspace = new_workspace(how)
    intake.take_in(
        workspace,
        [
            workspace.keep_file(content.encode(), name)
            for name, content in PARTS[how].items()
        ],
    )
    (saved,) = workspace.tables()
    plan = intake.plan_of(workspace, saved.name)
    assert plan.how == how
    for name, content in PARTS[how].items():
        (folder / name).write_text(content, encoding="utf-8")
    lines, made = intake.in_python(plan, prefix=called)
    with contextlib.chdir(folder):
        result = run_script(script([*lines, f"found = {made}"]), folder)["found"]
    pd.testing.assert_frame_equal(
        result.reset_index(drop=True),
        workspace.load(saved.name).table.reset_index(drop=True),
        check_dtype=False,
    )
