"""The page of baskets on tables of several kinds.

Every tab is drawn, what a table cannot answer said, nothing cut short in a file.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import RuleOptions, Rules, estimate_rules, find_rules, intake
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import LANGUAGES, Language, say
from crm_analysis.workspace import new_workspace
from tests import apps
from tests.apps import opened, settled
from tests.shops import shops

PAGE = "pages/understand/baskets.py"
TABS = (
    "glance",
    "rules",
    "itemsets",
    "frequencies",
    "offers",
    "bundles",
    "groups",
    "sequences",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A home of workspaces with the orders of the sample shop loaded in either language.

    This page looks at nothing else.
    """
    with shops(tmp_path_factory, 0) as made:
        yield made


def baskets(orders: int = 300, seed: int = 0) -> pd.DataFrame:
    """Order lines in which tea and milk belong together, and jam is bought by itself."""
    random = np.random.default_rng(seed)
    rows = []
    for order in range(orders):
        held = {"tea", "milk"} if random.random() < 0.3 else {"jam"}
        held |= {
            name
            for name in ("bread", "=salt", "<b>eggs</b>")
            if random.random() < 0.2
        }
        rows += [(f"A{order:04d}", name) for name in sorted(held)]
    return pd.DataFrame(rows, columns=["order_id", "product"])


def loaded(frame: pd.DataFrame, name: str = "orders.csv") -> str:
    """A workspace with this table in it."""
    shop = new_workspace("shop")
    path = shop.keep_file(io.BytesIO(frame.to_csv(index=False).encode()), name)
    intake.take_in(shop, [path])
    return shop.id


on_tab = partial(apps.on_tab, "baskets")


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table on the page that has these columns."""
    return next(
        element.value
        for element in app.dataframe
        if set(columns) <= set(element.value.columns)
    )


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tab_shows_the_sample_shop(
    home: dict[str, str], language: Language
) -> None:
    app = opened(PAGE, language, home[language])
    for tab in TABS:
        on_tab(app, tab, language)
        assert not app.exception, tab
        assert not app.warning, tab
        assert len(app.get("plotly_chart")) > 1 or tab == "itemsets", (
            tab
        )  # the ladder of supports is one
        assert len(app.dataframe) > 1 or tab == "glance", tab


@pytest.mark.slow
def test_the_page_says_beforehand_what_will_come_out(
    home: dict[str, str],
) -> None:
    app = opened(PAGE, "en", home["en"])
    foretold = next(
        element.label
        for element in app.expander
        if element.label.startswith("At a support of")
    )
    sets = next(
        element.value
        for element in app.metric
        if element.label == say("baskets.summary.itemsets", "en")
    )
    assert f"**{sets}** product sets" in foretold
    app.selectbox(key=widget_key("baskets", "support")).set_value(0.01).run()
    foretold = next(
        element.label
        for element in settled(app).expander
        if element.label.startswith("At a support of **1%**")
    )
    fewer = next(
        element.value
        for element in app.metric
        if element.label == say("baskets.summary.itemsets", "en")
    )
    assert f"**{fewer}** product sets" in foretold
    assert int(fewer.replace(",", "")) < int(sets.replace(",", ""))


@pytest.mark.slow
def test_redundant_rules_are_hidden_until_asked_for(
    home: dict[str, str],
) -> None:
    app = on_tab(opened(PAGE, "en", home["en"]), "rules")
    before = table(app, "antecedent", "p_adjusted")
    assert not before["redundant"].any()
    app.toggle(key=widget_key("baskets", "hide_redundant")).set_value(False).run()
    after = table(settled(app), "antecedent", "p_adjusted")
    assert len(after) == len(before) + after["redundant"].sum() > len(before)


@pytest.mark.slow
def test_postage_is_no_product_unless_asked_for(home: dict[str, str]) -> None:
    app = on_tab(opened(PAGE, "en", home["en"]), "frequencies")
    assert "POSTAGE" not in set(table(app, "item", "support")["item"])
    app.multiselect(
        key=widget_key("baskets", "product", "RuleOptions", "exclude")
    ).set_value([]).run()
    assert "POSTAGE" in set(table(settled(app), "item", "support")["item"])


@pytest.mark.slow
def test_orders_without_customers_say_which_parts_need_them(
    home: dict[str, str],
) -> None:
    app = opened(PAGE, "en", loaded(baskets()))
    assert not app.exception and not app.warning
    for tab, key in (
        ("offers", "baskets.no_customers.offers"),
        ("sequences", "baskets.no_customers.sequences"),
        ("groups", "baskets.page.no_groups"),
    ):
        assert say(key, "en") in [
            element.value for element in on_tab(app, tab).info
        ]
    for tab in ("glance", "rules", "itemsets", "frequencies", "bundles"):
        assert not on_tab(app, tab).exception and not app.info and not app.warning
    assert app.selectbox(
        key=widget_key("baskets", "BasketOptions", "basket")
    ).options == [say("baskets.knob.basket.order", "en")]


def test_names_from_a_file_are_shown_as_they_stand(
    home: dict[str, str],
) -> None:
    app = opened(PAGE, "en", loaded(baskets()))
    names = set(table(on_tab(app, "frequencies"), "item", "support")["item"])
    assert {"=salt", "<b>eggs</b>"} <= names


def test_a_table_without_products_says_what_is_missing(
    home: dict[str, str],
) -> None:
    frame = pd.DataFrame(
        {
            "customer": ["a", "b"] * 10,
            "date": pd.date_range("2024-01-01", periods=20).strftime("%Y-%m-%d"),
            "amount": range(1, 21),
        }
    )
    app = opened(PAGE, "en", loaded(frame))
    assert not app.exception
    assert say("data.missing_role", "en", role="product", kind="transactions") in [
        element.value for element in app.warning
    ]


@pytest.mark.slow
def test_a_partial_answer_is_flagged(home: dict[str, str]) -> None:
    app = opened(PAGE, "en", home["en"])
    app.number_input(
        key=widget_key("baskets", "product", "RuleOptions", "max_itemsets")
    ).set_value(100).run()
    warned = [element.value for element in settled(app).warning]
    assert any("partial answer" in text for text in warned)
    assert next(
        element.value
        for element in app.metric
        if element.label == say("baskets.summary.itemsets", "en")
    )


@pytest.mark.slow
def test_the_three_algorithms_show_the_same(home: dict[str, str]) -> None:
    app = on_tab(opened(PAGE, "en", home["en"]), "itemsets")
    result = {}
    for algorithm in ("eclat", "apriori", "fpgrowth"):
        app.selectbox(
            key=widget_key("baskets", "product", "RuleOptions", "algorithm")
        ).set_value(algorithm).run()
        result[algorithm] = table(settled(app), "items", "length")
    pd.testing.assert_frame_equal(result["eclat"], result["apriori"])
    pd.testing.assert_frame_equal(result["eclat"], result["fpgrowth"])


# Pictures


@pytest.fixture(scope="module")
def result() -> Rules:
    return find_rules(
        baskets().rename(columns={"order_id": "order"}),
        RuleOptions(support=0.02, confidence=0.1),
    )


def test_the_scatter_has_a_point_a_rule_and_lift_as_colour(
    result: Rules,
) -> None:
    figure = pictures.rule_scatter(result.rules, "en")
    assert len(figure.data[0].x) == len(result.rules)
    assert sorted(figure.data[0].marker.color) == pytest.approx(
        sorted(result.rules["lift"])
    )
    assert not any("<b>" in text for text in figure.data[0].text)


def test_the_network_joins_what_belongs_together(result: Rules) -> None:
    linked = result.links("leverage", 30)
    assert {
        frozenset(pair)
        for pair in linked[["item_a", "item_b"]].itertuples(index=False)
    } == {frozenset(("tea", "milk"))}
    assert [
        trace.mode
        for trace in pictures.pair_network(linked, "leverage", "en", "#000000").data
    ].count("markers+text") == 1


@pytest.mark.parametrize("room", [330.0, 760.0])
def test_names_in_the_network_do_not_cover_one_another(room: float) -> None:
    """On a screen that is no wider than said."""
    names = [
        f"{first} of a long name"
        for first in (
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
        )
    ]
    held = [
        tuple(sorted((names[first], names[second])))
        for first, second in (
            (0, 1),
            (1, 2),
            (0, 2),
            (3, 4),
            (4, 5),
            (5, 6),
            (6, 7),
            (4, 6),
        )
    ]
    linked = pd.DataFrame(held, columns=["item_a", "item_b"]).assign(
        support_a=0.1, support_b=0.2, count=50, lift=3.0, leverage=0.01
    )
    figure = pictures.pair_network(linked, "leverage", "en", "#000000", room)
    low, high = figure.layout.xaxis.range
    scale = room / (high - low)
    drawn = [
        (x * scale, y, len(text) * 7)
        for trace in figure.data
        if trace.mode == "markers+text"
        for x, y, text in zip(trace.x, trace.y, trace.text, strict=True)
    ]
    assert len(drawn) == 8
    for (x, y, wide), (other_x, other_y, other_wide) in itertools.combinations(
        drawn, 2
    ):
        assert abs(x - other_x) >= (wide + other_wide) / 2 or abs(y - other_y) >= 18


def test_the_square_shows_what_avoids_each_other_below_the_middle(
    result: Rules,
) -> None:
    square = result.matrix(6, "lift")
    drawn = pictures.pair_heat(square, "lift", "en").data[0]
    row, column = (
        list(square.index).index("jam"),
        list(square.index).index("tea"),
    )
    assert drawn.z[row][column] == -3.0 and drawn.text[row][column] == "0.0"
    assert drawn.zmin == -drawn.zmax


def test_the_ladder_marks_what_it_did_not_count_out() -> None:
    estimate = estimate_rules(baskets(60).rename(columns={"order_id": "order"}))
    figure = pictures.ladder(estimate.ladder, "en")
    assert len(figure.data[0].y) == len(figure.data[0].text) > 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_names_stay_apart_when_they_are_cut(language: Language) -> None:
    names = [
        "ALARM CLOCK BAKELIKE GREEN",
        "ALARM CLOCK BAKELIKE RED",
        "闹钟（复古款式）绿色大号",
        "闹钟（复古款式）绿色小号",
    ]
    short = pictures.shortened(names, 16)
    assert len(set(short)) == 4 and all(len(name) <= 20 for name in short)


def test_a_table_without_baskets_shows_no_settings_but_the_way_to_the_data_page(
    home: dict[str, str],
) -> None:
    rng = np.random.default_rng(0)
    daily = pd.DataFrame(
        {
            "date": pd.date_range("2024-01-01", periods=90).strftime("%Y-%m-%d"),
            "product": ["tea", "jam", "milk"] * 30,
        }
    )
    daily = daily.assign(
        quantity=rng.integers(1, 50, 90), amount=rng.uniform(5, 90, 90).round(2)
    )
    app = opened(PAGE, "en", loaded(daily))
    assert say("baskets.lacks.basket", "en") in [
        element.value for element in app.markdown
    ]
    assert (
        not app.slider
        and [
            element.key
            for element in app.selectbox
            if str(element.key).startswith("baskets")
        ]
        == []
    )
