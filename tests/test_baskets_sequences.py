"""What follows in the next orders: by hand, by brute force, and where nothing does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.baskets import SequenceOptions, find_sequences
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import say


def sequence_table() -> pd.DataFrame:
    """Ten customers buy a and, 7 days on, b; ten a, then c; ten c, then c again; five buy once."""
    rows = []
    for number in range(35):
        first, second = [("a", "b"), ("a", "c"), ("c", "c"), ("a", None)][
            min(number // 10, 3)
        ]
        rows.append(
            (f"c{number}", f"{number}-1", pd.Timestamp("2024-03-01"), first)
        )
        if second:
            rows.append(
                (
                    f"c{number}",
                    f"{number}-2",
                    pd.Timestamp("2024-03-08"),
                    second,
                )
            )
    return pd.DataFrame(rows, columns=["customer", "order", "date", "product"])


def test_sequences_by_hand() -> None:
    result = find_sequences(sequence_table(), SequenceOptions(support=0.1))
    assert result.customers == 30
    rows = result.sequences.set_index(["product", "then"])
    assert set(rows.index) == {("a", "b"), ("a", "c"), ("c", "c")}
    row = rows.loc[("a", "b")]
    assert (row["customers"], row["opportunities"], row["followed"]) == (
        10,
        20,
        10,
    )
    assert (row["confidence"], row["usual"], row["gap_median"]) == (
        0.5,
        pytest.approx(10 / 30),
        7,
    )
    assert row["lift"] == pytest.approx(0.5 / (10 / 30))
    # One trial a customer: the chi-square is the plain one, of 30 trials with 20 a, 10 b next and
    # 10 both.
    assert row["chi_square"] == pytest.approx(
        30 * (10 * 10 - 10 * 0) ** 2 / (20 * 10 * 10 * 20)
    )
    assert rows.loc[("c", "c"), "repeat"]
    assert (
        not find_sequences(
            sequence_table(), SequenceOptions(support=0.1, repeats=False)
        )
        .sequences["repeat"]
        .any()
    )
    with pytest.raises(AnalysisError) as caught:
        find_sequences(sequence_table(), SequenceOptions(within_days=3))
    assert caught.value.key == "baskets.sequences.one_order_each"


def test_what_follows_is_measured_against_all_orders_that_are_followed() -> None:
    # Eight loyal customers buy x, a, b, x, a, b, …: six orders; two buy b, b. What is usual is
    # counted order by order, not customer by customer: every loyal customer buys each of the three
    # at some time, and yet an a is followed by nothing but b.
    rows = [
        (f"c{who}", place, "xab"[place % 3])
        for who in range(8)
        for place in range(6)
    ] + [(f"d{who}", place, "b") for who in range(2) for place in range(2)]
    table = pd.DataFrame(rows, columns=["customer", "place", "product"])
    table["order"] = table["customer"] + "-" + table["place"].astype(str)
    table["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        table["place"] * 3, "D"
    )
    result = find_sequences(table, SequenceOptions(support=0.2, confidence=0.0))
    assert (result.customers, result.orders) == (10, 8 * 5 + 2)
    row = result.sequences.set_index(["product", "then"]).loc[("a", "b")]
    # Loyal: b after a twice each; followed by a b: these 16, and the b of the two others.
    assert (row["opportunities"], row["followed"], row["customers"]) == (
        16,
        16,
        8,
    )
    assert row["usual"] == pytest.approx(18 / 42) and row["lift"] == pytest.approx(
        42 / 18
    )
    # Two alike orders of a customer are worth one: the design effect is 2.
    assert row["chi_square"] == pytest.approx(
        42 * (16 * 24 - 0 * 2) ** 2 / (16 * 26 * 18 * 24) / 2
    )
    assert (
        row["confidence_low"] == pytest.approx(0.025 ** (1 / 8))
        and row["confidence_high"] == 1
    )
    # Two orders ahead, a is followed by b and x wherever there are two orders more.
    row = (
        find_sequences(
            table, SequenceOptions(support=0.2, confidence=0.0, next_orders=2)
        )
        .sequences.set_index(["product", "then"])
        .loc[("a", "x")]
    )
    assert (row["opportunities"], row["followed"], row["usual"]) == (
        16,
        8,
        pytest.approx(16 / 42),
    )


def test_what_is_bought_at_random_is_followed_by_the_usual() -> None:
    """Customers with few and with many orders draw every order anew.

    No product speaks for another, whatever the horizon.
    """
    rng = np.random.default_rng(11)
    orders = rng.geometric(0.12, 900)
    who = np.repeat(np.arange(900), orders)
    held = rng.random((len(who), 12)) < np.linspace(0.05, 0.5, 12)
    order, item = np.nonzero(held)
    table = pd.DataFrame(
        {
            "customer": who[order],
            "order": order,
            "product": [f"p{code:02d}" for code in item],
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(order, "D"),
        }
    )
    for ahead in (1, 3):
        result = find_sequences(
            table,
            SequenceOptions(support=0.01, confidence=0.0, next_orders=ahead),
        ).sequences
        assert len(result) == 144
        assert (
            abs(np.average(result["lift"], weights=result["opportunities"]) - 1)
            < 0.01
        )
        assert result["lift"].between(0.75, 1.25).all()
        assert 0.005 < (result["p_value"] < 0.05).mean() < 0.12
        assert not (result["p_adjusted"] < 0.05).any()


def test_one_customers_habit_is_no_finding() -> None:
    # Many customers order a now and then, among other things; one has ordered a, b, a, b … sixty
    # times.
    rng = np.random.default_rng(2)
    rows = [
        (f"c{who}", place, str(rng.choice(list("abcdef"))))
        for who in range(60)
        for place in range(8)
    ]
    rows += [("habit", place, "ab"[place % 2]) for place in range(120)]
    table = pd.DataFrame(rows, columns=["customer", "place", "product"])
    table["order"] = table["customer"] + "-" + table["place"].astype(str)
    table["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        table["place"], "D"
    )
    result = find_sequences(
        table, SequenceOptions(support=0.05, confidence=0.0)
    ).sequences.set_index(["product", "then"])
    row = result.loc[("a", "b")]
    assert (
        row["lift"] > 2
        and row["p_adjusted"] > 0.05
        and row["confidence_low"] < 0.3 < row["confidence"]
    )


def test_sequences_equal_brute_force() -> None:
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
        result = find_sequences(
            table.sample(frac=1, random_state=ahead),
            SequenceOptions(
                next_orders=ahead,
                within_days=within,
                support=0.001,
                confidence=0.0,
            ),
        )
        trials, hits, gaps, usual, occasions = {}, {}, {}, {}, 0
        for customer, own in table.groupby("customer"):
            orders = [
                (group["date"].iloc[0], set(group["product"]))
                for _, group in own.groupby("order")
            ]
            orders.sort(key=lambda order: order[0])
            for place, (day, items) in enumerate(orders):
                following = [
                    later
                    for later in orders[place + 1 : place + 1 + ahead]
                    if within is None or (later[0] - day).days <= within
                ]
                if not following:
                    continue
                occasions += 1
                for b in set().union(*(later for _, later in following)):
                    usual[b] = usual.get(b, 0) + 1
                    soonest = min(
                        (other - day).days
                        for other, later in following
                        if b in later
                    )
                    for a in items:
                        own_hits = hits.setdefault((a, b), {})
                        own_hits[customer] = own_hits.get(customer, 0) + 1
                        gaps[a, b, customer] = min(
                            gaps.get((a, b, customer), 10**6), soonest
                        )
                for a in items:
                    trials.setdefault(a, {}).setdefault(customer, 0)
                    trials[a][customer] += 1
        assert result.orders == occasions
        rows_of = result.sequences.set_index(["product", "then"])
        assert set(rows_of.index) == set(hits)
        for (a, b), by_customer in hits.items():
            row, tried = rows_of.loc[(a, b)], sum(trials[a].values())
            assert (
                row["customers"],
                row["opportunities"],
                row["followed"],
            ) == (
                len(by_customer),
                tried,
                sum(by_customer.values()),
            )
            assert row["usual"] == pytest.approx(usual[b] / occasions)
            assert row["lift"] == pytest.approx(
                row["followed"] / tried / row["usual"]
            )
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


def test_sequences_stay_within_bounds() -> None:
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
    result = find_sequences(table, SequenceOptions(support=0.01, max_pairs=100_000))
    assert result.partial and any(
        key == "baskets.partial.sequences" for key, _ in result.notes
    )


def test_what_follows_is_said_in_good_grammar() -> None:
    table = sequence_table()
    table.loc[table["order"].str.endswith("-2"), "date"] += pd.Timedelta(hours=7)
    (key, details), *_ = find_sequences(
        table, SequenceOptions(support=0.1)
    ).headlines()
    assert key == "baskets.sequence_headline.dated" and details["days"] == 7
    assert (
        "a is followed by another, b is in the next one in 50.0% of cases, 1.5 times the usual "
        "33.3%, typically 7 days later (10 customers)" in say(key, **details)
    )
    two = find_sequences(
        table, SequenceOptions(support=0.1, next_orders=2)
    ).headlines()[0]
    assert "one of the next 2 orders" in say(
        two[0], **two[1]
    ) and "接下来的 2 单内" in say(two[0], "zh", **two[1])
