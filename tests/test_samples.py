"""The sample shop: what is planted is found again, with plain means.

And the files in data/ are what the maker writes.
"""

import functools
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import crm_analysis as crm
from crm_analysis.tables import samples
from crm_analysis.tables.samples import (
    FILES,
    planted,
    sample_shop,
    write_samples,
)

DATA = Path(__file__).parent.parent / "data"
END = pd.Timestamp("2026-10-31")


@pytest.fixture(scope="module")
def made() -> tuple[dict[str, pd.DataFrame], dict]:
    """The shop and the truth behind it, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(samples, "_make", functools.cache(samples._make))
        truth = planted()
        return sample_shop(), truth


@pytest.fixture(scope="module")
def shop(made: tuple[dict[str, pd.DataFrame], dict]) -> dict[str, pd.DataFrame]:
    return made[0]


@pytest.fixture(scope="module")
def truth(made: tuple[dict[str, pd.DataFrame], dict]) -> dict:
    return made[1]


@pytest.fixture(scope="module")
def lines(shop: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The order lines without repetition, typed."""
    table = shop["orders"].drop_duplicates()
    return table.assign(
        date=pd.to_datetime(table["Order Date"]),
        amount=table["Quantity"] * table["Unit Price"],
        product=table["Product"].str.strip(),
    )


@pytest.fixture(scope="module")
def purchases(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[(lines["Quantity"] > 0) & (lines["SKU"] != "POST")]


@pytest.mark.slow
def test_the_files_in_data_are_what_the_maker_writes(tmp_path: Path) -> None:
    paths = write_samples(tmp_path)
    assert sorted(path.name for path in paths) == sorted(
        name for names in FILES.values() for name in names.values()
    )
    for path in paths:
        assert path.read_bytes() == (DATA / path.name).read_bytes(), (
            f"{path.name} is not what `make samples` writes"
        )
    assert sum(path.stat().st_size for path in paths) < 5_000_000


@pytest.mark.slow
def test_a_seed_gives_one_shop_and_another_seed_another(
    shop: dict[str, pd.DataFrame],
) -> None:
    again, other = sample_shop(0, customers=150), sample_shop(1, customers=150)
    for name, table in sample_shop(0, customers=150).items():
        pd.testing.assert_frame_equal(table, again[name])
        assert not table.equals(other[name])
    assert 1200 <= len(shop["customers"]) <= 2500


@pytest.mark.slow
def test_the_editions_tell_the_same_events(
    shop: dict[str, pd.DataFrame],
) -> None:
    chinese = sample_shop(language="zh")
    for english, other, column in (
        ("Order No", "订单号", "orders"),
        ("Order Date", "下单日期", "orders"),
        ("Customer ID", "客户编号", "orders"),
        ("Rating", "评分", "comments"),
    ):
        assert shop[column][english].tolist() == chinese[column][other].tolist()
    for name, table in chinese.items():
        assert all(
            "\u4e00" <= heading[0] <= "\u9fff" or heading == "SKU"
            for heading in table.columns
        )
        words = table.select_dtypes(["object", "string"]).drop(
            columns=["邮箱"], errors="ignore"
        )
        blank = shop[name].set_axis(table.columns, axis=1)[words.columns].isna()
        assert not (words.isna() & ~blank).any(axis=None), (
            f"a word of {name} has no Chinese"
        )
    assert chinese["comments"]["评论内容"].str.contains("[\u4e00-\u9fff]").all()
    assert not shop["comments"]["Comment"].str.contains("[\u4e00-\u9fff]").any()


def test_planted_bundles_are_the_pairs_of_highest_lift(
    purchases: pd.DataFrame, truth: dict
) -> None:
    baskets = pd.crosstab(purchases["Order No"], purchases["product"]).gt(0)
    together = baskets.astype(float).T @ baskets.astype(float)
    count = np.diag(together)
    lift = together * len(baskets) / np.outer(count, count)
    pairs = pd.Series(
        {
            (a, b): lift.at[a, b]
            for a, b in combinations(baskets.columns, 2)
            if together.at[a, b] >= 0.004 * len(baskets)
        }
    )
    expected = {
        pair
        for bundle in truth["bundles"]
        for pair in combinations(sorted(bundle), 2)
    }
    assert set(pairs.nlargest(len(expected)).index) == expected
    assert pairs[list(expected)].min() > 3
    assert pairs.drop(list(expected)).max() < 3


def test_planted_churners_fall_silent_and_others_do_not(
    purchases: pd.DataFrame, truth: dict
) -> None:
    known = purchases[purchases["Customer ID"] != ""]
    visits = known.groupby("Customer ID")["date"].agg(["min", "max", "nunique"])
    assert len(truth["churners"]) > 80
    for customer, left in truth["churners"].items():
        assert (
            visits.at[customer, "max"]
            < pd.Timestamp(left)
            <= END - pd.Timedelta(days=90) + pd.Timedelta(days=1)
        )
    # Silent for a quarter and for three times one's own usual gap: nearly always somebody who has
    # left, seldom somebody who has not.
    gap = (visits["max"] - visits["min"]).dt.days / (visits["nunique"] - 1).clip(
        lower=1
    )
    silence = (END - visits["max"]).dt.days
    steady = visits.index.map(truth["segments"]).isin(
        ["loyal", "steady", "wholesale"]
    )
    judged = visits[steady & (visits["nunique"] >= 4)].index
    silent = set(judged[((silence > 90) & (silence > 3 * gap)).loc[judged]])
    churners = set(truth["churners"]) & set(judged)
    assert len(silent & churners) > 0.75 * len(churners)
    assert len(silent & churners) > 0.85 * len(silent)
    assert len(churners) < 0.3 * len(judged)


def test_attributes_tell_who_leaves_but_not_too_well(
    shop: dict[str, pd.DataFrame],
) -> None:
    customers = shop["customers"]
    churned = customers["Churned"] == "Yes"
    assert 0.2 < churned.mean() < 0.32
    attributes = customers.drop(columns=["Customer ID", "Name", "Email", "Churned"])
    numbers = pd.get_dummies(attributes).astype("float64")
    model = make_pipeline(
        SimpleImputer(), StandardScaler(), LogisticRegression(C=0.3)
    )
    score = cross_val_predict(
        model, numbers, churned, cv=5, method="predict_proba"
    )[:, 1]
    assert 0.77 < _auc(score, churned) < 0.83
    for column in numbers:
        alone = numbers[column].fillna(numbers[column].median())
        assert abs(_auc(alone, churned) - 0.5) < 0.2, (
            f"{column} alone gives it away"
        )


def _auc(score: Any, truth: dict) -> float:
    rank = pd.Series(np.asarray(score, dtype="float64")).rank()
    yes = np.asarray(truth, dtype=bool)
    return float(
        (rank[yes].sum() - yes.sum() * (yes.sum() + 1) / 2)
        / (yes.sum() * (~yes).sum())
    )


def test_planted_segments_are_told_apart_by_how_they_buy(
    purchases: pd.DataFrame, truth: dict
) -> None:
    known = purchases[purchases["Customer ID"] != ""]
    customers = known.groupby("Customer ID").agg(
        orders=("Order No", "nunique"),
        pieces=("Quantity", "mean"),
        price=("Unit Price", "median"),
        first=("date", "min"),
        last=("date", "max"),
    )
    customers["gap"] = (customers["last"] - customers["first"]).dt.days / customers[
        "orders"
    ]
    customers["winter"] = (
        known["date"].dt.month.isin([11, 12]).groupby(known["Customer ID"]).mean()
    )
    day = known["date"].dt
    sale = (
        ((day.month == 1) & (day.day <= 20))
        | ((day.month == 7) & (day.day <= 18))
        | ((day.month == 11) & (day.day >= 24))
    )
    customers["sales"] = sale.groupby(known["Customer ID"]).mean()
    segments = pd.Series(
        customers.index.map(truth["segments"]), index=customers.index
    )
    assert (segments[customers["orders"] == 1] == "one-off").mean() > 0.7
    several = customers["orders"] >= 3
    tree = DecisionTreeClassifier(max_depth=7, min_samples_leaf=5, random_state=0)
    result = cross_val_predict(
        tree,
        customers[several].drop(columns=["first", "last"]),
        segments[several],
        cv=5,
    )
    assert (result == segments[several]).mean() > 0.8
    assert segments[several].value_counts(normalize=True).max() < 0.45


def test_demand_has_a_week_a_year_and_a_trend(purchases: pd.DataFrame) -> None:
    daily = purchases.groupby("date")["Order No"].nunique()
    weekday = daily.groupby(daily.index.weekday).mean()
    assert weekday.idxmax() == 5
    month = daily.groupby(daily.index.month).mean()
    assert set(month.nlargest(2).index) == {11, 12}
    revenue = purchases.groupby(purchases["date"] >= pd.Timestamp("2025-11-01"))[
        "amount"
    ].sum()
    assert 1.1 < revenue[True] / revenue[False] < 1.5
    assert (
        daily.index.min() == pd.Timestamp("2024-11-01") and daily.index.max() == END
    )


def test_dirt_is_as_planted(
    shop: dict[str, pd.DataFrame],
    lines: pd.DataFrame,
    purchases: pd.DataFrame,
    truth: dict,
) -> None:
    orders = shop["orders"]
    assert orders.duplicated().sum() == truth["duplicates"] > 50
    assert (
        orders["Product"] != orders["Product"].str.strip()
    ).mean() == pytest.approx(0.01, abs=0.003)
    assert 0.03 < (orders["Customer ID"] == "").mean() < 0.08
    assert 0.01 < (orders["SKU"] == "POST").mean() < 0.04
    assert orders.loc[
        orders["Quantity"].idxmax(), ["Order No", "Quantity"]
    ].tolist() == list(truth["outlier"].values())
    assert orders["Quantity"].nlargest(truth["duplicates"] + 2).iloc[1:].max() < 100
    assert (lines["amount"].abs() > 0).all()


def test_what_comes_back_was_bought_before(lines: pd.DataFrame) -> None:
    back = lines[lines["Quantity"] < 0]
    assert back["Order No"].str.startswith("C").all()
    assert (
        not lines.loc[lines["Quantity"] > 0, "Order No"].str.startswith("C").any()
    )
    key = ["Customer ID", "product", "Unit Price"]
    bought = lines[lines["Quantity"] > 0].groupby(key)["Quantity"].sum()
    returned = -back.groupby(key)["Quantity"].sum()
    assert len(back) > 300
    assert (returned <= bought.reindex(returned.index)).all()


def test_total_spend_is_what_the_orders_add_up_to(
    shop: dict[str, pd.DataFrame], lines: pd.DataFrame
) -> None:
    spent = (
        lines[lines["Customer ID"] != ""]
        .groupby("Customer ID")["amount"]
        .sum()
        .round(2)
    )
    stated = shop["customers"].set_index("Customer ID")["Total Spend"]
    assert set(stated.index) == set(spent.index)
    assert (stated - spent).abs().max() < 0.01


def test_campaigns_reach_the_segment_they_are_made_for(
    shop: dict[str, pd.DataFrame], truth: dict
) -> None:
    contacts = shop["contacts"]
    assert set(contacts["Customer ID"]) <= set(shop["customers"]["Customer ID"])
    responded = (
        (contacts["Responded"] == "Yes")
        .groupby(
            [
                contacts["Campaign"],
                contacts["Customer ID"].map(truth["segments"]),
            ]
        )
        .mean()
        .unstack()
    )
    assert responded.loc["Holiday Gifts"].idxmax() == "seasonal"
    assert (
        responded.loc[["New Year Clearance", "Summer Sale"]]
        .idxmax(axis=1)
        .eq("bargain")
        .all()
    )
    assert 0.15 < (contacts["Responded"] == "Yes").mean() < 0.35


def test_a_trial_is_planted_in_the_contacts(
    shop: dict[str, pd.DataFrame], truth: dict
) -> None:
    """Those with the newsletter buy more where they were contacted, and the arms were alike."""
    trial = truth["trial"]
    contacts = shop["contacts"]
    drawn = contacts[contacts["Campaign"] == trial["campaign"]]
    arm = drawn.drop_duplicates("Customer ID").set_index("Customer ID")["Arm"]
    day = pd.to_datetime(drawn["Date"]).dt.normalize().min()
    orders = shop["orders"]
    sold = orders[~orders["Order No"].str.startswith("C")]
    days = pd.to_datetime(sold["Order Date"])
    inside = days.between(day, day + pd.Timedelta(days=30))
    bought = arm.index.isin(sold.loc[inside, "Customer ID"])
    reads = arm.index.map(shop["customers"].set_index("Customer ID")["Newsletter"])
    rates = pd.Series(bought, arm.index).groupby([reads, arm]).mean()
    assert rates["Yes", "treated"] / rates["Yes", "holdout"] == pytest.approx(
        1.35 / 0.65, rel=0.2
    )
    assert rates["No", "treated"] == pytest.approx(rates["No", "holdout"], abs=0.08)
    hours = pd.to_datetime(contacts["Date"]).dt.hour
    answered = (contacts["Responded"] == "Yes").groupby(hours).mean()
    assert answered.idxmax() == trial["hour"]


def test_comments_read_as_rated_and_complain_of_delivery_in_december(
    shop: dict[str, pd.DataFrame], truth: dict
) -> None:
    comments = shop["comments"]
    assert (
        comments["Comment"].is_unique
        and comments["Comment"].str.len().between(4, 400).all()
    )
    assert set(comments["Rating"]) == {1, 2, 3, 4, 5}
    assert not comments["Comment"].str.contains(r"[\[\]{}|]|  | [.,]").any()
    _, first, last = truth["complaint"]
    period = comments["Date"].between(first, last)
    bad = comments["Rating"] <= 3
    delivery = comments["Comment"].str.contains(
        r"\d weeks|\b[Ll]ate\b|courier|birthday|promised day"
    )
    assert delivery[bad & period].mean() > 2 * delivery[bad & ~period].mean()
    assert bad[period].mean() > 1.4 * bad[~period].mean()


def test_who_complains_of_delivery_leaves_twice_as_often(
    shop: dict[str, pd.DataFrame], truth: dict
) -> None:
    comments = shop["comments"]
    assert len(truth["topics"]) == len(comments) == 900
    left = shop["customers"].set_index("Customer ID")["Churned"] == "Yes"
    blames = [
        any(name == truth["leaving"] and not praises for name, praises in said)
        for said in truth["topics"]
    ]
    known = comments.assign(blames=blames)[comments["Customer ID"] != ""]
    people = known.groupby("Customer ID")["blames"].max()
    rates = left.reindex(people.index).groupby(people).mean()
    assert 1.8 < rates[True] / rates[False] < 3.2


def test_every_planted_topic_is_spoken_of_in_both_moods(truth: dict) -> None:
    said = pd.DataFrame(
        [pair for comment in truth["topics"] for pair in comment],
        columns=["aspect", "praises"],
    )
    counts = said.value_counts().unstack()
    assert len(counts) == 8 and counts.min(axis=None) >= 8


_KINDS = {
    "orders": "transactions",
    "customers": "customers",
    "contacts": "contacts",
    "comments": "feedback",
}
_ROLES = {
    "orders": [
        "order",
        "date",
        "customer",
        "product_code",
        "product",
        "category",
        "quantity",
        "unit_price",
        "country",
        "channel",
    ],
    "customers": ["customer", *[None] * 15, "churned"],
    "contacts": [
        "customer",
        "date",
        "channel",
        "campaign",
        "arm",
        "responded",
        "unsubscribed",
        "cost",
        "satisfaction",
    ],
    "comments": [
        "date",
        "customer",
        "channel",
        "product",
        "rating",
        "nps",
        "text",
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("language", FILES)
@pytest.mark.parametrize("name", _KINDS)
def test_the_sample_files_are_read_and_understood_without_a_touch(
    name: str, language: str, shop: dict[str, pd.DataFrame], truth: dict
) -> None:
    raw = crm.read_table(DATA / FILES[language][name])
    roles = crm.guess_roles(raw)
    assert roles.kind == _KINDS[name]
    assert roles.columns == {
        role: column
        for role, column in zip(_ROLES[name], raw.reading.columns, strict=True)
        if role
    }
    cleaned = crm.clean(raw, roles)
    assert cleaned.questions == ()
    summary = cleaned.summary()
    assert summary["records_in"] == len(shop[name]) + 1
    assert summary["set_aside"] == 0
    assert summary["duplicates"] == (truth["duplicates"] if name == "orders" else 0)
    if name == "orders" and language == "en":
        distinct = shop[name].drop_duplicates()
        assert summary["money_kept"] == pytest.approx(
            (distinct["Quantity"] * distinct["Unit Price"]).sum(), abs=0.005
        )
        assert cleaned.table["is_return"].sum() == (distinct["Quantity"] < 0).sum()
        assert (~cleaned.table["is_product"]).sum() == (
            distinct["SKU"] == "POST"
        ).sum()
