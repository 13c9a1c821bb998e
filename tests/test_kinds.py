"""What a table is: comments, demand with prices, an experiment, people and an outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import crm_analysis as crm
from crm_analysis.analyses.overview import comments, people
from crm_analysis.tables.cleaning import Cleaned
from crm_analysis.tables.roles import Roles
from tests.raw_tables import shared_engine
from tests.variants import every


def understood(header: str, *rows: str, **options: Any) -> tuple[Roles, Cleaned]:
    """A file of a header and rows: its roles, and the cleaned table."""
    raw = crm.read_table(
        "\n".join((header, *rows)).encode(), name="file.csv", engine=shared_engine()
    )
    roles = crm.guess_roles(raw)
    return roles, crm.clean(raw, roles, crm.CleanOptions(**options))


def day(n: int) -> str:
    """The nth day of a year of 28-day months."""
    return f"2024-{1 + n // 28 % 12:02d}-{1 + n % 28:02d}"


SAID = {
    "zh": ("很好，会再来", "味道一般", "物流太慢", "包装破了，差评"),
    "en": ("Would buy again", "Not great", "Far too slow", "It came broken"),
}


@pytest.mark.parametrize(
    ("header", "said", "marks"),
    [
        (
            "评论ID,用户昵称,商品名称,评论内容,评分,评论时间",
            "zh",
            "5星 4星 3星 2星",
        ),
        ("id,reviewer,product,review,rating,date", "en", "5/5 4/5 3/5 2/5"),
        ("no,customer,item,comment,stars,created", "en", "★★★★★ ★★★★☆ ★★★☆☆ ★★☆☆☆"),
        ("编号,买家,商品,评价内容,评价星级,评价日期", "zh", "五星 四星 三星 二星"),
        ("id,author,product,feedback,score,date", "en", "5 4 3 2"),
    ],
)
def test_comments_whose_texts_repeat_stay_comments(
    header: str, said: str, marks: str
) -> None:
    texts, ratings = SAID[said], marks.split()
    rows = [
        f'{n},user {n},tea,"{texts[n % 4]}",{ratings[n % 4]},{day(n)}'
        for n in range(60)
    ]
    roles, made = understood(header, *rows)
    names = header.split(",")
    assert roles.kind == "feedback"
    assert (roles.columns["text"], roles.columns["rating"]) == (names[3], names[4])
    assert (roles.columns["customer"], roles.columns["date"]) == (
        names[1],
        names[5],
    )
    assert sorted(made.table["rating"].unique()) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("text,sentiment", "negative neutral positive"),
        ("comment,review_sentiment", "bad good"),
        ("评论,情感倾向", "正面 负面 中性"),
        ("tweet_text,airline_sentiment", "neutral negative"),
    ],
)
def test_a_rating_in_words_is_kept_in_words(header: str, words: str) -> None:
    said = words.split()
    rows = [
        f"这家店 the food was here on day {n},{said[n % len(said)]}"
        for n in range(60)
    ]
    roles, made = understood(header, *rows)
    assert (
        roles.kind == "feedback" and roles.columns["rating"] == header.split(",")[1]
    )
    assert set(made.table["rating"]) == set(said)
    glance = comments(made.table)
    assert glance.mean is None and glance.rated == 60
    assert glance.ratings["count"].sum() == 60


def test_a_rating_of_another_scale_is_missing_and_in_the_ledger() -> None:
    rows = [f"The tea was good on day {n},{1 + n % 5}/5" for n in range(30)]
    _, made = understood("review,rating", *rows, "It was fine that day,9/10")
    assert made.table["rating"].isna().sum() == 1
    assert made.changes[["old", "new"]].to_numpy().tolist() == [["9/10", None]]


@pytest.mark.parametrize(
    "header",
    [
        "region,month,year,tonnes,price_low,price_high,date",
        "store,month,year,units,price low,price high,week",
        "地区,月份,年份,产量(吨),最低价,最高价,日期",
        "market,mth,yr,kWh,min price,max price,date",
    ],
)
def test_demand_with_prices_beside_it_is_a_series(header: str) -> None:
    rows = [
        f"{place},{1 + m % 12},{2021 + m // 12},{100 + 7 * m % 31},{5 + m % 3},{9 + m % 2},"
        f"{2021 + m // 12}-{1 + m % 12:02d}-01"
        for place in ("North", "South", "West")
        for m in range(24)
    ]
    roles, made = understood(header, *rows)
    names = header.split(",")
    assert roles.kind == "series"
    assert roles.columns == {
        "date": names[6],
        "value": names[3],
        "series": names[0],
    }
    assert made.table["value"].sum() == 3 * sum(100 + 7 * m % 31 for m in range(24))


def test_lines_with_goods_that_come_and_go_are_orders() -> None:
    goods = [f"tea {n * n % 17}" for n in range(80)]
    rows = [
        f"{day(n)},{goods[n]},{1 + n % 4},{2 + n * n % 17}.50" for n in range(80)
    ]
    roles, _ = understood("date,product,quantity,price", *rows)
    assert roles.kind == "transactions"


@pytest.mark.parametrize("kinds", ["宝贝种类", "category", "product category"])
def test_a_count_of_kinds_is_no_category(kinds: str) -> None:
    rows = [
        f"{1000 + n},u{n % 30},tea {n % 9},{1 + n % 3},{1 + n % 3 + n % 2},{9 + n}.00,{day(n)}"
        for n in range(60)
    ]
    header = f"order no,customer,product,{kinds},quantity,amount,date"
    roles, _ = understood(header, *rows)
    assert (
        "category" not in roles.columns and roles.columns["quantity"] == "quantity"
    )
    words = [
        row.replace(f",{1 + n % 3},", f",kind {n % 3},", 1)
        for n, row in enumerate(rows)
    ]
    roles, _ = understood(header, *words)
    assert roles.columns["category"] == kinds


@pytest.mark.parametrize(
    ("header", "arms"),
    [
        (
            "customer_id,group,orders_before,revenue_before,orders_after,revenue",
            "control mail",
        ),
        ("user id,test group,purchases,spend,visits,total spend", "ad psa"),
        (
            "用户ID,实验分组,活动前订单数,活动前消费金额,活动后订单数,活动后消费金额",
            "对照组 短信组",
        ),
        ("customer,treatment,age,past spend,orders,spend", "0 1"),
        ("userid,version,age,sum spent,visits,amount", "gate_30 gate_40"),
        ("customer,variant,age,past spend,orders,spend", "A B"),
    ],
)
def test_customers_in_an_experiment_are_customers_with_an_arm(
    header: str, arms: str
) -> None:
    both = arms.split()
    rows = [
        f"C{1000 + n},{both[n % 2]},{n % 7},{n * 37 % 300}.50,{n % 4},{n * 17 % 90}.25"
        for n in range(120)
    ]
    roles, made = understood(header, *rows)
    names = header.split(",")
    assert roles.kind == "customers"
    assert (roles.columns["customer"], roles.columns["arm"]) == tuple(names[:2])
    assert set(made.table["arm"]) == set(both)
    assert set(names[2:]) <= set(made.table.columns)


def test_single_letters_under_a_heading_of_another_kind_are_no_arms() -> None:
    rows = [f"{n + 1},{'ab'[n % 2]},{n * 7 % 40}" for n in range(30)]
    roles, _ = understood("number,letter,size", *rows)
    assert "arm" not in roles.columns


@pytest.mark.parametrize(
    ("outcome", "answers"),
    every(
        3,
        [
            ("response", "1 0"),
            ("BikeBuyer", "1 0"),
            ("y", "yes no"),
            ("Converted", "Yes No"),
            ("deposit", "yes no"),
            ("subscribed", "True False"),
            ("是否办理", "是 否"),
            ("accepted", "accepted declined"),
        ],
    ),
)
def test_a_row_a_customer_with_a_yes_or_no_has_an_outcome(
    outcome: str, answers: str
) -> None:
    yes, no = answers.split()
    rows = [
        f"{20 + n % 60},{'fm'[n % 2]},teacher,{2000 + n * 37 % 900},{yes if n % 4 == 0 else no}"
        for n in range(200)
    ]
    roles, made = understood(f"age,gender,job,income,{outcome}", *rows)
    assert roles.kind == "customers" and roles.columns == {"outcome": outcome}
    # it keeps its name, for it is no churn, and rows that nothing names are numbered
    assert made.table[outcome].sum() == 50
    assert made.table["customer"].tolist() == [f"#{n}" for n in range(1, 201)]
    glance = people(made.table, outcome)
    assert glance.churned is None and glance.success == pytest.approx(0.25)


def test_an_experiment_without_ids_keeps_all_its_people(real_data: Path) -> None:
    raw = crm.read_table(real_data / "hillstrom" / "hillstrom_half.csv")
    roles = crm.guess_roles(raw)
    made = crm.clean(raw, roles, crm.CleanOptions())
    assert roles.kind == "customers" and roles.columns["arm"] == "segment"
    assert len(made.table) == made.table["customer"].nunique() == 32_000
    assert made.table["visit"].mean() == pytest.approx(0.148, abs=0.001)
    ((key, details),) = made.questions
    assert key == "cleaning.question.duplicates_may_be_real"
    assert details["count"] == 2_773


def test_who_churned_is_not_called_an_outcome() -> None:
    rows = [
        f"C{n},{20 + n % 60},{'fm'[n % 2]},{n % 3 // 2},{n % 5 % 2}"
        for n in range(200)
    ]
    roles, _ = understood("customer,age,gender,churned,newsletter", *rows)
    assert roles.columns == {"customer": "customer", "churned": "churned"}


@pytest.mark.parametrize(
    "lines",
    [
        'key,val\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"',
        "key,value\nkind,event-notification\nid,5\nname,x",
        "key,value\nkind,event-notification\nid,5",
    ],
)
def test_keys_with_values_are_no_answers_to_messages(lines: str) -> None:
    raw = crm.read_table(lines.encode(), engine=shared_engine())
    assert crm.guess_roles(raw).kind != "contacts"


@pytest.mark.parametrize("note", ["{} étoiles", "{} von 5"])
def test_what_is_written_as_a_rating_is_one_whatever_it_is_called(
    note: str,
) -> None:
    said = ["Très bon thé", "Moyen, sans plus", "Livraison trop lente"]
    lines = ["utilisateur;avis;note;date"]
    lines += [
        f"u{n};{said[n % 3]};{note.format(5 - 2 * (n % 3))};2025-01-{n + 1:02}"
        for n in range(24)
    ]
    raw = crm.read_table("\n".join(lines).encode(), engine=shared_engine())
    cleaned = crm.clean(raw, crm.guess_roles(raw))
    assert cleaned.kind == "feedback"
    assert cleaned.table["rating"].tolist()[:3] == [5, 3, 1]


def test_a_yes_or_no_that_nothing_names_is_asked() -> None:
    lines = [f"{'abc'[nth % 3]},{'no' if nth % 4 else 'yes'}" for nth in range(20)]
    text = "\n".join(["kind,value", *lines])
    raw = crm.read_table(text.encode(), name="answers.csv", engine=shared_engine())
    (question, *_) = crm.clean(raw, crm.guess_roles(raw)).questions
    assert question.key == "cleaning.question.responded_guessed"
    assert question.details["column"] == "value"
    assert question.details["values"] == ["no", "yes"]


@pytest.mark.parametrize(
    ("header", "answers"),
    [
        ("customer,contacted on,replied", "有 无"),
        ("customer,contacted at,responded", "yes no"),
        ("customer,mailed on,answered", "1 0"),
        ("Kunde,kontaktiert am,Antwort", "ja nein"),
        ("client,contacté le,réponse", "oui non"),
        ("客户编号,联系日期,响应", "有 无"),
    ],
)
def test_a_day_of_contact_and_an_answer_make_contacts(
    header: str, answers: str
) -> None:
    yes, no = answers.split()
    rows = [f"C{n},{day(n)},{no if n % 4 else yes}" for n in range(40)]
    roles, made = understood(header, *rows)
    assert roles.kind == "contacts"
    names = header.split(",")
    assert roles.columns == dict(
        zip(("customer", "date", "responded"), names, strict=True)
    )
    assert made.table["responded"].sum() == 10 and not made.questions


def test_a_day_of_joining_beside_an_answer_makes_no_contacts() -> None:
    rows = [f"C{n},{day(n)},{'no' if n % 4 else 'yes'}" for n in range(40)]
    roles, made = understood("customer,signup date,responded", *rows)
    assert roles.kind == "customers" and roles.columns["outcome"] == "responded"
    assert made.table["responded"].sum() == 10
