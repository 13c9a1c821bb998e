"""What a log of contacts says: what came back, when, and how often is too often."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.engagement.conditional import fit_within
from crm_analysis.analyses.engagement.leaving import fit_leaving
from crm_analysis.analyses.inference import wilson
from crm_analysis.errors import AnalysisError


def log(size: int = 4000, seed: int = 0, **columns: object) -> pd.DataFrame:
    """Contacts over a year, the hour drawn by chance, one in five answered."""
    rng = np.random.default_rng(seed)
    minutes = rng.integers(0, 365 * 24 * 60, size)
    table = {
        "customer": [f"C{number}" for number in rng.integers(0, 400, size)],
        "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(minutes, unit="min"),
        "channel": rng.choice(["Email", "Phone"], size),
        "campaign": rng.choice(["a", "b"], size),
        "responded": rng.random(size) < 0.2,
        "cost": 0.5,
    }
    return pd.DataFrame(table | columns)


# What came back


def test_what_came_back_adds_up_in_every_table() -> None:
    contacts = log()
    summary = crm.contact_summary(contacts)
    for table in (
        summary.channels,
        summary.campaigns,
        summary.months,
        summary.weekdays,
    ):
        assert table["sent"].sum() == len(contacts)
        assert table["responded"].sum() == contacts["responded"].sum()
        low, high = wilson(table["responded"], table["sent"])
        assert table["lo"].tolist() == pytest.approx(low.tolist())
        assert table["hi"].tolist() == pytest.approx(high.tolist())
    assert summary.claim == "description"
    expected = 0.5 * len(contacts) / contacts["responded"].sum()
    assert summary.summary()["cost_per_response"] == pytest.approx(expected)


def test_customers_have_a_count_a_channel_and_their_mean_effect() -> None:
    contacts = log(300)
    customers = crm.contact_summary(contacts).customers.set_index("customer")
    counts = contacts.groupby(["customer", "channel"]).size().unstack(fill_value=0)
    assert (customers[["Email", "Phone"]] == counts).all().all()
    mean = contacts.groupby("customer")["responded"].mean()
    assert customers["mean_effect"].tolist() == pytest.approx(mean.tolist())


def test_a_sale_within_two_windows_counts_once_for_the_last_contact() -> None:
    contacts = pd.DataFrame(
        {
            "customer": ["a", "a", "b"],
            "date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-01"]),
            "channel": ["first", "last", "first"],
        }
    )
    orders = pd.DataFrame(
        {
            "customer": ["a", "a", "b", "b"],
            "date": pd.to_datetime(
                ["2024-01-07", "2024-01-02", "2024-01-03", "2024-03-01"]
            ),
            "amount": [10.0, 1.0, 5.0, 99.0],
        }
    )
    last = crm.contact_summary(contacts, orders).channels.set_index("channel")
    assert last["revenue"].to_dict() == {"first": 6.0, "last": 10.0}
    options = crm.ContactOptions(attribution="first")
    first = crm.contact_summary(contacts, orders, options).channels.set_index(
        "channel"
    )
    assert first["revenue"].to_dict() == {"first": 16.0, "last": 0.0}
    summary = crm.contact_summary(contacts, orders)
    assert summary.shared == pytest.approx(1 / 3)
    assert summary.answer == "orders"


def test_who_is_held_out_was_not_contacted() -> None:
    contacts = log(1000)
    arms = np.where(np.arange(1000) % 4 == 0, "holdout", "treated")
    assert crm.contact_summary(contacts.assign(arm=arms)).summary()["sent"] == 750


def test_a_log_without_any_answer_is_said() -> None:
    with pytest.raises(AnalysisError) as problem:
        crm.contact_summary(log(50).drop(columns="responded"))
    assert problem.value.key == "engagement.no_response"


# When


def test_a_planted_hour_is_found_and_good_customers_make_no_good_hour() -> None:
    contacts = log(20_000)
    at_eight = (contacts["date"].dt.hour == 20) & (contacts["date"].dt.weekday == 2)
    rng = np.random.default_rng(1)
    better = contacts["responded"] | (at_eight & (rng.random(len(contacts)) < 0.4))
    best = crm.best_time(
        contacts.assign(responded=better), crm.BestTimeOptions(randomised=True)
    )
    assert (best.weekday, best.hour, best.claim) == (3, 20, "experiment")
    keen = contacts["customer"].str[1:].astype(int) < 100
    moved = contacts["date"].mask(
        keen, contacts["date"].dt.normalize() + pd.Timedelta(hours=20)
    )
    answered = keen & (rng.random(len(contacts)) < 0.5)
    confounded = crm.best_time(
        contacts.assign(date=moved, responded=answered | contacts["responded"]),
        crm.BestTimeOptions(randomised=True),
    )
    assert confounded.hour is None
    assert confounded.claim == "description"
    assert "times_not_random" in confounded.notes[0].key


@pytest.mark.slow
def test_where_no_hour_differs_none_is_recommended() -> None:
    recommended = [
        crm.best_time(log(6000, seed)).hour is not None for seed in range(20)
    ]
    assert sum(recommended) <= 2


def test_with_few_answers_there_is_one_recommendation_or_none() -> None:
    few = crm.best_time(log(500))
    assert few.customers.empty
    many = crm.best_time(log(4000))
    assert len(many.customers) == 400
    assert few.proposal["per_slot"] > 100


def test_hours_under_thirty_contacts_are_marked() -> None:
    hours = crm.best_time(log(3000)).hours
    assert (hours["enough"] == (hours["sent"] >= 30)).all()
    assert hours["sent"].sum() == 3000


def test_without_a_time_of_day_nothing_is_said_of_hours() -> None:
    contacts = log(100)
    with pytest.raises(AnalysisError) as problem:
        crm.best_time(contacts.assign(date=contacts["date"].dt.normalize()))
    assert problem.value.key == "engagement.no_time"


# How often


def test_the_conditional_regression_is_statsmodels() -> None:
    from statsmodels.discrete.conditional_models import ConditionalLogit

    rng = np.random.default_rng(0)
    customer = np.sort(rng.integers(0, 60, 400))
    features = rng.normal(size=(400, 2))
    chance = 1 / (
        1 + np.exp(-(features @ [0.8, -0.5] + rng.normal(size=60)[customer]))
    )
    hits = (rng.random(400) < chance).astype(float)
    ours = fit_within(customer, features, hits)
    with warnings.catch_warnings():  # of customers that say nothing
        warnings.simplefilter("ignore")
        theirs = ConditionalLogit(hits, features, groups=customer).fit(disp=False)
    assert ours.odds == pytest.approx(theirs.params, abs=1e-4)
    errors = np.sqrt(np.diag(ours.covariance))
    assert errors == pytest.approx(theirs.bse, rel=1e-3)


def pressed(seed: int = 0, fall: float = 0.5) -> pd.DataFrame:
    """Bursts of up to four contacts; keen customers get longer ones, each answers less and less."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(600):
        keen = rng.normal()
        for burst in range(6):
            length = 1 + rng.binomial(3, 1 / (1 + np.exp(-keen)))
            for number in range(length):
                chance = 1 / (1 + np.exp(1.5 - keen + fall * number))
                day = pd.Timestamp("2024-01-01") + pd.Timedelta(
                    days=55 * burst + number, hours=int(rng.integers(8, 20))
                )
                rows.append((f"C{customer}", day, rng.random() < chance))
    return pd.DataFrame(rows, columns=["customer", "date", "responded"])


@pytest.mark.slow
def test_the_same_customers_answer_less_though_the_naive_curve_hides_it() -> None:
    pressure = crm.contact_pressure(pressed())
    week = pressure.by_count[pressure.by_count["window"] == 7].set_index("nth")
    assert pressure.claim == "adjusted comparison"
    assert pressure.verdict.key == "engagement.pressure.adjusted.falls"
    assert week.loc[4, "within"] < week.loc[4, "rate"]
    odds = week["within"] / (1 - week["within"])
    assert np.log(odds[3] / odds[1]) == pytest.approx(-1.0, abs=0.35)


def test_a_cap_saves_what_lies_above_it() -> None:
    days = pd.to_datetime(
        ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-09", "2024-01-01"]
    )
    contacts = pd.DataFrame(
        {
            "customer": ["a"] * 4 + ["b"],
            "date": days,
            "responded": [False, True, False, True, True],
            "unsubscribed": [False, False, True, False, False],
        }
    )
    caps = crm.contact_pressure(contacts, crm.PressureOptions(value=50)).caps
    assert caps.set_index("cap")["sends_saved"].to_dict() == {1: 2, 2: 1, 3: 0}
    assert caps.set_index("cap")["responses_at_risk"].to_dict() == {
        1: 1,
        2: 0,
        3: 0,
    }
    assert caps["unsubscribed_avoided"].tolist() == [1, 1, 0]


def test_few_customers_are_described_only() -> None:
    pressure = crm.contact_pressure(pressed().head(100))
    assert pressure.claim == "description"
    assert pressure.by_count["within"].isna().all()
    assert pressure.value_lost is None


def _with_opt_outs(seed: int, customers: int = 1500) -> pd.DataFrame:
    """Who is keen gets more, and leaves seldom; a second contact within a week doubles leaving."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        keen = rng.random() < 0.5
        day, last = 0.0, -99.0
        for _ in range(20):
            day += rng.exponential(4 if keen else 14)
            chance = (0.01 if keen else 0.04) * (2 if day - last < 7 else 1)
            left = rng.random() < chance
            answers = rng.random() < (0.5 if keen else 0.05)
            rows.append((f"C{customer}", day, answers, left))
            last = day
            if left:
                break
    log = pd.DataFrame(
        rows, columns=["customer", "day", "responded", "unsubscribed"]
    )
    begin = pd.Timestamp("2024-01-01")
    return log.assign(date=begin + pd.to_timedelta(log.pop("day"), unit="D"))


@pytest.mark.slow
def test_leaving_is_read_within_customers_though_the_naive_curve_hides_it() -> None:
    """By the naive curve a fourth contact within a week drives fewer away: it drives more."""
    pressure = crm.contact_pressure(_with_opt_outs(0))
    week = pressure.by_count.set_index(["window", "nth"]).loc[7]
    naive = week["unsubscribed_rate"]
    adjusted = week["leaving"]
    assert naive[4] < naive[1]
    assert 1.5 < adjusted[2] / adjusted[1] < 2.5 and adjusted[4] / adjusted[1] > 1.5
    assert (week.loc[2:, "leaving_lo"] > week.loc[1, "leaving_hi"]).all()
    assert (week["leaving_lo"] < week["leaving"]).loc[2:].all()
    assert [note.key for note in pressure.notes] == [
        "engagement.note.unsubscribed_once"
    ]
    few = _with_opt_outs(0, 40).assign(unsubscribed=False)
    few.loc[few.index[-1], "unsubscribed"] = True
    seldom = crm.contact_pressure(few)
    assert seldom.by_count["leaving"].isna().all()
    assert seldom.notes[0].key == "engagement.note.few_unsubscribed"


def _mailed(seed: int, pressure: float) -> tuple[np.ndarray, ...]:
    """Contacts at random, more to some; the odds of leaving grow with those of the last 30 days."""
    rng = np.random.default_rng(seed)
    customers, most = 1000, 60
    keen = rng.normal(size=(customers, 1))
    gaps = rng.exponential(12 * np.exp(-0.6 * keen), (customers, most))
    day = rng.uniform(0, 150, (customers, 1)) + np.cumsum(gaps, axis=1)
    within = day[:, :, None] - day[:, None, :]
    level = np.minimum(((within >= 0) & (within < 30)).sum(axis=2), 4)
    mood = np.log(0.015) + 0.4 * keen + 0.4 * rng.normal(size=(customers, 1))
    chance = 1 / (1 + np.exp(-mood - pressure * (level > 1)))
    left = rng.random((customers, most)) < chance
    gone = np.cumsum(left, axis=1) - left > 0
    there = (day < 360) & ~gone
    customer = np.repeat(np.arange(customers), most).reshape(customers, most)
    answers = np.zeros((customers, most))
    columns = (customer, day, level, answers, left.astype(float))
    return tuple(column[there] for column in columns)


@pytest.mark.slow
def test_where_contacts_drive_nobody_away_none_is_said_to_be() -> None:
    """A customer's own past alone would say so: who leaves does so at their last contact."""
    false_alarms, by_own_past, differences = 0, 0, []
    for seed in range(10):
        customer, day, level, hits, left = _mailed(seed, 0.0)
        fit = fit_leaving(customer, day, level, hits, left)
        error = np.sqrt(fit.covariance[2, 2])
        differences.append(fit.odds[2])
        false_alarms += abs(fit.odds[2]) > 1.96 * error
        own = fit_within(
            customer, (level[:, None] == [2, 3, 4]).astype(float), left
        )
        by_own_past += own.odds[2] > 1.96 * np.sqrt(own.covariance[2, 2])
    assert by_own_past == 10
    assert false_alarms <= 3
    assert abs(np.mean(differences)) < 3 * np.std(differences) / np.sqrt(10)


@pytest.mark.slow
def test_where_contacts_drive_customers_away_the_interval_holds_by_how_much() -> (
    None
):
    covered, found = 0, 0
    for seed in range(10):
        fit = fit_leaving(*_mailed(seed, 1.0))
        errors = np.sqrt(np.diag(fit.covariance))
        covered += abs(fit.odds[1] - 1.0) < 1.96 * errors[1]
        found += fit.odds[1] > 1.96 * errors[1]
    assert covered >= 7
    assert found >= 8


def test_two_currencies_are_not_added_up() -> None:
    contacts = pd.DataFrame(
        {
            "customer": list("ab"),
            "date": pd.Timestamp("2024-05-01"),
            "channel": "Email",
        }
    )
    orders = pd.DataFrame(
        {
            "customer": list("ab"),
            "date": pd.Timestamp("2024-05-03"),
            "amount": [10.0, 20.0],
            "currency": ["EUR", "USD"],
        }
    )
    summary = crm.contact_summary(contacts, orders)
    assert summary.channels["orders"].tolist() == [2.0]
    assert summary.channels["revenue"].isna().all()
    assert "engagement.note.two_currencies" in [note.key for note in summary.notes]
    assert summary.notes[0].sentence("zh")
