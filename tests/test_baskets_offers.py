"""From rule to offer: next products, bundles, sequences, differences; hand-computed cases and planted structure."""

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.baskets import (
    BundleOptions,
    DifferenceOptions,
    OfferOptions,
    RuleOptions,
    SequenceOptions,
    compare_groups,
    find_rules,
    find_sequences,
    next_products,
    offer_bundles,
)
from crm_analysis.analyses.baskets.offers.next_products import _hits, _ndcg
from crm_analysis.analyses.inference import benjamini_hochberg
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import has, phrases, say


def shop(customers: int = 300, seed: int = 0) -> pd.DataFrame:
    """Three tastes of five products each: a customer buys of one taste, so that what comes next can be told."""
    rng = np.random.default_rng(seed)
    rows, order = [], 0
    for customer in range(customers):
        taste = customer % 3
        day = 0
        for _ in range(4):
            order += 1
            day += int(rng.integers(5, 30))
            picked = [f"t{taste}-{item}" for item in rng.choice(5, 2, replace=False)] + [
                f"any-{rng.integers(8)}"
            ]
            rows += [
                (
                    f"C{customer}",
                    f"O{order}",
                    pd.Timestamp("2024-01-01") + pd.Timedelta(days=day),
                    item,
                    1.0,
                    10.0,
                )
                for item in picked
            ]
    return pd.DataFrame(
        rows, columns=["customer", "order", "date", "product", "quantity", "amount"]
    )


def test_offers_meet_the_planted_taste_and_beat_the_best_sellers():
    table = shop()
    found = next_products(table, OfferOptions(offers=3))
    bought = table.groupby("customer")["product"].agg(set)
    assert not any(row.product in bought[row.customer] for row in found.customers.itertuples())
    assert (
        found.customers.groupby("customer")["rank"]
        .agg(list)
        .map(lambda ranks: ranks == list(range(1, len(ranks) + 1)))
        .all()
    )
    first = found.customers[(found.customers["rank"] == 1) & (found.customers["reason"] == "rule")]
    full = bought.map(lambda items: sum(item.startswith("t") for item in items) == 5)
    lacking = first[~first["customer"].map(full)]
    taste = lacking["customer"].str[1:].astype(int) % 3
    assert (lacking["product"].str[:2] == "t" + taste.astype(str)).mean() > 0.95
    quality = found.quality.set_index("method")
    assert list(quality.index) == ["rules", "best_sellers", "item_cosine"]
    assert quality.loc["rules", "hit_rate"] > quality.loc["best_sellers", "hit_rate"] + 0.1
    assert (quality["hit_rate_low"] <= quality["hit_rate"]).all() and (quality["ndcg"] <= 1).all()
    pd.testing.assert_frame_equal(
        found.customers,
        next_products(table.sample(frac=1, random_state=1), OfferOptions(offers=3)).customers.pipe(
            _as(found)
        ),
    )


def _as(found):
    """Customers in the order of another result."""
    order = {
        customer: place for place, customer in enumerate(dict.fromkeys(found.customers["customer"]))
    }
    return lambda table: (
        table.assign(place=table["customer"].map(order))
        .sort_values(["place", "rank"], ignore_index=True)
        .drop(columns="place")
    )


def bakery(orders: int = 1400, customers: int = 200, seed: int = 5) -> pd.DataFrame:
    """Small baskets of products drawn one by one, whoever buys: there is nothing to find."""
    rng = np.random.default_rng(seed)
    wanted = np.array([8, 7, 20, 25, 14, 7, 6, 1.5, 18, 4, 0.3])
    size = rng.choice([1, 1, 2, 2, 3, 4], orders)
    order = np.repeat(np.arange(orders), size)
    return pd.DataFrame(
        {
            "customer": np.char.add(
                "K", np.repeat(rng.integers(0, customers, orders), size).astype(str)
            ),
            "order": order.astype(str),
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(order // 4, "D"),
            "product": np.char.add(
                "p", rng.choice(len(wanted), len(order), p=wanted / wanted.sum()).astype(str)
            ),
        }
    )


def test_where_nothing_goes_together_offers_give_no_rule_as_their_reason():
    table = bakery()
    found = next_products(table)
    assert found.rules == found.sure_rules == 0 and found.summary()["from_rules"] == 0
    assert found.customers["lift"].isna().all() and (found.customers["because"] == ()).all()
    sold = table.groupby("product")["customer"].nunique().sort_values(ascending=False)
    called = set(found.customers.loc[found.customers["reason"] == "best_seller", "product"])
    assert called == set(sold.index[:5])  # of eleven products five may be called so
    assert set(found.customers.loc[found.customers["product"] == sold.index[-1], "reason"]) == {
        "not_bought"
    }
    again = next_products(table, OfferOptions(new_only=False)).customers
    assert set(again["reason"]) == {"best_seller"} and set(again["product"]) == set(sold.index[:5])
    quality = found.quality.set_index("method")["hit_rate"]
    assert quality["rules"] == quality["best_sellers"]


def test_a_reason_is_a_rule_surely_above_chance():
    found = next_products(shop(), OfferOptions(offers=8))
    by_rule = found.customers[found.customers["reason"] == "rule"]
    assert 0 < found.sure_rules < found.rules and len(by_rule)
    assert (by_rule["lift"] > 1).all() and by_rule["because"].map(len).min() >= 1
    other = found.customers[found.customers["reason"] != "rule"]
    assert set(other["reason"]) <= {"best_seller", "not_bought"} and other[
        ["confidence", "lift", "count"]
    ].isna().all(axis=None)


def test_nothing_of_the_hidden_order_is_learned(monkeypatch):
    """The last orders hold products sold nowhere else: no honest method can hit them."""
    table = shop(60)
    last = table.groupby("customer")["date"].transform("max")
    table.loc[table["date"] == last, "product"] = "only-" + table["customer"]
    quality = next_products(table).quality
    assert (quality["hit_rate"] == 0).all() and (quality["customers"] == 60).all()


def test_hit_rate_and_ndcg_by_hand():
    from scipy.sparse import csr_matrix

    wanted = csr_matrix(np.array([[1, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0]]))
    hits = _hits(np.array([[0, 1, 2, 3, -1], [3, 4, 5, 0, 2]]), wanted)
    assert hits.tolist() == [[True, False, True, False, False], [False] * 5]
    gains = _ndcg(hits, np.array([2, 1]))
    assert gains[0] == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))
    assert gains[1] == 0


def test_the_best_sellers_of_the_judgement_are_counted_by_hand():
    # a is in 3 customers' first orders, b in 2, c in 1; hidden are the second orders.
    rows = [
        ("x", 1, "a"),
        ("x", 2, "b"),
        ("y", 3, "a"),
        ("y", 4, "zzz"),
        ("z", 5, "a"),
        ("z", 5, "b"),
        ("z", 6, "c"),
        ("w", 7, "b"),
        ("w", 7, "c"),
    ]
    table = pd.DataFrame(rows, columns=["customer", "order", "product"]).assign(
        date=lambda one: pd.Timestamp("2024-01-01") + pd.to_timedelta(one["order"], "D")
    )
    quality = next_products(table, OfferOptions(offers=5)).quality.set_index("method")
    # x is offered b, c (hit at 1); y is offered b, c (no hit); z is offered c (hit at 1).
    assert quality.loc["best_sellers", ["customers", "hit_rate", "ndcg"]].tolist() == [
        3,
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
    ]


def test_offers_without_dates_or_second_orders():
    table = shop(30).drop(columns="date")
    found = next_products(table)
    assert ("baskets.offers.undated", {}) in found.notes and len(found.quality) == 3
    single = shop(30).drop_duplicates("customer")
    found = next_products(single)
    assert (
        ("baskets.offers.one_order_each", {}) in found.notes
        and found.quality.empty
        and len(found.customers)
    )
    with pytest.raises(AnalysisError):
        next_products(table.drop(columns="customer"))


def test_returns_of_a_file_are_left_out(tmp_path):
    """Through loading: returns are marked there, be it by a sign, an order's letter or a word, and are no purchase here."""
    path = tmp_path / "orders.csv"
    rows = ["order_id,customer_id,order_date,product,quantity,unit_price,status"]
    for order in range(40):
        day = f"2024-{1 + order // 20:02d}-{1 + order % 20:02d}"
        rows += [f"A{order:03d},K{order % 10},{day},{item},{count},2.50,{status}" for item, count, status in (
            ("tea", 2, "completed"),
            ("milk", 1, "returned" if order % 2 else "completed"),
            ("jam", -1 if order % 4 == 0 else 1, "completed"),
        )]  # fmt: skip
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    raw = crm.read_table(path)
    table = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions()).table
    assert table["is_return"].sum() == 20 + 10
    found = find_rules(table, RuleOptions(support=0.1))
    assert dict(zip(found.items["item"], found.items["count"], strict=True)) == {
        "tea": 40,
        "jam": 30,
        "milk": 20,
    }
    assert ("baskets.left_out.returns", {"lines": 30}) in found.notes
    assert (
        len(find_rules(table, RuleOptions(support=0.1, returns=True)).items.query("count == 40"))
        == 3
    )


def test_bundles_and_their_money_by_hand():
    baskets = [["a", "b"]] * 6 + [["a"]] * 3 + [["b"]] * 1 + [["c"]] * 10
    rows = [
        (order, item, {"a": 10.0, "b": 4.0, "c": 1.0}[item])
        for order, basket in enumerate(baskets)
        for item in basket
    ]
    table = pd.DataFrame(rows, columns=["order", "product", "amount"])
    rules = find_rules(table, RuleOptions(support=0.1))
    found = offer_bundles(table, rules, BundleOptions(take_up=0.5))
    assert len(found.bundles) == 1
    row = found.bundles.iloc[0]
    assert row["items"] == ("a", "b")
    assert (row["count"], row["short_baskets"], row["missing"], row["missing_baskets"]) == (
        6,
        4,
        "b",
        3,
    )
    assert (row["price"], row["revenue"]) == (14.0, 6 * 14.0)
    assert row["ceiling"] == 3 * 4.0 + 1 * 10.0 and row["at_stake"] == 11.0
    assert row["lift"] == pytest.approx(6 * 20 / (9 * 7))
    bare = offer_bundles(table.drop(columns="amount"), rules)
    assert bare.notes == (("baskets.bundles.no_amounts", {}),) and np.isnan(
        bare.bundles["at_stake"].iloc[0]
    )
    assert say(*found.headlines()[0][:1], **found.headlines()[0][1]).startswith(
        "Offer a and b together"
    )


def test_a_bundle_needs_every_product():
    # c is in every basket: it goes with everything and adds nothing.
    table = pd.DataFrame(
        [
            (o, i)
            for o, basket in enumerate([["a", "b", "c"]] * 30 + [["c", "d"]] * 30)
            for i in basket
        ],
        columns=["order", "product"],
    )
    found = offer_bundles(table, find_rules(table, RuleOptions(support=0.1)))
    assert found.bundles["items"].tolist() == [("a", "b")]


def sequence_table() -> pd.DataFrame:
    """Ten customers buy a and, 7 days on, b; ten buy a, then c; ten buy c, then c again; five buy once."""
    rows = []
    for number in range(35):
        first, second = [("a", "b"), ("a", "c"), ("c", "c"), ("a", None)][min(number // 10, 3)]
        rows.append((f"c{number}", f"{number}-1", pd.Timestamp("2024-03-01"), first))
        if second:
            rows.append((f"c{number}", f"{number}-2", pd.Timestamp("2024-03-08"), second))
    return pd.DataFrame(rows, columns=["customer", "order", "date", "product"])


def test_sequences_by_hand():
    found = find_sequences(sequence_table(), SequenceOptions(support=0.1))
    assert found.customers == 30
    rows = found.sequences.set_index(["product", "then"])
    assert set(rows.index) == {("a", "b"), ("a", "c"), ("c", "c")}
    row = rows.loc[("a", "b")]
    assert (row["customers"], row["opportunities"], row["followed"]) == (10, 20, 10)
    assert (row["confidence"], row["usual"], row["gap_median"]) == (0.5, pytest.approx(10 / 30), 7)
    assert row["lift"] == pytest.approx(0.5 / (10 / 30))
    # One trial a customer: the chi-square is the plain one, of 30 trials with 20 a, 10 b next and 10 both.
    assert row["chi_square"] == pytest.approx(30 * (10 * 10 - 10 * 0) ** 2 / (20 * 10 * 10 * 20))
    assert rows.loc[("c", "c"), "repeat"]
    assert (
        not find_sequences(sequence_table(), SequenceOptions(support=0.1, repeats=False))
        .sequences["repeat"]
        .any()
    )
    with pytest.raises(AnalysisError) as caught:
        find_sequences(sequence_table(), SequenceOptions(within_days=3))
    assert caught.value.key == "baskets.sequences.one_order_each"


def test_what_follows_is_measured_against_all_orders_that_are_followed():
    # Eight loyal customers buy x, a, b, x, a, b, …: six orders; two buy b, b. What is usual is counted order by order, not customer by
    # customer: every loyal customer buys each of the three at some time, and yet an a is followed by nothing but b.
    rows = [(f"c{who}", place, "xab"[place % 3]) for who in range(8) for place in range(6)] + [
        (f"d{who}", place, "b") for who in range(2) for place in range(2)
    ]
    table = pd.DataFrame(rows, columns=["customer", "place", "product"])
    table["order"] = table["customer"] + "-" + table["place"].astype(str)
    table["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(table["place"] * 3, "D")
    found = find_sequences(table, SequenceOptions(support=0.2, confidence=0.0))
    assert (found.customers, found.orders) == (10, 8 * 5 + 2)
    row = found.sequences.set_index(["product", "then"]).loc[("a", "b")]
    # Loyal: b after a twice each; followed by a b: these 16, and the b of the two others.
    assert (row["opportunities"], row["followed"], row["customers"]) == (16, 16, 8)
    assert row["usual"] == pytest.approx(18 / 42) and row["lift"] == pytest.approx(42 / 18)
    # Two alike orders of a customer are worth one: the design effect is 2.
    assert row["chi_square"] == pytest.approx(42 * (16 * 24 - 0 * 2) ** 2 / (16 * 26 * 18 * 24) / 2)
    assert row["confidence_low"] == pytest.approx(0.025 ** (1 / 8)) and row["confidence_high"] == 1
    # Two orders ahead, a is followed by b and x wherever there are two orders more.
    row = (
        find_sequences(table, SequenceOptions(support=0.2, confidence=0.0, next_orders=2))
        .sequences.set_index(["product", "then"])
        .loc[("a", "x")]
    )
    assert (row["opportunities"], row["followed"], row["usual"]) == (16, 8, pytest.approx(16 / 42))


def test_what_is_bought_at_random_is_followed_by_the_usual():
    """Customers with few and with many orders draw every order anew: no product speaks for another, whatever the horizon."""
    rng = np.random.default_rng(11)
    orders = rng.geometric(0.12, 900)
    who = np.repeat(np.arange(900), orders)
    held = rng.random((len(who), 12)) < np.linspace(0.05, 0.5, 12)
    order, item = np.nonzero(held)
    table = pd.DataFrame(
        {
            "customer": who[order],
            "order": order,
            "product": [f"p{one:02d}" for one in item],
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(order, "D"),
        }
    )
    for ahead in (1, 3):
        found = find_sequences(
            table, SequenceOptions(support=0.01, confidence=0.0, next_orders=ahead)
        ).sequences
        assert len(found) == 144
        assert abs(np.average(found["lift"], weights=found["opportunities"]) - 1) < 0.01
        assert found["lift"].between(0.75, 1.25).all()
        assert 0.005 < (found["p_value"] < 0.05).mean() < 0.12
        assert not (found["p_adjusted"] < 0.05).any()


def test_one_customers_habit_is_no_finding():
    # Nine customers order a now and then, among other things; one has ordered a, b, a, b … sixty times.
    rng = np.random.default_rng(2)
    rows = [
        (f"c{who}", place, str(rng.choice(list("abcdef"))))
        for who in range(60)
        for place in range(8)
    ]
    rows += [("habit", place, "ab"[place % 2]) for place in range(120)]
    table = pd.DataFrame(rows, columns=["customer", "place", "product"])
    table["order"] = table["customer"] + "-" + table["place"].astype(str)
    table["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(table["place"], "D")
    found = find_sequences(
        table, SequenceOptions(support=0.05, confidence=0.0)
    ).sequences.set_index(["product", "then"])
    row = found.loc[("a", "b")]
    assert (
        row["lift"] > 2
        and row["p_adjusted"] > 0.05
        and row["confidence_low"] < 0.3 < row["confidence"]
    )


def test_sequences_equal_brute_force():
    rng = np.random.default_rng(5)
    rows = []
    for customer in range(25):
        for order in range(int(rng.integers(1, 6))):
            day = pd.Timestamp("2024-01-01") + pd.Timedelta(
                days=int(rng.integers(0, 60)) + 100 * order
            )
            rows += [
                (customer, f"{customer}-{order}", day, f"p{item}")
                for item in rng.choice(6, int(rng.integers(1, 4)))
            ]
    table = pd.DataFrame(rows, columns=["customer", "order", "date", "product"])
    for ahead, within in ((1, None), (2, None), (4, 150), (4, None)):
        found = find_sequences(
            table.sample(frac=1, random_state=ahead),
            SequenceOptions(next_orders=ahead, within_days=within, support=0.001, confidence=0.0),
        )
        trials, hits, gaps, usual, occasions = {}, {}, {}, {}, 0
        for customer, own in table.groupby("customer"):
            orders = [
                (group["date"].iloc[0], set(group["product"])) for _, group in own.groupby("order")
            ]
            orders.sort(key=lambda one: one[0])
            for place, (day, items) in enumerate(orders):
                following = [
                    one
                    for one in orders[place + 1 : place + 1 + ahead]
                    if within is None or (one[0] - day).days <= within
                ]
                if not following:
                    continue
                occasions += 1
                for b in set().union(*(later for _, later in following)):
                    usual[b] = usual.get(b, 0) + 1
                    soonest = min((other - day).days for other, later in following if b in later)
                    for a in items:
                        own_hits = hits.setdefault((a, b), {})
                        own_hits[customer] = own_hits.get(customer, 0) + 1
                        gaps[a, b, customer] = min(gaps.get((a, b, customer), 10**6), soonest)
                for a in items:
                    trials.setdefault(a, {}).setdefault(customer, 0)
                    trials[a][customer] += 1
        assert found.orders == occasions
        rows_of = found.sequences.set_index(["product", "then"])
        assert set(rows_of.index) == set(hits)
        for (a, b), by_customer in hits.items():
            row, tried = rows_of.loc[(a, b)], sum(trials[a].values())
            assert (row["customers"], row["opportunities"], row["followed"]) == (
                len(by_customer),
                tried,
                sum(by_customer.values()),
            )
            assert row["usual"] == pytest.approx(usual[b] / occasions)
            assert row["lift"] == pytest.approx(row["followed"] / tried / row["usual"])
            assert row["gap_median"] == np.median(
                [gaps[a, b, customer] for customer in by_customer]
            )
            share = row["followed"] / tried
            if share < 1:
                spread = sum(
                    (by_customer.get(customer, 0) - share * times) ** 2
                    for customer, times in trials[a].items()
                )
                effect = max(1.0, spread / (tried * share * (1 - share)))
                cells = np.array(
                    [
                        [row["followed"], tried - row["followed"]],
                        [
                            usual[b] - row["followed"],
                            occasions - tried - usual[b] + row["followed"],
                        ],
                    ]
                )
                from scipy.stats import chi2_contingency

                assert row["chi_square"] == pytest.approx(
                    chi2_contingency(cells, correction=False).statistic / effect
                )


def test_sequences_stay_within_bounds():
    rows = [
        (customer, f"{customer}-{order}", f"p{item}")
        for customer in range(4)
        for order in range(3)
        for item in range(400)
    ]
    table = pd.DataFrame(rows, columns=["customer", "order", "product"])
    table["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        table["order"].str[-1].astype(int), "D"
    )
    found = find_sequences(table, SequenceOptions(support=0.01, max_pairs=100_000))
    assert found.partial and any(key == "baskets.partial.sequences" for key, _ in found.notes)


def test_rules_that_differ_between_groups():
    rng = np.random.default_rng(0)
    rows = []
    for order in range(1200):
        north = order % 2 == 0
        basket = {"tea"} if rng.random() < 0.5 else {"coffee"}
        if "tea" in basket and rng.random() < (0.8 if north else 0.2):
            basket.add("milk")
        if "coffee" in basket and rng.random() < 0.5:
            basket.add("sugar")
        rows += [
            (f"C{order}", order, "north" if north else "south", item) for item in sorted(basket)
        ]
    table = pd.DataFrame(rows, columns=["customer", "order", "region", "product"])
    found = compare_groups(table, "region", DifferenceOptions(support=0.02))
    different = found.rules[found.rules["p_adjusted"] < 0.05]
    assert (("tea",), ("milk",)) in set(
        zip(different["antecedent"], different["consequent"], strict=True)
    )
    assert (("coffee",), ("sugar",)) not in set(
        zip(different["antecedent"], different["consequent"], strict=True)
    )
    row = found.rules.iloc[0]
    assert (row["antecedent"], row["highest"], row["lowest"]) == (("tea",), "north", "south")
    # The counts of each group are those of a search in that group alone.
    for group in ("north", "south"):
        alone = find_rules(table[table["region"] == group], RuleOptions(support=0.02)).rules
        pair = alone[(alone["antecedent"] == ("tea",)) & (alone["consequent"] == ("milk",))].iloc[0]
        here = found.groups[
            (found.groups["group"] == group)
            & (found.groups["antecedent"] == ("tea",))
            & (found.groups["consequent"] == ("milk",))
        ].iloc[0]
        assert (
            here[["antecedent_count", "count"]].tolist()
            == pair[["antecedent_count", "count"]].tolist()
        )
        assert here["lift"] == pytest.approx(pair["lift"])
    from scipy.stats import chi2_contingency

    sides = found.groups[found.groups["rule"] == row["rule"]]
    cells = [sides["count"].tolist(), (sides["antecedent_count"] - sides["count"]).tolist()]
    assert row["chi_square"] == pytest.approx(chi2_contingency(cells, correction=False).statistic)
    by_segment = compare_groups(
        table, table[["customer"]].assign(segment=table["region"]), DifferenceOptions(support=0.02)
    )
    pd.testing.assert_frame_equal(by_segment.rules, found.rules)


def test_what_differs_and_what_follows_is_said_in_good_grammar():
    details = {
        "consequent": ["milk"],
        "high": 0.8,
        "low": 0.2,
        "highest": "north",
        "lowest": "south",
    }
    one = say("baskets.difference_headline", antecedent=["tea"], products=1, **details)
    several = say("baskets.difference_headline", antecedent=["tea", "jam"], products=2, **details)
    assert one == "tea leads to milk in 80% of cases for “north”, but only in 20% for “south”."
    assert several.startswith("tea and jam lead to milk")
    assert "同时购买tea和jam" in say(
        "baskets.difference_headline", "zh", antecedent=["tea", "jam"], products=2, **details
    )
    table = sequence_table()
    table.loc[table["order"].str.endswith("-2"), "date"] += pd.Timedelta(hours=7)
    (key, details), *_ = find_sequences(table, SequenceOptions(support=0.1)).headlines()
    assert key == "baskets.sequence_headline.dated" and details["days"] == 7
    assert (
        "a is followed by another, b is in the next one in 50.0% of cases, 1.5 times the usual 33.3%, typically 7 days later (10 customers)"
        in say(key, **details)
    )
    two = find_sequences(table, SequenceOptions(support=0.1, next_orders=2)).headlines()[0]
    assert "one of the next 2 orders" in say(two[0], **two[1]) and "接下来的 2 单内" in say(
        two[0], "zh", **two[1]
    )


def test_groups_that_do_not_differ_are_not_said_to():
    different = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        held = rng.random((600, 8)) < 0.3
        order, item = np.nonzero(held)
        group = rng.integers(0, 3, 600)
        table = pd.DataFrame(
            {
                "order": order,
                "product": [f"p{one}" for one in item],
                "region": [f"g{one}" for one in group[order]],
            }
        )
        different += (
            compare_groups(
                table, "region", DifferenceOptions(support=0.02, confidence=0.1)
            ).summary()["different"]
            > 0
        )
    assert different <= 2
    with pytest.raises(AnalysisError):
        compare_groups(table.assign(region="one"), "region")


def test_groups_whose_baskets_are_larger_do_not_differ_by_that_alone():
    """Products drawn one by one: a group with larger baskets has more of everything in them, and nothing goes together any better."""
    naive = different = 0
    for seed in range(12):
        table, rng = bakery(seed=seed), np.random.default_rng(seed)
        size, order = (
            table.groupby("order")["product"].transform("size"),
            table["order"].astype(int).to_numpy(),
        )
        table["region"] = np.where(
            rng.random(order.max() + 1)[order] < np.clip(size / 5, 0.1, 0.9), "large", "small"
        )
        found = compare_groups(table, "region", DifferenceOptions(support=0.02, confidence=0.1))
        naive += bool((benjamini_hochberg(found.rules["p_value"].to_numpy()) < 0.05).any())
        different += found.summary()["different"] > 0
    assert naive >= 10 and different <= 2


def test_a_planted_difference_is_told_whatever_the_sizes_of_the_baskets():
    rng = np.random.default_rng(0)
    rows = []
    for order in range(1200):
        group = order % 2
        held = (
            ["tea"]
            + (["milk"] if rng.random() < (0.6, 0.3)[group] else [])
            + [f"x{one}" for one in rng.choice(20, rng.integers(1, 4 + 2 * group), replace=False)]
        )
        rows += [(str(order), item, f"g{group}") for item in held]
    table = pd.DataFrame(rows, columns=["order", "product", "region"])
    found = compare_groups(table, "region", DifferenceOptions(support=0.1))
    row = found.rules[
        (found.rules["antecedent"] == ("tea",)) & (found.rules["consequent"] == ("milk",))
    ].iloc[0]
    assert row["p_adjusted"] < 0.001 and (row["highest"], row["lowest"]) == ("g0", "g1")
    # By another's hand: the same two groups in a table for each size of basket.
    from statsmodels.stats.contingency_tables import StratifiedTable

    wide = table.groupby("order").agg(
        size=("product", "size"),
        group=("region", "first"),
        milk=("product", lambda items: "milk" in set(items)),
    )
    parts = [
        pd.crosstab(part["group"], part["milk"]).reindex(
            index=["g0", "g1"], columns=[False, True], fill_value=0
        )
        for _, part in wide.groupby("size")
    ]
    told = StratifiedTable(
        [part.to_numpy() for part in parts if part.to_numpy().sum() > 1]
    ).test_null_odds(correction=False)
    assert row["p_sized"] == pytest.approx(float(told.pvalue), rel=1e-9)


def test_online_retail_offers(real_data):
    table = pd.read_csv(real_data / "online_retail" / "december_to_april.csv", dtype=str)
    table = table.set_axis(
        [
            "order",
            "product_code",
            "product",
            "quantity",
            "date",
            "unit_price",
            "customer",
            "country",
        ],
        axis=1,
    )
    table["quantity"] = table["quantity"].astype(float)
    table["date"] = pd.to_datetime(table["date"])
    table = table[table["date"] < "2011-03-01"]
    quality = next_products(table).quality.set_index("method")["hit_rate"]
    assert quality["rules"] > quality["best_sellers"]


def test_every_knob_and_measure_has_its_words():
    from crm_analysis.analyses.baskets import BasketOptions

    for options in (
        RuleOptions,
        OfferOptions,
        BundleOptions,
        SequenceOptions,
        DifferenceOptions,
        BasketOptions,
    ):
        for one in options.knobs():
            wanted = [f"baskets.knob.{one.name}.{part}" for part in ("label", "help", *one.choices)]
            assert [key for key in wanted if not has(key)] == []
    columns = set(find_rules(shop(20), RuleOptions(support=0.05)).rules.columns)
    assert [
        name
        for name in sorted(columns)
        if not has(f"baskets.measure.{name}.label") and not has(f"baskets.column.{name}")
    ] == []
    assert all(
        text["en"] and text["zh"] for key, text in phrases().items() if key.startswith("baskets.")
    )
