"""Planning a test, drawing its arms, reading it: by hand, and against SciPy and statsmodels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

import crm_analysis as crm
from crm_analysis.analyses.engagement import likely_outcomes
from crm_analysis.analyses.engagement.arms import planned_split, sample_ratio
from crm_analysis.analyses.engagement.balance import imbalance
from crm_analysis.analyses.engagement.estimates import (
    adjusted_by,
    no_events_bound,
    ratio_moments,
    relative_lift,
    wald,
    winsorised,
)
from crm_analysis.analyses.engagement.looks import (
    always_valid,
    crossing,
    obrien_fleming,
)
from crm_analysis.analyses.engagement.pooling import pool
from crm_analysis.analyses.inference import (
    Moments,
    benjamini_hochberg,
    holm,
    means_differ,
    moments,
    shares_differ,
)
from crm_analysis.errors import AnalysisError


def two_arms(
    treated: int = 120, control: int = 100, size: int = 1000, **columns: object
) -> pd.DataFrame:
    """A thousand customers an arm, so many of whom bought."""
    bought = [1] * treated + [0] * (size - treated) + [1] * control
    table = {
        "customer": [f"C{number}" for number in range(2 * size)],
        "arm": ["treated"] * size + ["control"] * size,
        "bought": bought + [0] * (size - control),
    }
    return pd.DataFrame(table | columns)


# How many


@pytest.mark.parametrize(
    ("baseline", "effect", "per_arm"), [(0.10, 0.02, 3839), (0.05, 0.01, 8155)]
)
def test_the_size_of_a_test_of_shares_is_as_by_hand(
    baseline: float, effect: float, per_arm: int
) -> None:
    plan = crm.plan_test(crm.TestOptions(baseline=baseline, effect=effect))
    assert plan.summary()["per_arm"] == per_arm


def test_a_split_of_nine_to_one_needs_so_many_times_as_many_in_all() -> None:
    even = crm.plan_test(crm.TestOptions()).summary()
    uneven = crm.plan_test(crm.TestOptions(holdout=0.1)).summary()
    assert uneven["multiplier"] == pytest.approx(1 / 0.36)
    assert uneven["customers"] / even["customers"] == pytest.approx(2.78, abs=0.01)
    assert uneven["holdout"] / uneven["customers"] == pytest.approx(0.1, abs=1e-3)


def test_the_size_of_a_test_of_means_is_that_of_the_formula() -> None:
    plan = crm.plan_test(
        crm.TestOptions(baseline=50, effect=2, deviation=30, per_day=500)
    )
    expected = 2 * (1.959964 + 0.841621) ** 2 * 900 / 4
    summary = plan.summary()
    assert summary["per_arm"] == np.ceil(expected)
    assert summary["days"] == np.ceil(summary["customers"] / 500)


def test_a_plan_describes_and_counts_every_arm() -> None:
    plan = crm.plan_test(crm.TestOptions(arms=3))
    summary = plan.summary()
    assert plan.claim == "description"  # nothing has been measured yet
    assert summary["customers"] == 3 * summary["treated"] + summary["holdout"]
    single = crm.plan_test(crm.TestOptions()).summary()
    assert summary["customers"] > 2 * single["customers"]


def test_several_arms_are_corrected_for() -> None:
    single = crm.plan_test(crm.TestOptions()).summary()["per_arm"]
    several = crm.plan_test(crm.TestOptions(arms=3)).summary()["per_arm"]
    corrected = crm.plan_test(crm.TestOptions(alpha=0.05 / 3)).summary()["per_arm"]
    assert several == corrected > single


@given(
    st.floats(0.01, 0.8),
    st.floats(0.005, 0.1),
    st.floats(0.05, 0.5),
    st.integers(1, 4),
)
def test_what_the_planned_customers_show_is_what_was_planned_for(
    baseline: float, effect: float, holdout: float, arms: int
) -> None:
    options = crm.TestOptions(
        baseline=baseline, effect=effect, holdout=holdout, arms=arms
    )
    needed = crm.plan_test(options).summary()["customers"]
    shown = crm.plan_test(options.replace(customers=int(needed))).summary()
    assert shown["detectable"] == pytest.approx(effect, rel=0.02)


def test_the_curve_falls_and_marks_the_plan() -> None:
    curve = crm.plan_test(crm.TestOptions(per_day=100)).curve
    assert curve["detectable"].is_monotonic_decreasing
    assert curve.loc[curve["chosen"], "detectable"].item() == pytest.approx(
        0.02, abs=1e-5
    )
    assert curve["days"].is_monotonic_increasing


def test_a_share_above_all_is_refused() -> None:
    with pytest.raises(AnalysisError) as problem:
        crm.plan_test(crm.TestOptions(baseline=0.99, effect=0.02))
    assert problem.value.key == "engagement.share_too_large"


# Who


def test_arms_are_the_same_again_whatever_the_order() -> None:
    customers = pd.DataFrame({"customer": [f"C{number}" for number in range(5000)]})
    arms = crm.assign_arms(customers, crm.ArmOptions(holdout=0.2))
    again = crm.assign_arms(
        customers.sample(frac=1, random_state=1), crm.ArmOptions(holdout=0.2)
    )
    both = arms.merge(again, on="customer")
    assert (both["arm_x"] == both["arm_y"]).all()
    other = crm.assign_arms(customers, crm.ArmOptions(holdout=0.2, seed=1))
    assert 0.5 < (other["arm"] == arms["arm"]).mean() < 0.8
    assert (arms["arm"] == "holdout").mean() == pytest.approx(0.2, abs=0.02)


def test_shares_hold_within_each_stratum_to_a_customer() -> None:
    size = [400, 37, 5, 1, 1, 1, 1, 1, 1]
    strata = np.repeat(np.arange(len(size)), size)
    customers = pd.DataFrame(
        {"customer": np.arange(len(strata)).astype(str), "segment": strata}
    )
    arms = crm.assign_arms(
        customers, crm.ArmOptions(holdout=0.1, strata=("segment",), arms=("a", "b"))
    )
    held = (arms["arm"] == "holdout").groupby(arms["segment"]).sum()
    assert (np.abs(held.to_numpy() - 0.1 * np.array(size)) <= 1).all()
    assert set(arms["arm"]) == {"holdout", "a", "b"}


def test_a_customer_twice_cannot_be_drawn() -> None:
    with pytest.raises(AnalysisError) as problem:
        crm.assign_arms(pd.DataFrame({"customer": ["a", "a"]}))
    assert problem.value.key == "engagement.repeated_customers"


# Did it work: by hand


def test_two_shares_differ_as_by_hand() -> None:
    estimate = shares_differ((120, 100), (1000, 1000), 0.95)
    assert estimate.difference == pytest.approx(0.02)
    assert estimate.z == pytest.approx(1.4293, abs=5e-5)
    assert estimate.p == pytest.approx(0.1529, abs=5e-5)
    assert wald((120, 100), (1000, 1000)) == pytest.approx(
        (-0.00741, 0.04741), abs=5e-6
    )


def test_a_ratio_of_clicks_to_sends_has_the_variance_of_the_delta_method() -> None:
    ratio = ratio_moments(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0]))
    assert ratio.mean == 1
    assert ratio.variance == pytest.approx(1 / 12)


def test_cuped_with_the_outcome_itself_cuts_all() -> None:
    x = np.array([1.0, 4.0, 2.0, 8.0])
    adjusted, cut = adjusted_by(x, x)
    assert cut == pytest.approx(1)
    assert np.ptp(adjusted) < 1e-12


def test_sample_ratio_is_as_by_hand_and_stops() -> None:
    statistic, p = sample_ratio(np.array([4800, 5200]), np.array([0.5, 0.5]))
    assert statistic == 16
    assert p == pytest.approx(6.33e-5, rel=1e-3)
    table = pd.DataFrame({"arm": ["a"] * 5200 + ["control"] * 4800, "y": 0.0})
    with pytest.raises(AnalysisError) as problem:
        crm.read_test(table, crm.ReadTestOptions(outcomes=("y",)))
    assert problem.value.key == "engagement.sample_ratio"
    assert "5,200" in problem.value.sentence("en")
    assert "5,200" in problem.value.sentence("zh")


def test_msprt_wins_where_it_should() -> None:
    assert (
        always_valid(3.657, 1.0, 1.0)[0] < 0.05 < always_valid(3.655, 1.0, 1.0)[0]
    )
    p, low, high = always_valid(3.656, 1.0, 1.0)
    assert p == pytest.approx(0.05, abs=1e-4)
    assert low == pytest.approx(0, abs=1e-3) and high > 7


def test_obrien_and_fleming_have_their_constants() -> None:
    """Jennison & Turnbull (2000), table 2.3."""
    printed = {0.05: (1.960, 1.977, 2.004, 2.024, 2.040)}
    printed |= {0.01: (2.576, 2.580, 2.595, 2.609, 2.621)}
    printed |= {0.10: (1.645, 1.678, 1.710, 1.733, 1.751)}
    for alpha, constants in printed.items():
        ours = [obrien_fleming(alpha, looks, looks) for looks in range(1, 6)]
        assert ours == pytest.approx(constants, abs=1.1e-3)
    assert crossing(1.959964, 1) == pytest.approx(0.05, abs=1e-6)


def test_many_comparisons_are_adjusted_as_by_hand() -> None:
    p = np.array([0.01, 0.02, 0.03, 0.04])
    assert holm(p) == pytest.approx([0.04, 0.06, 0.06, 0.06])
    assert benjamini_hochberg(p) == pytest.approx([0.04] * 4)


def test_no_events_leave_three_over_n_possible() -> None:
    assert no_events_bound(150) == pytest.approx(0.02, abs=3e-5)
    table = two_arms(treated=40, control=0, size=150)
    test = crm.read_test(table, crm.ReadTestOptions(outcomes=("bought",)))
    note = next(note for note in test.notes if note.key.endswith("no_events"))
    assert "2.0%" in note.sentence("en") and "2.0%" in note.sentence("zh")
    assert test.effects["method"].tolist() == ["exact"]


# Against others


def test_welch_is_scipys() -> None:
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(0)
    first, second = rng.gamma(2, 3, 200), rng.gamma(2, 2, 90)
    ours = means_differ(moments(first), moments(second), 0.9)
    theirs = ttest_ind(first, second, equal_var=False)
    interval = theirs.confidence_interval(0.9)
    assert ours.p == pytest.approx(theirs.pvalue)
    assert (ours.lo, ours.hi) == pytest.approx((interval.low, interval.high))


def test_newcombe_is_statsmodels_and_under_five_events_fishers_test_holds() -> None:
    from scipy.stats import fisher_exact
    from statsmodels.stats.proportion import confint_proportions_2indep

    ours = shares_differ((30, 18), (200, 220), 0.95)
    theirs = confint_proportions_2indep(30, 200, 18, 220, method="newcomb")
    assert (ours.lo, ours.hi) == pytest.approx(theirs)
    few = shares_differ((4, 1), (50, 50), 0.95)
    assert few.method == "exact"
    assert few.p == pytest.approx(fisher_exact([[4, 1], [46, 49]]).pvalue)


def test_fieller_covers_the_lift_as_often_as_promised() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(2000):
        first, second = rng.normal(1.2, 0.1), rng.normal(1.0, 0.2)
        _, low, high = relative_lift(
            Moments(100, first, 0.01), Moments(100, second, 0.04), 0.95
        )
        covered += bool(low <= 0.2 <= high) or np.isnan(low)
    assert 0.935 <= covered / 2000 <= 0.965


def test_random_effects_are_those_of_statsmodels() -> None:
    from statsmodels.stats.meta_analysis import combine_effects

    effects = np.array([0.5, -0.1, 0.9, 0.3, 0.2])
    variances = np.array([0.04, 0.02, 0.09, 0.01, 0.05])
    ours = pool(effects, variances)
    theirs = combine_effects(effects, variances, method_re="dl")
    assert ours.mean == pytest.approx(theirs.mean_effect_re)
    assert ours.between**2 == pytest.approx(theirs.tau2)
    span = np.ptp(ours.shrunken)
    assert span < np.ptp(effects)


def test_winsorising_leaves_what_is_below() -> None:
    values = np.append(np.arange(100.0), 10_000.0)
    assert winsorised(values).max() == 99
    assert (winsorised(values)[:100] == values[:100]).all()


# What may be claimed


def test_alike_arms_are_an_experiment_and_others_are_not() -> None:
    rng = np.random.default_rng(0)
    age = rng.integers(18, 80, 2000)
    options = crm.ReadTestOptions(outcomes=("bought",))
    assert crm.read_test(two_arms(age=age), options).claim == "experiment"
    older = np.where(np.arange(2000) < 1000, age + 10, age)
    test = crm.read_test(two_arms(age=older), options)
    assert test.claim == "adjusted comparison"
    assert test.effects["method"].tolist() == ["aipw"]
    assert test.effects["e_value"].item() > 1
    assert ".adjusted." in test.verdict.key
    apart = np.where(np.arange(2000) < 1000, age + 200, age)
    assert crm.read_test(two_arms(age=apart), options).claim == "description"


def test_arms_that_were_chosen_are_never_called_an_experiment() -> None:
    test = crm.read_test(
        two_arms(), crm.ReadTestOptions(outcomes=("bought",), randomised=False)
    )
    assert test.claim == "description"


def test_a_column_from_after_raises_the_alarm_and_is_not_used() -> None:
    table = two_arms()
    after = table["bought"] * (np.arange(2000) % 2)
    checks = crm.read_test(
        table.assign(reordered=after), crm.ReadTestOptions(outcomes=("bought",))
    ).checks
    assert checks.loc[checks["check"] == "leak", "column"].tolist() == ["reordered"]
    with pytest.raises(AnalysisError) as problem:
        crm.read_test(
            table.assign(reordered=after),
            crm.ReadTestOptions(outcomes=("bought",), before="reordered"),
        )
    assert problem.value.key == "engagement.from_after"


def test_a_customer_in_two_arms_is_left_out_and_listed_and_many_block() -> None:
    table = two_arms()
    torn = table.head(5).assign(arm="control")
    test = crm.read_test(
        pd.concat([table, torn]), crm.ReadTestOptions(outcomes=("bought",))
    )
    assert test.set_aside["customer"].tolist() == [
        f"C{number}" for number in range(5)
    ]
    assert test.arms["customers"].sum() == 1995
    with pytest.raises(AnalysisError) as problem:
        crm.read_test(
            pd.concat([table, table.head(50).assign(arm="control")]),
            crm.ReadTestOptions(outcomes=("bought",)),
        )
    assert problem.value.key == "engagement.two_arms"


def test_repeated_rows_of_a_customer_count_once() -> None:
    table = two_arms()
    test = crm.read_test(
        pd.concat([table, table.head(7)]), crm.ReadTestOptions(outcomes=("bought",))
    )
    assert test.arms["customers"].sum() == 2000
    assert [
        note.details for note in test.notes if note.key.endswith("repeated")
    ] == [{"count": 7}]


@pytest.mark.parametrize(
    ("table", "options", "key"),
    [
        (two_arms(), crm.ReadTestOptions(), "no_outcomes"),
        (two_arms(), crm.ReadTestOptions(outcomes=("sold",)), "no_column"),
        (two_arms(), crm.ReadTestOptions(outcomes=("customer",)), "not_numbers"),
        (two_arms(), crm.ReadTestOptions(outcomes=("bought",), arm="x"), "no_arm"),
        (
            two_arms().head(900),
            crm.ReadTestOptions(outcomes=("bought",)),
            "one_arm",
        ),
        (
            two_arms().replace({"arm": {"control": "b", "treated": "a"}}),
            crm.ReadTestOptions(outcomes=("bought",)),
            "which_control",
        ),
        (
            two_arms(),
            crm.ReadTestOptions(outcomes=("bought",), primary=("x",)),
            "primary",
        ),
        (
            two_arms(),
            crm.ReadTestOptions(outcomes=("bought",), split=(0.2, 0.3, 0.5)),
            "split",
        ),
    ],
)
def test_what_the_reader_can_mend_is_said(
    table: pd.DataFrame, options: crm.ReadTestOptions, key: str
) -> None:
    with pytest.raises(AnalysisError) as problem:
        crm.read_test(table, options)
    assert problem.value.key == f"engagement.{key}"
    assert problem.value.sentence("en") and problem.value.sentence("zh")


def test_clusters_are_compared_as_drawn() -> None:
    """Fifty households whose members do the same: their number is the households', not people's."""
    rng = np.random.default_rng(0)
    house = np.repeat(np.arange(60), 20)
    bought = np.repeat(rng.integers(0, 2, 60), 20)
    arm = np.where(np.repeat(rng.permutation(60) % 2, 20), "treated", "control")
    table = pd.DataFrame({"house": house, "arm": arm, "bought": bought})
    options = crm.ReadTestOptions(outcomes=("bought",), covariates=())
    each = crm.read_test(table, options).effects.iloc[0]
    together = crm.read_test(table, options.replace(cluster="house")).effects.iloc[
        0
    ]
    assert together["difference"] == pytest.approx(each["difference"])
    width = (together["hi"] - together["lo"]) / (each["hi"] - each["lo"])
    assert 3.5 < width < 5.5  # √20 is 4.5


def test_a_test_that_runs_is_not_ready_before_its_day() -> None:
    options = crm.ReadTestOptions(outcomes=("bought",), read_on="2024-06-01")
    early = crm.read_test(two_arms(), options.replace(today="2024-05-01"))
    assert not early.ready
    assert crm.read_test(two_arms(), options.replace(today="2024-06-01")).ready


def test_looking_early_costs_width() -> None:
    options = crm.ReadTestOptions(outcomes=("bought",))
    fixed, always, first = (
        crm.read_test(two_arms(), settings).effects.iloc[0]
        for settings in (
            options,
            options.replace(looks="msprt"),
            options.replace(looks="obrien_fleming", planned_looks=3, look=1),
        )
    )
    assert fixed["p"] < always["p"] and fixed["p"] < first["p"]
    assert fixed["hi"] - fixed["lo"] < always["hi"] - always["lo"]
    assert first["hi"] - first["lo"] == pytest.approx(
        (fixed["hi"] - fixed["lo"]) * 3.471 / 1.96, rel=1e-3
    )


def test_a_usual_hold_out_is_taken_for_planned_and_an_odd_one_is_not() -> None:
    assert planned_split(np.array([1010, 8990]), None).tolist() == [0.1, 0.9]
    assert planned_split(np.array([4700, 5300]), None).tolist() == [0.5, 0.5]
    thirds = planned_split(np.array([331, 337, 332]), None)
    assert thirds.tolist() == pytest.approx([1 / 3] * 3)


def test_primary_outcomes_are_held_by_holm_and_the_rest_by_benjamini_hochberg() -> (
    None
):
    rng = np.random.default_rng(0)
    table = two_arms(180, 100, **{f"y{k}": rng.normal(size=2000) for k in range(4)})
    effects = crm.read_test(
        table,
        crm.ReadTestOptions(
            outcomes=("y0", "bought", "y1", "y2", "y3"), primary=("bought", "y0")
        ),
    ).effects
    first = effects[effects["primary"]]
    rest = effects[~effects["primary"]]
    assert set(first["outcome"]) == {"bought", "y0"}
    assert first["p_adjusted"].tolist() == pytest.approx(
        holm(first["p"].to_numpy())
    )
    assert rest["p_adjusted"].tolist() == pytest.approx(
        benjamini_hochberg(rest["p"].to_numpy())
    )


# Hillstrom's e-mails


@pytest.fixture(scope="module")
def hillstrom(real_data: Path) -> pd.DataFrame:
    return pd.read_csv(real_data / "hillstrom" / "hillstrom_half.csv")


def test_hillstroms_effects_are_those_published(hillstrom: pd.DataFrame) -> None:
    test = crm.read_test(
        hillstrom, crm.ReadTestOptions(arm="segment", outcomes=("visit", "spend"))
    )
    effects = test.effects.set_index(["outcome", "arm"])
    assert test.claim == "experiment"
    assert test.arms["arm"].iloc[0] == "No E-Mail"
    assert test.arms["customers"].sum() == len(hillstrom)  # equal rows have no id
    difference = effects["difference"]
    assert difference["visit", "Womens E-Mail"] == pytest.approx(0.0448, abs=5e-5)
    assert difference["visit", "Mens E-Mail"] == pytest.approx(0.0750, abs=5e-5)
    spend = effects.loc[("spend", "Womens E-Mail")]
    assert spend["difference"] == pytest.approx(0.588, abs=5e-4)
    assert (spend["lo"], spend["hi"]) == pytest.approx((0.231, 0.945), abs=5e-4)
    assert spend["boot_lo"] == pytest.approx(spend["lo"], abs=0.05)
    leaks = test.checks[test.checks["check"] == "leak"]
    assert leaks["column"].tolist() == ["conversion"]


def test_cuped_on_the_history_of_hillstrom_hardly_helps(
    hillstrom: pd.DataFrame,
) -> None:
    options = crm.ReadTestOptions(
        arm="segment", outcomes=("visit", "spend"), before="history"
    )
    cut = (
        crm.read_test(hillstrom, options).effects.groupby("outcome")["cut"].first()
    )
    assert 100 * cut["visit"] == pytest.approx(0.50, abs=0.005)
    assert 100 * cut["spend"] == pytest.approx(0.01, abs=0.005)


def test_imbalance_is_the_standardised_difference_of_each_column(
    hillstrom: pd.DataFrame,
) -> None:
    from crm_analysis.analyses.engagement.arms import read_arms

    arms = read_arms(hillstrom, "segment", None)
    differing = imbalance(arms, ["recency"]).set_index("arm")["value"]
    women, nobody = (
        hillstrom.loc[hillstrom["segment"] == name, "recency"]
        for name in ("Womens E-Mail", "No E-Mail")
    )
    expected = (women.mean() - nobody.mean()) / np.sqrt(
        (women.var() + nobody.var()) / 2
    )
    assert differing["Womens E-Mail"] == pytest.approx(expected)


def test_outcomes_are_known_by_their_names_or_by_how_the_arms_differ(
    real_data: Path,
) -> None:
    table = pd.read_csv(real_data / "hillstrom" / "hillstrom_half.csv")
    assert likely_outcomes(table, "segment") == ("visit", "conversion", "spend")
    renamed = table.rename(
        columns={"visit": "v1", "conversion": "v2", "spend": "v3"}
    )
    assert likely_outcomes(renamed, "segment")[0] == "v1"
    chinese = table.rename(columns={"visit": "是否到访", "conversion": "是否转化"})
    assert likely_outcomes(chinese, "segment")[:2] == ("是否到访", "是否转化")
    assert likely_outcomes(pd.DataFrame({"arm": ["a", "b"], "x": [3.0, 4.0]})) == (
        "x",
    )


def test_a_card_reads_back_the_test_that_was_drawn() -> None:
    people = pd.DataFrame({"customer": [f"C{number}" for number in range(400)]})
    drawn = crm.assign_arms(people, crm.ArmOptions(holdout=0.2, seed=7))
    card = crm.ReadBackCard(
        name="May",
        start="2024-05-01",
        read_on="2024-05-31",
        primary="customers",
        seed=7,
        holdout=0.2,
        control="holdout",
        assignment=drawn,
    )
    again = crm.read_card(card.to_json().encode())
    arms = again.assignment.set_index("customer")["arm"]
    assert arms.loc[drawn["customer"]].tolist() == drawn["arm"].tolist()
    assert (again.changed(), again.is_over("2024-05-30")) == (0, False)
    orders = pd.DataFrame(
        {
            "customer": drawn.loc[drawn["arm"] == "treated", "customer"].head(160),
            "date": pd.Timestamp("2024-05-20"),
            "amount": 10.0,
        }
    )
    options = again.reading(crm.CampaignOptions())
    result = crm.campaign_result(again.contacts(), orders, options)
    assert result.claim == "experiment"
    assert result.verdict.key == "engagement.campaign.experiment.customers_more"
    assert options.window_days == 30 and options.split == (0.2, 0.8)
    turned = again.assignment["arm"].map(
        {"treated": "holdout", "holdout": "treated"}
    )
    swapped = replace(again, assignment=again.assignment.assign(arm=turned))
    assert swapped.changed() == 400


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "customer,arm", b"\xff\xfe", '{"form": "something else"}'],
)
def test_what_is_no_card_is_refused(content: bytes | str) -> None:
    with pytest.raises(AnalysisError, match="no read-back card"):
        crm.read_card(content)
