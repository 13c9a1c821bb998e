"""Segments side by side, between two days, changed by hand, saved and reopened."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.segments import (
    METHODS,
    KMeansOptions,
    RFMOptions,
    carry,
    compare,
    from_dict,
    merge,
    movement,
    movement_between,
    pin,
    rename,
    segment,
    to_dict,
)
from crm_analysis.analyses.segments.comparison import ABSENT
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import say


def buyers(count: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    kind = np.arange(count) % 3
    frame = pd.DataFrame(
        {
            "customer": [f"C{number:04d}" for number in range(count)],
            "recency": rng.gamma(9, np.array([1, 8, 2])[kind]).round() + 1,
        }
    )
    frame["frequency"] = rng.poisson(np.array([15, 1, 1])[kind]) + 1
    return frame.assign(
        monetary=(frame["frequency"] * rng.uniform(10, 30, count)).round(2),
        city=rng.choice(["Rome", "Oslo"], count),
    )


def orders() -> pd.DataFrame:
    """Forty each, with an order a week: always, stopped (in June), fresh (from July on).

    And forty seldom, with one to three orders before June.
    """
    days = pd.date_range("2024-01-01", "2024-12-31", freq="7D")
    rng = np.random.default_rng(0)
    rows = []
    for number in range(160):
        kind = ("always", "stopped", "fresh", "seldom")[number % 4]
        own = {
            "always": days,
            "stopped": days[days.month <= 6],
            "fresh": days[days.month > 6],
            "seldom": rng.choice(
                days[days.month <= 5], rng.integers(1, 4), replace=False
            ),
        }[kind]
        rows += [
            (
                f"{kind}{number}",
                f"{number}-{pd.Timestamp(day):%m%d}",
                pd.Timestamp(day),
                10.0 + number % 7,
            )
            for day in own
        ]
    return pd.DataFrame(rows, columns=["customer", "order", "date", "amount"])


# Two runs side by side


@pytest.mark.slow
def test_four_segments_against_three() -> None:
    table = buyers()
    three, four = (
        segment(table, KMeansOptions(clusters=3)),
        segment(table, KMeansOptions(clusters=4)),
    )
    result = compare(three, four)
    assert (
        result.table["customers"].sum() == result.common == 300
        and result.only_first == result.only_second == 0
    )
    assert result.wide().shape == (3, 4) and result.wide().to_numpy().sum() == 300
    assert result.table.groupby("before")["share"].sum().tolist() == pytest.approx(
        [1, 1, 1]
    )
    assert (
        compare(three, three).adjusted_rand == 1.0 and 0 < result.adjusted_rand < 1
    )
    assert (compare(three, three).table["jaccard"] == 1).all()


@pytest.mark.slow
def test_this_month_against_last_matches_by_customer() -> None:
    table = buyers()
    first, second = (
        segment(table.iloc[:200], KMeansOptions(clusters=3)),
        segment(
            table.iloc[100:].sample(frac=1, random_state=0),
            KMeansOptions(clusters=3),
        ),
    )
    result = compare(first, second)
    assert (result.common, result.only_first, result.only_second) == (
        100,
        100,
        100,
    )
    with pytest.raises(AnalysisError, match="share no customer"):
        compare(
            segment(table.iloc[:100], KMeansOptions(clusters=2)),
            segment(table.iloc[100:], KMeansOptions(clusters=2)),
        )


# Between two days


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [RFMOptions(), KMeansOptions(clusters=3)], ids=["rfm", "kmeans"]
)
def test_who_moved_between_two_days(options: Any) -> None:
    result = movement_between(orders(), "2024-06-30", "2024-12-31", options)
    after = result.after.customers.set_index("customer")["segment"]
    before = result.before.customers.set_index("customer")["segment"]
    assert (
        result.after.model is result.before.model
    )  # nothing is fitted again: a customer moves because of what they did
    stopped = [
        customer for customer in before.index if customer.startswith("stopped")
    ]
    share = (after[stopped] != before[stopped]).mean()
    assert share == 1 if isinstance(options, RFMOptions) else share > 0
    assert (
        result.flow["customers"].sum() == len(after) == 160
        and result.summary()["new"] == 40
    )
    assert result.flow["revenue"].sum() == pytest.approx(orders()["amount"].sum())
    assert result.flow["spent"].sum() == pytest.approx(
        orders().query("date > '2024-06-30'")["amount"].sum()
    )
    assert set(result.flow["from"]) | set(result.flow["to"]) <= set(result.names)
    assert say(result.names[ABSENT][0], "zh") and result.summary()["moved"] >= 40


def test_champions_who_stop_are_at_risk_later() -> None:
    result = movement_between(
        orders(),
        "2024-06-30",
        "2024-12-31",
        RFMOptions(
            recency_bounds=(30, 60, 90, 120),
            frequency_bounds=(1, 2, 4, 8),
            monetary_bounds=(20, 50, 100, 150),
        ),
    )
    names = {label: key for label, (key, _) in result.names.items()}
    flow = result.flow.assign(
        before=result.flow["from"].map(names), after=result.flow["to"].map(names)
    )
    lost = flow[
        (flow["before"] == "segments.name.champions")
        & (flow["after"] == "segments.name.cant_lose")
    ]
    assert lost["customers"].sum() == 40


@pytest.mark.slow
def test_days_the_wrong_way_round_and_saved_segments() -> None:
    with pytest.raises(AnalysisError, match="must come after"):
        movement_between(orders(), "2024-12-31", "2024-06-30", RFMOptions())
    first = movement_between(
        orders(), "2024-06-30", "2024-12-31", KMeansOptions(clusters=3)
    )
    again = movement_between(
        orders(), "2024-06-30", "2024-12-31", segments=first.before
    )
    pd.testing.assert_frame_equal(first.flow, again.flow)


def test_movement_without_money() -> None:
    table = buyers().drop(columns="monetary")
    result = segment(table, KMeansOptions(clusters=3))
    flow = movement(result, carry(result, table.iloc[:100]))
    assert (
        flow["revenue"].isna().all()
        and flow["customers"].sum() == 100
        and (flow["from"] == flow["to"]).all()
    )


@pytest.mark.slow
def test_carry_does_not_fit_again() -> None:
    table = buyers()
    result = segment(table, KMeansOptions(clusters=3))
    half = carry(result, table.iloc[150:])
    expected = result.customers.set_index("customer")["segment"][
        table["customer"].iloc[150:]
    ]
    assert half.customers[
        "segment"
    ].tolist() == expected.tolist() and half.names == {
        label: result.names[label] for label in half.names
    }
    assert half.summary()["customers"] == 150


# Changed by hand


@pytest.mark.slow
def test_renamed_merged_and_pinned() -> None:
    result = segment(buyers(), KMeansOptions(clusters=4))
    sizes = result.profile.set_index("segment")["size"]
    named = rename(result, {0: "Our best"})
    assert (
        named.names[0] == ("segments.name.given", {"name": "Our best"})
        and say(*named.names[0][:1], "en", **named.names[0][1]) == "Our best"
    )
    assert (
        result.names[0][0] != "segments.name.given"
    )  # the one before is as it was
    assert rename(named, {0: " "}).names == result.names
    merged = merge(named, [1, 3])
    assert (
        merged.profile["segment"].tolist() == [0, 1, 2]
        and merged.profile.set_index("segment").at[1, "size"] == sizes[1] + sizes[3]
    )
    assert (
        merged.names[0] == named.names[0]
        and merged.summary()["segments"] == 3
        and merged.summary()["inertia"] > result.summary()["inertia"]
    )
    assert merge(merged, [0, 1]).profile["segment"].tolist() == [0, 2]
    held = pin(merged, ["C0001", "C0002"], 0)
    own = held.customers.set_index("customer")["segment"]
    assert own[["C0001", "C0002"]].tolist() == [0, 0]
    assert (
        held.apply(buyers())["segment"].tolist()
        == held.customers["segment"].tolist()
    )
    assert {key for key, _ in held.notes} >= {
        "segments.note.merged",
        "segments.note.pinned",
    }
    assert (
        pin(held, ["C0001", "C0002"], None).customers["segment"].tolist()
        == merged.customers["segment"].tolist()
    )
    assert held.map["segment"].tolist() == held.customers["segment"].tolist()
    with pytest.raises(AnalysisError, match="no segment"):
        merge(result, [0, 9])
    with pytest.raises(AnalysisError, match="no customer"):
        pin(result, ["nobody"], 0)


# Saved and reopened


@pytest.mark.slow
@pytest.mark.parametrize("kind", METHODS)
def test_saved_and_reopened(kind: Any) -> None:
    table = buyers()
    features = {"features": ("recency", "frequency", "monetary", "city")}
    options: Any = METHODS[kind].OPTIONS(**({} if kind == "rfm" else features))
    result = segment(table, options)
    labels = [label for label in result.names if label >= 0]
    if len(labels) > 2:
        result = merge(rename(result, {labels[0]: "最好的客户"}), labels[1:3])
    text = json.dumps(to_dict(result), ensure_ascii=False, allow_nan=False)
    back = from_dict(json.loads(text), table)
    for name in (
        "customers",
        "profile",
        "traits",
        "quality",
        "map",
        "axes",
        "distances",
    ):
        pd.testing.assert_frame_equal(
            getattr(back, name), getattr(result, name), obj=name
        )
    assert (
        back.names == result.names
        and back.sentences == result.sentences
        and back.notes == result.notes
        and back.rules == result.rules
    )
    assert back.summary() == result.summary() and back.options == result.options
    new = buyers(60, seed=7)
    assert (
        back.apply(new)["segment"].tolist() == result.apply(new)["segment"].tolist()
    )
    assert (
        from_dict(json.loads(text), new).customers["segment"].tolist()
        == result.apply(new)["segment"].tolist()
    )


@pytest.mark.slow
def test_an_earlier_save_opens_without_what_is_said_elsewhere_today() -> None:
    table = buyers()
    saved = to_dict(segment(table, KMeansOptions(clusters=3)))
    earlier = [
        ["segments.note.no_customer", {"count": 3, "lines": 9}],
        ["segments.note.left_out_redundant", {"columns": ["city"], "count": 1}],
    ]
    back = from_dict({**saved, "notes": earlier}, table)
    assert [note.key for note in back.notes] == [
        "segments.note.left_out_repetition"
    ]
    assert back.notes[0].sentence("zh")


def test_what_is_no_saved_segmentation() -> None:
    with pytest.raises(AnalysisError, match="not a saved"):
        from_dict({"version": 99}, buyers())
    saved = to_dict(segment(buyers(), KMeansOptions(clusters=2)))
    with pytest.raises(AnalysisError, match="no column"):
        from_dict(saved, buyers().drop(columns="recency"))


def test_dates_keep_their_origin() -> None:
    table = buyers().assign(
        joined=pd.Timestamp("2024-01-01")
        + pd.to_timedelta(np.arange(300), unit="D")
    )
    result = segment(
        table, KMeansOptions(clusters=3, features=("joined", "frequency"))
    )
    later = from_dict(json.loads(json.dumps(to_dict(result))), table.iloc[:10])
    assert (
        later.customers["segment"].tolist()
        == result.customers["segment"].tolist()[:10]
    )
