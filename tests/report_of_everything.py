"""A result of each type that a finding is made of, for the test that goes through them all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import crm_analysis as crm
from crm_analysis.intake import sample_files
from crm_analysis.presentation.report import ENTRIES
from tests.report_results import results, shop


def given_to_entries() -> dict[str, object]:
    """What each entry makes its finding of, by its name."""
    made: dict[str, Any] = {
        type(result).__name__: result for result in everything()
    }
    churn, ahead, plan = (made[name] for name in ("Churn", "Forecast", "Plan"))
    further: dict[str, object] = {
        "Scores.rfm": crm.rfm_scores(crm.customer_dimensions(shop())),
        "Forecast.accuracy": (ahead, str(ahead.series["series"].iloc[0])),
        "Churn.features": (churn, crm.importance(churn, repeats=1)),
        "Plan.worth": (plan, crm.judge_plan(plan)),
    }
    return {name: made[name.partition(".")[0]] for name in ENTRIES} | further


def everything() -> Iterator[object]:
    """The quick results, and those of the sample shop and of a trial made by chance."""
    yield from results()
    customers, contacts, comments = (_cleaned(place) for place in (1, 2, 3))
    lines = shop()
    yield crm.estimate_value(lines)
    yield crm.cohorts(lines)
    yield crm.movement(lines)
    value = crm.estimate_value(lines)
    yield crm.value_drivers(value.customers, crm.first_order_attributes(lines))
    yield crm.scores(crm.customer_dimensions(lines))
    yield crm.compare_groups(
        lines.assign(country=np.where(lines.index % 2, "UK", "FR")), "country"
    )
    yield crm.decompose(crm.demand(lines, every="month", measure="quantity"))
    months = pd.date_range("2020-01-01", periods=40, freq="MS")
    odd = pd.DataFrame({"date": months, "value": 100.0 + np.arange(40) % 12})
    odd.loc[20, "value"] = 400.0
    yield crm.find_anomalies(odd)
    yield crm.fit_nbd_dirichlet(
        penetration=0.6,
        rate=2.5,
        brands=pd.DataFrame(
            {
                "brand": ["Leaf", "Bean"],
                "share": [0.6, 0.4],
                "penetration": [0.42, 0.33],
            }
        ),
    )
    yield crm.offer_bundles(lines, crm.find_rules(lines))
    yield crm.find_sequences(lines)
    demand = crm.demand(lines, every="month", measure="quantity")
    ahead = crm.forecast(demand, crm.ForecastOptions(horizon=4, model="naive"))
    stock = pd.DataFrame(
        {"series": ["all"], "on_hand": [100.0], "lead_time": [2.0]}
    )
    yield crm.replenish(ahead, stock)
    yield crm.scenario(ahead.ahead, crm.ScenarioOptions(growth=0.1))
    yield _scored(lines)
    yield crm.new_product(_of_products(), name="chai")
    yield crm.predict_churn(
        crm.churn_examples(lines),
        crm.ChurnOptions(
            model="naive_bayes", search=False, folds=2, repeats=1, draws=20
        ),
    )
    yield crm.contact_summary(contacts)
    yield crm.campaign_result(contacts, _cleaned(0))
    yield crm.best_time(contacts)
    yield crm.contact_pressure(contacts)
    feedback = crm.read_feedback(
        comments.head(400), crm.FeedbackOptions(meaning=False)
    )
    yield feedback
    yield crm.survey_scores(comments)
    yield crm.feedback_and_value(feedback, customers)
    yield crm.customer_satisfaction(comments, None, None, customers)
    yield from _of_contracts()
    yield from _of_a_trial()
    yield from _of_a_plan()


def _scored(lines: pd.DataFrame) -> object:
    """A forecast kept in June, and what came since."""
    then, now = (
        crm.demand(known, every="month", measure="quantity")
        for known in (lines[lines["date"] < "2025-06-01"], lines)
    )
    before = crm.forecast(then, crm.ForecastOptions(horizon=4, model="naive"))
    return crm.score_forecast(crm.forecast_to_keep(before), now)


def _of_products() -> pd.DataFrame:
    """Four products, each sold from a month of its own on."""
    months = pd.date_range("2023-01-01", periods=24, freq="MS")
    return pd.concat(
        pd.DataFrame(
            {"series": name, "date": months[start:], "value": 10.0 + start}
        )
        for start, name in enumerate(("tea", "milk", "cup", "honey"))
    )


def _cleaned(place: int) -> pd.DataFrame:
    raw = crm.read_table(sample_files("en")[place][1])
    return crm.clean(raw, crm.guess_roles(raw)).table


def _of_contracts() -> Iterator[object]:
    rng = np.random.default_rng(0)
    months = rng.geometric(0.08, 400)
    people = pd.DataFrame(
        {
            "customer": [f"P{number}" for number in range(400)],
            "tenure": np.minimum(months, 24),
            "churned": months < 24,
            "plan": np.where(np.arange(400) % 2, "plus", "basic"),
        }
    )
    yield crm.estimate_contracts(people)
    yield crm.survival(people, crm.SurvivalOptions(tenure="tenure", by="plan"))
    known = people[["customer"]].assign(
        value=rng.gamma(2, 200, 400), risk=rng.random(400)
    )
    levels = pd.DataFrame(
        {"level": ["manager", "standard"], "cost": [20.0, 0.0], "keeps": [0.3, 0.0]}
    )
    yield crm.service_levels(known, levels)


def _of_a_trial() -> Iterator[object]:
    rng, people = np.random.default_rng(0), 3_000
    trial = pd.DataFrame(
        {
            "customer": [f"P{number}" for number in range(people)],
            "arm": rng.choice(["none", "mail"], people),
            "age": rng.integers(18, 80, people).astype(float),
        }
    )
    moved = (trial["arm"] == "mail") & (trial["age"] > 50)
    trial["visit"] = rng.random(people) < 0.1 + 0.08 * moved
    shared = {"arm": "arm", "control": "none"}
    yield crm.read_test(trial, crm.ReadTestOptions(**shared, outcomes=("visit",)))
    gain = crm.uplift(
        trial, crm.UpliftOptions(**shared, treated="mail", outcome="visit")
    )
    yield gain
    yield crm.whom_to_contact(gain, crm.ContactListOptions(margin=40, cost=0.5))


def _of_a_plan() -> Iterator[object]:
    rng = np.random.default_rng(0)
    rows = [
        (f"P{number}", action, rng.gamma(2, 4) - 2, cost)
        for number in range(60)
        for action, cost in (("call", 3.0), ("mail", 0.5))
    ]
    options = pd.DataFrame(rows, columns=["customer", "action", "profit", "cost"])
    yield crm.pareto_front(
        options, crm.FrontOptions(objectives=("profit", "cost"), method="exact")
    )
    chosen = crm.plan_actions(options, crm.PlanOptions(budget=50)).chosen
    arms = np.where(np.arange(len(chosen)) % 3 == 0, "holdout", "treated")
    outcomes = pd.DataFrame(
        {"customer": chosen["customer"], "amount": rng.gamma(2, 4, len(chosen))}
    )
    yield crm.read_back(chosen.assign(arm=arms), outcomes)
    yield crm.share_cells(
        pd.DataFrame(
            {"cell": ["A", "B"], "answered": [30, 20], "nothing": [70, 80]}
        )
    )
