"""What campaigns brought: by hand, with and without a hold-out, and what stops them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.engagement.runs import campaign_runs
from crm_analysis.errors import AnalysisError

DAY = pd.Timestamp("2024-05-01")


def campaign(
    size: int = 1000, bought: tuple[float, float] = (0.3, 0.2), seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A campaign with half held out, and the orders before and after it."""
    rng = np.random.default_rng(seed)
    names = np.array([f"C{number:05d}" for number in range(2 * size)])
    treated = rng.permutation(2 * size) < size
    contacts = pd.DataFrame(
        {
            "customer": names,
            "date": DAY,
            "channel": "Email",
            "campaign": "spring",
            "arm": np.where(treated, "treated", "holdout"),
            "cost": np.where(treated, 0.5, 0.0),
        }
    )
    chance = np.where(treated, bought[0], bought[1])
    after = names[rng.random(2 * size) < chance]
    before = np.repeat(names, rng.poisson(2, 2 * size) + 1)
    orders = pd.DataFrame(
        {
            "customer": [*before, *after],
            "date": [
                *(
                    DAY
                    - pd.to_timedelta(rng.integers(1, 300, len(before)), unit="D")
                ),
                *(DAY + pd.to_timedelta(rng.integers(0, 25, len(after)), unit="D")),
            ],
            "amount": 20.0,
        }
    )
    return contacts, orders


def rows(result: crm.CampaignResult) -> pd.DataFrame:
    return result.campaigns.set_index("measure")


def test_what_a_campaign_brought_is_as_by_hand() -> None:
    contacts, orders = campaign()
    result = crm.campaign_result(contacts, orders, crm.CampaignOptions(margin=0.5))
    late = set(orders.loc[orders["date"] >= DAY, "customer"])
    hits = contacts["customer"].isin(late).groupby(contacts["arm"]).mean()
    table = rows(result)
    assert result.claim == "experiment"
    difference = hits["treated"] - hits["holdout"]
    assert table.loc["customers", "difference"] == pytest.approx(difference)
    assert table.loc["customers", "total"] == pytest.approx(1000 * difference)
    assert table.loc["revenue", "total"] == pytest.approx(20 * 1000 * difference)
    assert table.loc["profit", "total"] == pytest.approx(10_000 * difference - 500)
    assert table.loc["roi", "total"] == pytest.approx(
        (10_000 * difference - 500) / 500
    )
    assert result.verdict.key == "engagement.campaign.experiment.profit_more"
    assert result.verdict.sentence("zh")


def test_nothing_brought_is_not_distinguishable_from_nothing() -> None:
    contacts, orders = campaign(bought=(0.2, 0.2))
    result = crm.campaign_result(contacts.drop(columns="cost"), orders)
    assert result.verdict.key == "engagement.campaign.experiment.revenue_unclear"
    assert "Not distinguishable from nothing" in result.verdict.sentence("en")


def test_without_cost_profit_and_return_are_hidden_and_not_nought() -> None:
    contacts, orders = campaign()
    result = crm.campaign_result(contacts.drop(columns="cost"), orders)
    assert not {"profit", "roi"} & set(result.campaigns["measure"])
    assert result.summary()["profit"] is None and result.summary()["roi"] is None
    assert "engagement.note.no_cost" in [note.key for note in result.notes]


def test_without_a_hold_out_it_is_said_that_nothing_can_be_said() -> None:
    contacts, orders = campaign()
    all_sent = contacts.drop(columns="arm")
    alone = orders[orders["customer"].isin(all_sent["customer"])]
    result = crm.campaign_result(all_sent, alone)
    assert result.claim == "description"
    assert result.verdict.key == "engagement.campaign.description.bought"
    assert "how many would have anyway cannot be said" in result.verdict.sentence(
        "en"
    )
    assert result.campaigns["difference"].isna().all()


@pytest.mark.slow
def test_contacts_that_were_chosen_are_never_an_experiment() -> None:
    """Good customers are contacted more often: with and without arms that say otherwise."""
    for seed in range(10):
        contacts, orders = campaign(bought=(0.2, 0.2), seed=seed)
        rng = np.random.default_rng(seed)
        early = orders[orders["date"] < DAY]["customer"].value_counts()
        keen = contacts["customer"].map(early) > 3
        chosen = rng.random(len(contacts)) < np.where(keen, 0.7, 0.4)
        with_arms = contacts.assign(arm=np.where(chosen, "treated", "holdout"))
        options = crm.CampaignOptions(split=(0.5, 0.5))
        try:
            assert (
                crm.campaign_result(with_arms, orders, options).claim
                != "experiment"
            )
        except AnalysisError as problem:
            assert problem.key == "engagement.sample_ratio"
        log = contacts[chosen].drop(columns="arm")
        result = crm.campaign_result(log, orders)
        assert result.claim == "adjusted comparison"
        assert "goes with" in result.verdict.sentence("en") or "unclear" in (
            result.verdict.key
        )


def test_a_campaign_of_the_same_name_a_year_later_is_another() -> None:
    contacts, _ = campaign(50)
    later = contacts.assign(date=DAY + pd.Timedelta(days=365))
    runs = campaign_runs(pd.concat([contacts, later]))
    assert [run.name for run in runs] == ["spring 2024-05", "spring 2025-05"]


def test_several_campaigns_are_pooled_and_drawn_together() -> None:
    parts = [campaign(400, (0.25 + 0.02 * k, 0.2), seed=k) for k in range(4)]
    contacts = pd.concat(
        [
            part.assign(
                campaign=f"c{k}",
                customer=part["customer"] + f"-{k}",
                date=DAY + pd.Timedelta(days=100 * k),
            )
            for k, (part, _) in enumerate(parts)
        ]
    )
    orders = pd.concat(
        [
            part.assign(
                customer=part["customer"] + f"-{k}",
                date=part["date"] + pd.Timedelta(days=100 * k),
            )
            for k, (_, part) in enumerate(parts)
        ]
    )
    result = crm.campaign_result(contacts, orders)
    assert len(result.pooled) == 4
    assert np.ptp(result.pooled["shrunken"]) <= np.ptp(result.pooled["raw"])
    total = rows(result).loc["profit", "total"].sum()
    assert result.summary()["profit"] == pytest.approx(total)
    assert result.overlap.empty


def test_overlap_of_campaigns_is_said() -> None:
    contacts, orders = campaign(200)
    other = contacts.assign(campaign="other", date=DAY + pd.Timedelta(days=5))
    result = crm.campaign_result(pd.concat([contacts, other]), orders)
    counted = ["customers", "share", "held_out"]
    assert result.overlap[counted].to_numpy().tolist() == [[200, 1.0, 0]]
    assert "engagement.note.overlap" in [note.key for note in result.notes]


def test_customers_held_out_of_one_campaign_and_reached_by_another_are_said() -> (
    None
):
    contacts, orders = campaign(200)
    turned = contacts["arm"].map({"treated": "holdout", "holdout": "treated"})
    other = contacts.assign(campaign="other", date=DAY + pd.Timedelta(days=5))
    both = pd.concat([contacts, other.assign(arm=turned)])
    result = crm.campaign_result(both, orders)
    counted = ["customers", "held_out"]
    assert result.overlap[counted].to_numpy().tolist() == [[0, 400]]
    keys = [note.key for note in result.notes]
    assert "engagement.note.overlap_held_out" in keys
    assert "engagement.note.overlap" not in keys


def _currencies(orders: pd.DataFrame) -> pd.DataFrame:
    return orders.assign(
        currency=["EUR", "USD"] * (len(orders) // 2) + ["EUR"] * (len(orders) % 2)
    )


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("negative_cost", lambda c, o: (c.assign(cost=-1.0), o)),
        (
            "outcome_before",
            lambda c, o: (c, o[o["date"] < DAY - pd.Timedelta(days=1)]),
        ),
        ("two_currencies", lambda c, o: (c, _currencies(o))),
        ("no_contacts", lambda c, o: (c.assign(date=pd.NaT), o)),
        (
            "sample_ratio",
            lambda c, o: (c[(c["arm"] == "treated") | (c.index % 7 > 0)], o),
        ),
        ("two_arms", lambda c, o: (pd.concat([c, c.assign(arm="treated")]), o)),
    ],
)
def test_what_stops_a_reading_has_its_sentence(key: str, change: object) -> None:
    contacts, orders = change(*campaign(2000))
    with pytest.raises(AnalysisError) as problem:
        crm.campaign_result(contacts, orders)
    assert problem.value.key == f"engagement.{key}"
    for language in ("en", "zh"):
        assert problem.value.sentence(language)


def test_the_clock_is_the_same_for_both_arms() -> None:
    """An order between the first day and a later contact counts in either arm."""
    contacts, orders = campaign(500)
    spread = contacts["date"] + pd.to_timedelta(
        np.arange(len(contacts)) % 20, unit="D"
    )
    moved = spread.where(contacts["arm"] == "treated", contacts["date"])
    result = crm.campaign_result(contacts.assign(date=moved), orders)
    first = crm.campaign_result(
        contacts, orders, crm.CampaignOptions(window_days=49)
    )
    assert rows(result)["difference"].tolist() == pytest.approx(
        rows(first)["difference"].tolist()
    )


# A list that was acted on


def listed(
    contacted: int, contacted_left: int, held: int, held_left: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    contact_list = pd.DataFrame(
        {
            "customer": range(contacted + held),
            "group": ["contact"] * contacted + ["holdout"] * held,
        }
    )
    parts = ((contacted, contacted_left), (held, held_left))
    churned = [number < left for size, left in parts for number in range(size)]
    names = [str(number) for number in range(contacted + held)]
    return contact_list, pd.DataFrame({"customer": names, "churned": churned})


def test_a_list_is_judged_by_hand_and_as_statsmodels_has_it() -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    contact_list, outcomes = listed(900, 90, 100, 20)
    result = crm.measure_campaign(
        contact_list.assign(value=50.0, cost=1.0), outcomes, coverage=0.95
    )
    assert result.arms[["customers", "known", "responded"]].to_numpy().tolist() == [
        [900, 900, 810],
        [100, 100, 80],
    ]
    low, high = confint_proportions_2indep(
        20, 100, 90, 900, method="newcomb", compare="diff"
    )
    row = rows(result).loc["customers"]
    assert row[["difference", "lo", "hi"]].tolist() == pytest.approx(
        [0.1, low, high]
    )
    summary = result.summary()
    assert summary["customers_more"] == pytest.approx(90)
    assert summary["profit"] == pytest.approx(90 * 50 - 900)
    assert result.claim == "experiment"
    assert result.verdict.key == "engagement.campaign.experiment.retained_more"


def test_what_chance_may_have_made_of_a_list_is_said_so() -> None:
    contact_list, outcomes = listed(90, 10, 10, 2)
    result = crm.measure_campaign(contact_list, outcomes)
    assert result.verdict.key == "engagement.campaign.experiment.retained_unclear"
    assert result.verdict.details["detectable"] > 20
    assert [key for key, _ in result.notes] == ["engagement.note.few"]
    assert result.summary()["profit"] is None
    harmed = crm.measure_campaign(*listed(500, 200, 500, 100))
    assert harmed.verdict.key == "engagement.campaign.experiment.retained_less"
    for language in ("en", "zh"):
        assert harmed.verdict.sentence(language) and result.verdict.sentence(
            language
        )


def test_unknown_outcomes_of_a_list_are_counted_and_not_guessed() -> None:
    contact_list, outcomes = listed(200, 20, 200, 40)
    result = crm.measure_campaign(contact_list, outcomes.iloc[10:])
    assert result.arms["known"].tolist() == [190, 200]
    note = ("engagement.note.unknown", {"treated": 10, "holdout": 0})
    assert note in result.notes
    assert result.campaigns["customers"].tolist() == [200]


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("no_outcome_known", lambda c, o: (c, o.iloc[:200])),
        ("sample_ratio", lambda c, o: (c, o.iloc[90:])),
        ("no_arm", lambda c, o: (c[["customer"]], o)),
        ("one_arm", lambda c, o: (c.iloc[:200], o)),
    ],
)
def test_what_stops_the_judging_of_a_list_has_its_sentence(
    key: str, change: object
) -> None:
    contact_list, outcomes = change(*listed(200, 20, 200, 40))
    with pytest.raises(AnalysisError) as problem:
        crm.measure_campaign(contact_list, outcomes)
    assert problem.value.key == f"engagement.{key}"
    assert problem.value.sentence("zh")


@pytest.mark.slow
def test_the_interval_of_a_list_covers_the_truth() -> None:
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(100):
        left = int(rng.binomial(400, 0.15)), int(rng.binomial(80, 0.2))
        result = crm.measure_campaign(*listed(400, left[0], 80, left[1]))
        row = rows(result).loc["customers"]
        inside += row["lo"] <= 0.05 <= row["hi"]
    assert 0.84 <= inside / 100 <= 0.96


def test_a_column_of_the_campaign_may_say_what_came_of_it() -> None:
    contacts, _ = campaign(500)
    rng = np.random.default_rng(3)
    spent = np.where(rng.random(1000) < 0.3, 20.0, 0.0)
    options = crm.CampaignOptions(outcome="spent", margin=0.5)
    result = crm.campaign_result(contacts.assign(spent=spent), options=options)
    means = pd.Series(spent).groupby(contacts["arm"].to_numpy()).mean()
    difference = means["treated"] - means["holdout"]
    assert rows(result).loc["revenue", "difference"] == pytest.approx(difference)
    assert rows(result).loc["profit", "total"] == pytest.approx(
        500 * (0.5 * difference - 0.5)
    )
    opened = crm.CampaignOptions(outcome="opened")
    with pytest.raises(AnalysisError, match="held out too"):
        crm.campaign_result(contacts.assign(opened=True), options=opened)
    with pytest.raises(AnalysisError, match="orders, which are not loaded"):
        crm.campaign_result(contacts)
