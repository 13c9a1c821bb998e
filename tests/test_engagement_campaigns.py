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
                *(DAY - pd.to_timedelta(rng.integers(1, 300, len(before)), unit="D")),
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
    assert table.loc["roi", "total"] == pytest.approx((10_000 * difference - 500) / 500)
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
    assert "how many would have anyway cannot be said" in result.verdict.sentence("en")
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
            assert crm.campaign_result(with_arms, orders, options).claim != "experiment"
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
    assert result.overlap[["customers", "share"]].to_numpy().tolist() == [[400, 1.0]]
    assert "engagement.note.overlap" in [note.key for note in result.notes]


def _currencies(orders: pd.DataFrame) -> pd.DataFrame:
    return orders.assign(
        currency=["EUR", "USD"] * (len(orders) // 2) + ["EUR"] * (len(orders) % 2)
    )


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("negative_cost", lambda c, o: (c.assign(cost=-1.0), o)),
        ("outcome_before", lambda c, o: (c, o[o["date"] < DAY - pd.Timedelta(days=1)])),
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
    spread = contacts["date"] + pd.to_timedelta(np.arange(len(contacts)) % 20, unit="D")
    moved = spread.where(contacts["arm"] == "treated", contacts["date"])
    result = crm.campaign_result(contacts.assign(date=moved), orders)
    first = crm.campaign_result(contacts, orders, crm.CampaignOptions(window_days=49))
    assert rows(result)["difference"].tolist() == pytest.approx(
        rows(first)["difference"].tolist()
    )
