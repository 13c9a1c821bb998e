"""History, cohorts, movement and the state of the business: hand-computed cases, laws, the sample shop."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.analyses.value import (
    BusinessOptions,
    CohortOptions,
    ContractOptions,
    DriverOptions,
    MovementOptions,
    ScoreOptions,
    TierOptions,
    ahp_weights,
    business_state,
    cohorts,
    customer_dimensions,
    entropy_weights,
    estimate_contracts,
    first_order_attributes,
    gini,
    movement,
    purchase_summary,
    rfm_scores,
    scores,
    tiers,
    value_drivers,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.samples import planted, sample_shop
from crm_analysis.wording import LANGUAGES, has, say


def table(*rows):
    return pd.DataFrame(rows, columns=["customer", "date", "amount"]).assign(
        date=lambda frame: pd.to_datetime(frame["date"])
    )


@pytest.fixture(scope="module")
def shop():
    """The sample shop's orders under the product's column names, without guests."""
    names = {
        "Order No": "order",
        "Order Date": "date",
        "Customer ID": "customer",
        "Product": "product",
        "Category": "category",
        "Channel": "channel",
        "Country": "country",
    }
    lines = sample_shop(customers=600)["orders"].rename(columns=names)
    lines["date"] = pd.to_datetime(lines["date"], errors="coerce")
    lines["quantity"] = pd.to_numeric(lines["Quantity"])
    lines["amount"] = lines["quantity"] * pd.to_numeric(lines["Unit Price"])
    lines["customer"] = lines["customer"].where(lines["customer"].astype(str).str.len() > 0)
    return lines[lines["quantity"] < 1000]


class TestCohorts:
    ORDERS = table(
        ("a", "2024-01-05", 10),
        ("a", "2024-02-10", 30),
        ("a", "2024-03-01", 5),
        ("b", "2024-01-20", 20),
        ("c", "2024-02-02", 8),
        ("c", "2024-03-20", 2),
        ("c", "2024-03-21", -1),
    )

    def test_by_hand(self):
        got = cohorts(self.ORDERS, CohortOptions(until="2024-03-25", acquisition_cost=20.0))
        retention, money = got.heat_map(), got.heat_map("cumulative_each")
        assert retention.loc["2024-01-01"].tolist() == [1.0, 0.5, 0.5]
        assert retention.loc["2024-02-01", [0, 1]].tolist() == [1.0, 1.0] and np.isnan(
            retention.loc["2024-02-01", 2]
        )
        assert money.loc["2024-01-01"].tolist() == [15.0, 30.0, 32.5]
        assert money.loc["2024-02-01", [0, 1]].tolist() == [8.0, 9.0]
        unfinished = got.unfinished()
        assert (
            unfinished.loc["2024-01-01"].tolist() == [False, False, True]
            and unfinished.loc["2024-02-01", 1] is np.True_
        ) or unfinished.loc["2024-02-01", 1]
        assert got.cohorts["payback"].iloc[0] == 2 and np.isnan(got.cohorts["payback"].iloc[1])
        average = got.average.set_index("period")
        assert average["customers"].tolist() == [3, 2] and average["retention"].tolist() == [
            1.0,
            0.5,
        ]
        assert average["revenue_each"].tolist() == pytest.approx([38 / 3, 15.0])

    def test_margin_makes_payback_later(self):
        late = cohorts(
            self.ORDERS, CohortOptions(until="2024-03-25", acquisition_cost=20.0, margin=0.62)
        )
        assert late.cohorts["payback"].iloc[0] == 3

    def test_lifetime_by_hand(self):
        """Two lost after 0 and 10 days, two still there at 20: S = 3/4, then 1/2 of the whole; mean 10·3/4 + 10·1/2."""
        orders = table(
            ("a", "2024-01-01", 1),
            ("b", "2024-01-01", 1),
            ("b", "2024-01-11", 1),
            ("c", "2024-05-01", 1),
            ("c", "2024-05-21", 1),
            ("d", "2024-05-01", 1),
            ("d", "2024-05-21", 1),
        )
        got = cohorts(orders, CohortOptions(lost_after=30))
        assert got.survival["share"].tolist() == pytest.approx([0.75, 0.5, 0.5])
        assert (
            got.summary()["lifetime_days"] == pytest.approx(12.5)
            and got.summary()["lifetime_median_days"] == 10
        )

    def test_weeks_begin_on_monday_and_quarters_in_january(self):
        orders = table(("a", "2024-01-07", 1), ("b", "2024-01-08", 1))
        assert cohorts(orders, CohortOptions(every="week")).cohorts[
            "cohort"
        ].dt.day_name().tolist() == ["Monday", "Monday"]
        assert cohorts(orders, CohortOptions(every="quarter")).cohorts["cohort"].tolist() == [
            pd.Timestamp("2024-01-01")
        ]

    def test_money_and_customers_are_all_there(self, shop):
        got = cohorts(shop)
        known = shop[shop["customer"].notna() & (shop["date"].notna())]
        assert got.cells["revenue"].sum() == pytest.approx(purchase_summary(shop)["revenue"].sum())
        assert (
            got.cohorts["customers"].sum()
            == known.loc[known["quantity"] >= 0, "customer"].nunique()
        )
        assert ((got.cells["retention"] <= 1) & (got.cells["retention"] >= 0)).all()
        assert (got.cells.loc[got.cells["period"] == 0, "retention"] == 1).all()
        assert got.heat_map().shape == got.unfinished().shape

    def test_without_amounts(self):
        got = cohorts(self.ORDERS.drop(columns="amount"))
        assert "revenue" not in got.cells and got.summary()["payback"] is None


class TestTiers:
    def test_by_hand(self):
        got = tiers(
            pd.DataFrame({"customer": list("abcde"), "revenue": [50.0, 30.0, 15.0, 5.0, -3.0]})
        )
        assert got.customers["tier"].tolist() == ["A", "A", "B", "C", "C"]
        assert got.customers["service"].tolist() == [
            "personal",
            "priority",
            "standard",
            "self",
            "self",
        ]
        assert got.customers["cumulative_share"].tolist() == pytest.approx(
            [0.5, 0.8, 0.95, 1.0, 1.0]
        )
        assert got.summary()["negative"] == 1 and got.tiers[
            "value_share"
        ].tolist() == pytest.approx([0.8, 0.15, 0.05])
        assert got.summary()["top_20_share"] == pytest.approx(0.5)

    def test_leaving_and_valuable_is_won_back(self):
        got = tiers(
            pd.DataFrame({"customer": list("ab"), "value": [90.0, 10.0], "alive": [0.2, 0.9]}),
            TierOptions(measure="value"),
        )
        assert got.customers.set_index("customer")["service"].to_dict() == {
            "a": "win_back",
            "b": "standard",
        }

    def test_gini_by_hand(self):
        assert gini(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(0.25)

    @settings(max_examples=50, deadline=None)
    @given(
        st.lists(st.floats(0, 1e6), min_size=1, max_size=60).filter(
            lambda values: sum(values) > 1e-3
        )
    )
    def test_laws(self, values):
        got = tiers(pd.DataFrame({"customer": range(len(values)), "revenue": values}))
        assert 0 <= got.gini < 1
        assert got.tiers["customers"].sum() == len(values) and got.tiers[
            "value_share"
        ].sum() == pytest.approx(1)
        curve = got.curve
        assert (np.diff(curve["value_share"]) >= -1e-12).all() and curve["value_share"].iloc[
            -1
        ] == pytest.approx(1)
        assert (curve["value_share"] >= curve["customers_share"] - 1e-9).all()
        a = got.customers[got.customers["tier"] == "A"]["share"].sum()
        assert a >= 0.8 - 1e-6

    @pytest.mark.parametrize(
        "frame",
        [pd.DataFrame({"customer": ["a"], "revenue": [0.0]}), pd.DataFrame({"customer": ["a"]})],
    )
    def test_refused(self, frame):
        with pytest.raises(AnalysisError):
            tiers(frame)


class TestScores:
    FRAME = pd.DataFrame(
        {
            "customer": list("abc"),
            "revenue": [10.0, 20.0, 30.0],
            "recency": [1, 5, 9],
            "service_cost": [0.0, 5.0, 9.0],
            "satisfaction": [5.0, np.nan, 1.0],
        }
    )

    def test_by_hand(self):
        got = scores(
            self.FRAME,
            ScoreOptions(
                weight_revenue=2, weight_recency=1, weight_service_cost=1, weight_satisfaction=0
            ),
        ).customers.set_index("customer")
        assert got["score"].to_dict() == pytest.approx({"a": 50.0, "b": 50.0, "c": 50.0})
        got = scores(
            self.FRAME,
            ScoreOptions(
                weight_revenue=0, weight_recency=0, weight_service_cost=0, weight_satisfaction=1
            ),
        ).customers.set_index("customer")
        assert got["score"].to_dict() == pytest.approx({"a": 100.0, "b": 50.0, "c": 0.0})

    def test_entropy_by_hand(self):
        """Shares ½ ½ 0: entropy log 2 / log 3, so 1 − that; shares equal: nothing."""
        got = entropy_weights(
            pd.DataFrame({"x": [1.0, 1.0, 0.0], "y": [0.0, 0.0, 1.0], "z": [2.0, 2.0, 2.0]})
        )
        told = 1 - np.log(2) / np.log(3)
        assert got == pytest.approx({"x": told / (1 + told), "y": 1 / (1 + told), "z": 0.0})

    def test_ahp_of_saaty(self):
        """A consistent matrix gives its ratios; Saaty's example with CR: 1 3 5 / 1 3 / 1 has weights .637 .258 .105, CR .033."""
        got = ahp_weights({("a", "b"): 3, ("a", "c"): 5, ("b", "c"): 3})
        assert list(got.weights.values()) == pytest.approx([0.637, 0.258, 0.105], abs=1e-3)
        assert got.consistency_ratio == pytest.approx(0.033, abs=1e-3) and got.consistent

    def test_ahp_says_when_comparisons_disagree(self):
        got = ahp_weights({("a", "b"): 5, ("b", "c"): 5, ("c", "a"): 5})
        assert not got.consistent and got.consistency_ratio > 1 and got.worst is not None

    def test_ahp_without_every_pair(self):
        got = ahp_weights({("a", "b"): 2, ("b", "c"): 3})
        assert list(got.weights.values()) == pytest.approx([6 / 10, 3 / 10, 1 / 10])
        with pytest.raises(ValueError, match="connect"):
            ahp_weights({("a", "b"): 2, ("c", "d"): 3})

    def test_pairs_as_options(self):
        got = scores(self.FRAME, ScoreOptions(method="pairs", pairs=("revenue:recency:3",)))
        assert got.weights.set_index("dimension")["weight"].to_dict() == pytest.approx(
            {"revenue": 0.75, "recency": 0.25, "service_cost": 0, "satisfaction": 0}
        )
        assert got.summary()["consistency_ratio"] == 0

    @pytest.mark.parametrize("method", ["weights", "equal", "entropy"])
    def test_of_the_shop(self, shop, method):
        contacts = pd.DataFrame(
            {"customer": shop["customer"].dropna().unique()[:50], "cost": 3.0, "satisfaction": 4.0}
        )
        dimensions = customer_dimensions(shop, contacts)
        assert {
            "revenue",
            "frequency",
            "recency",
            "breadth",
            "service_cost",
            "satisfaction",
        } <= set(dimensions.columns)
        got = scores(dimensions, ScoreOptions(method=method))
        assert got.customers["score"].between(0, 100).all() and got.weights[
            "weight"
        ].sum() == pytest.approx(1)
        assert got.customers["rank"].is_monotonic_increasing

    def test_no_weight(self):
        with pytest.raises(AnalysisError):
            scores(self.FRAME[["customer", "revenue"]], ScoreOptions(weight_revenue=0.0))

    def test_rfm(self):
        got = rfm_scores(
            pd.DataFrame(
                {
                    "customer": list("abcde"),
                    "recency": [1, 2, 3, 4, 5],
                    "frequency": [9, 9, 1, 1, 1],
                    "revenue": [5.0, 4.0, 3.0, 2.0, 1.0],
                }
            )
        ).set_index("customer")
        assert got["r"].tolist() == [5, 4, 3, 2, 1] and got["m"].tolist() == [5, 4, 3, 2, 1]
        assert got.loc["a", "f"] == got.loc["b", "f"] > got.loc["c", "f"] == got.loc["e", "f"]


class TestMovement:
    ORDERS = table(
        ("stays", "2023-02-01", 100), ("stays", "2024-02-01", 100), ("falls", "2023-03-01", 90), ("falls", "2024-03-01", 1), ("gone", "2023-04-01", 50),
        ("rises", "2023-05-01", 1), ("rises", "2024-05-01", 95), ("new", "2024-06-01", 40), ("back", "2022-05-01", 9), ("back", "2024-06-30", 9), ("new", "2024-12-30", 0),
    )  # fmt: skip

    def test_by_hand(self):
        got = movement(self.ORDERS, MovementOptions(until="2024-12-31"))
        assert got.customers.set_index("customer")["direction"].to_dict() == {
            "gone": "gone",
            "falls": "falling",
            "stays": "steady",
            "rises": "rising",
            "new": "new",
            "back": "back",
        }
        assert got.customers["customer"].iloc[0] == "falls" and not got.short
        assert got.now == ("2024-01-02", "2024-12-31") and got.before == (
            "2023-01-02",
            "2024-01-01",
        )
        assert got.summary()["value_now"] == 245 and got.summary()["value_before"] == 241
        assert got.flows["customers"].sum() == 6 and got.flows["change"].sum() == pytest.approx(4)

    def test_a_short_record_is_said(self):
        got = movement(self.ORDERS[self.ORDERS["date"] >= "2024-02-01"])
        assert got.short and got.before[1] < got.now[0]
        with pytest.raises(AnalysisError):
            movement(self.ORDERS.iloc[:1])

    def test_of_the_shop(self, shop):
        got = movement(shop)
        assert got.customers["customer"].is_unique
        assert (
            got.flows["customers"].sum() == len(got.customers) == got.directions["customers"].sum()
        )


class TestBusiness:
    def test_by_hand(self):
        """Period: the 30 days to 31 March; lost after 45 days of silence."""
        orders = table(
            ("loyal", "2024-01-05", 10), ("loyal", "2024-02-05", 10), ("loyal", "2024-03-05", 20), ("left", "2024-01-10", 7), ("left", "2024-02-01", 8),
            ("new", "2024-03-20", 30), ("late", "2024-02-10", 5), ("late", "2024-02-20", 6), ("loyal", "2024-03-10", -5), ("far", "2023-11-01", 1),
        )  # fmt: skip
        got = business_state(orders, "2024-03-31", BusinessOptions(period_days=30, lost_after=45))
        assert {one.name: one.value for one in got.measures} == {
            "customers": 5,
            "active": 3,
            "new": 1,
            "lost": 1,
            "revenue": 45,
            "orders": 2,
            "repeat_rate": 0.5,
            "value_at_risk": 11,
        }
        assert got["revenue"].before == 29 and got["revenue"].change == pytest.approx(
            45 / 29 - 1
        )  # 1 February to 1 March: 8 + 10 + 5 + 6
        assert (
            got["customers"].before == 4 and got["lost"].before == 0 and got["lost"].change is None
        )
        assert got.at_risk["customer"].tolist() == ["late"] and got.at_risk[
            "usual_gap"
        ].tolist() == [10.0]
        assert got.period == ("2024-03-02", "2024-03-31") and got.previous == (
            "2024-02-01",
            "2024-03-01",
        )
        assert got.months["revenue"].tolist() == [1, 0, 17, 29, 45] and got.months[
            "customers"
        ].tolist() == [1, 1, 3, 4, 5]
        assert got["new"].months == (1, 0, 2, 1, 1)

    def test_revenue_is_of_all_dated_lines_and_customers_are_those_known(self):
        """February 1 to March 1 and March 2 to 31; 30 of March's 55, and all after the 20th, are of nobody known; a line without a date is in no period."""
        orders = table(
            ("loyal", "2024-01-05", 10), ("loyal", "2024-02-05", 10), ("loyal", "2024-03-05", 20), ("late", "2024-03-20", 5),
            (None, "2024-02-10", 40), (None, "2024-03-25", 35), (None, "2024-03-31", -5), (None, None, 100),
        )  # fmt: skip
        got = business_state(orders, options=BusinessOptions(period_days=30, lost_after=45))
        assert got.as_of == "2024-03-31"  # the last line, whoever bought
        assert (got["revenue"].value, got["revenue"].before) == (55, 50)
        assert got.months["revenue"].tolist() == [10, 50, 55]
        assert (got["customers"].value, got["new"].value, got["value_at_risk"].value) == (2, 1, 0)
        assert (
            got["orders"].value is None
        )  # without order numbers, those of nobody known cannot be told apart
        assert (got.unnamed.lines, got.unnamed.money, got.unnamed.undated) == (4, 170, 1)
        assert got.unnamed.share == pytest.approx(170 / 215)
        numbered = business_state(
            orders.assign(order=list("abcdefgh")), options=BusinessOptions(period_days=30)
        )
        assert (numbered["orders"].value, numbered["orders"].before) == (
            3,
            2,
        )  # the return alone is none

    def test_shares_are_of_all_that_was_taken_in(self):
        orders = table(
            *((who, f"2024-03-{day:02d}", 10) for who in "abcde" for day in (1, 9, 17)),
            (None, "2024-03-20", 150),
        )
        remark = next(
            one for one in business_state(orders).remarks if one.key == "value.remark.concentration"
        )
        assert remark.details["share"] == pytest.approx(30 / 300) and remark.details["of"] == 5

    def test_a_change_through_sales_of_nobody_known_is_said_to_be_that(self):
        old = [
            (who, day, 10)
            for who in "ab"
            for day in ("2024-01-05", "2024-02-05", "2024-03-05", "2024-04-05")
        ]
        options = BusinessOptions(period_days=30)
        found = business_state(
            table(*old, (None, "2024-03-01", 10), (None, "2024-04-03", 30)), options=options
        )
        remark = next(one for one in found.remarks if one.key == "value.remark.revenue_up")
        assert remark.details["driver"] == "unnamed" and remark.details[
            "driver_change"
        ] == pytest.approx(2)
        found = business_state(table(*old, (None, "2024-04-03", 30)), options=options)
        assert "value.remark.revenue_up_plain" in [one.key for one in found.remarks]

    def test_active_and_lost_add_up(self, shop):
        got = business_state(shop)
        rows = got.months.set_index("month")
        change = rows["active"].diff().iloc[1:]
        lost = rows["lost"].iloc[1:]
        new = rows["new"].iloc[1:]
        # Those who come back after being lost are the only others.
        assert (change + lost - new >= 0).all()
        assert rows["customers"].diff().iloc[1:].tolist() == new.tolist()

    def test_sentences_of_the_shop(self, shop):
        got = business_state(shop)
        assert len(got.remarks) == 3 and len({remark.key for remark in got.remarks}) == 3
        for remark in got.remarks:
            for language in LANGUAGES:
                assert "{" not in say(remark.key, language, **remark.details)
            assert remark.page in {"value", "churn", "segments", "forecast", "engagement"}
        for one in got.measures:
            assert has(f"value.measure.{one.name}") and has(f"value.measure_help.{one.name}")

    def test_planted_churners_are_not_active_long(self, shop):
        truth = planted(customers=600)["churners"]
        got = business_state(shop)
        end = pd.Timestamp(got.as_of)
        gone = {
            who for who, day in truth.items() if (end - pd.Timestamp(day)).days > got.lost_after
        }
        assert gone and not gone & set(got.at_risk["customer"])

    def test_every_remark_is_said(self):
        details = {
            "value": 1.0,
            "share": 0.2,
            "count": 2,
            "top": 1,
            "top_value": 1.0,
            "customers": 2,
            "of": 9,
            "new": 1,
            "lost": 2,
            "net": 1,
            "days": 90,
        }
        details |= {
            "lost_after": 60,
            "rate": 0.4,
            "points": 2.0,
            "change": 0.1,
            "driver": "buyers",
            "driver_change": 0.1,
        }
        for key in (
            "at_risk",
            "concentration",
            "growing",
            "shrinking",
            "level",
            "one_time",
            "repeat_up",
            "repeat_down",
            "revenue",
            "revenue_up",
            "revenue_down",
            "revenue_up_plain",
            "revenue_down_plain",
        ):
            for language in LANGUAGES:
                assert "{" not in say(f"value.remark.{key}", language, **details)

    def test_without_amounts_and_on_one_day(self):
        got = business_state(
            pd.DataFrame({"customer": ["a", "b"], "date": pd.to_datetime(["2024-01-01"] * 2)})
        )
        assert (
            got["revenue"].value is None
            and got["customers"].value == 2
            and got["customers"].change is None
        )
        with pytest.raises(AnalysisError):
            business_state(table(("a", "2024-01-01", 1)), "2023-01-01")


class TestDrivers:
    @staticmethod
    def planted(customers=600, seed=0):
        rng = np.random.default_rng(seed)
        attributes = pd.DataFrame(
            {
                "customer": range(customers),
                "age": rng.integers(18, 80, customers),
                "plan": rng.choice(["basic", "gold"], customers),
                "noise": rng.normal(size=customers),
            }
        )
        attributes["name"] = [f"Name {who}" for who in range(customers)]
        attributes["same"] = 1
        value = (
            20
            + 100 * (attributes["plan"] == "gold")
            + 50 * (attributes["age"] > 50)
            + rng.normal(0, 10, customers)
        )
        return pd.DataFrame({"customer": range(customers), "revenue": value}), attributes.assign(
            copy=value * 2
        )

    def test_what_was_planted_is_found(self):
        got = value_drivers(*self.planted(), DriverOptions(depth=2))
        assert got.left_out.set_index("attribute")["reason"].to_dict() == {
            "name": "name",
            "same": "constant",
            "copy": "same_as_target",
        }
        assert (
            got.effects["attribute"].tolist()[:2] == ["plan", "age"]
            and got.effects.set_index("attribute").loc["noise", "weight"] < 0.02
        )
        models = got.models.set_index("model")
        assert (
            got.beats_baseline
            and models.loc["forest", "r2"] > 0.9
            and models.loc["linear", "r2"] > 0.8
            and abs(models.loc["baseline", "r2"]) < 0.05
        )
        best = got.rules.for_label("high")[0]
        assert {condition.feature for condition in best.conditions} == {
            "plan",
            "age",
        } and best.coverage == 1

    def test_noise_does_not_beat_the_baseline(self):
        value, attributes = self.planted()
        rng = np.random.default_rng(5)
        got = value_drivers(
            value.assign(revenue=rng.gamma(2, 50, len(value))),
            attributes[["customer", "age", "noise"]],
        )
        assert not got.beats_baseline

    def test_of_the_shop(self, shop):
        got = value_drivers(
            purchase_summary(shop), first_order_attributes(shop), DriverOptions(folds=3)
        )
        assert "first_amount" in got.attributes and len(got.models) == 4 and got.rules.rules
        for reason in got.left_out["reason"]:
            assert has(f"value.left_out.{reason}")

    def test_first_order_only(self):
        attributes = first_order_attributes(
            table(("a", "2024-01-05", 10), ("a", "2024-01-05", 3), ("a", "2024-02-05", 500))
        )
        assert (
            attributes["first_amount"].tolist() == [13.0]
            and attributes["first_month"].tolist() == [1]
            and attributes["days_known"].tolist() == [31.0]
        )

    def test_refused(self):
        value, attributes = self.planted(30)
        with pytest.raises(AnalysisError):
            value_drivers(value, attributes)
        value, attributes = self.planted(80)
        with pytest.raises(AnalysisError):
            value_drivers(value, attributes[["customer", "name"]])


class TestContracts:
    def test_simulated_contracts_are_found(self):
        """Renewal chances from a known beta; half of the contracts still running when looked at."""
        rng = np.random.default_rng(0)
        lasts = rng.geometric(rng.beta(0.7, 3.8, 8000))
        seen = rng.integers(1, 25, 8000)
        frame = pd.DataFrame(
            {
                "customer": range(8000),
                "Tenure": np.minimum(lasts, seen),
                "churned": lasts <= seen,
                "MonthlyCharges": 10.0,
            }
        )
        got = estimate_contracts(frame, ContractOptions(discount=0.0, margin=0.5))
        for name, value in (("alpha", 0.7), ("beta", 3.8)):
            assert abs(got.model.parameters[name] - value) <= 3 * got.model.standard_errors[name]
        assert got.error is not None and got.error < 0.03
        assert (got.customers.loc[got.customers["churned"], "expected_renewals"] == 0).all()
        assert got.customers["value"].to_numpy() == pytest.approx(
            (got.customers["expected_renewals"] * 5).to_numpy()
        )
        # A contract that ends with period n is renewed n − 1 times; those still held after `seen` were renewed into more periods.
        renewed = np.clip(lasts - 1 - seen, 0, 12)[lasts > seen]
        assert got.customers["expected_renewals"].sum() == pytest.approx(renewed.sum(), rel=0.03)

    def test_telco(self, real_data):
        frame = pd.read_csv(real_data / "telco_churn" / "Telco-Customer-Churn.csv").rename(
            columns={"customerID": "customer"}
        )
        got = estimate_contracts(frame.assign(churned=frame["Churn"] == "Yes"))
        assert (
            got.model.converged
            and got.error < 0.03
            and 0 < got.summary()["equity"] < frame["MonthlyCharges"].sum() * 12
        )

    def test_refused(self):
        with pytest.raises(AnalysisError, match="held"):
            estimate_contracts(pd.DataFrame({"customer": ["a"], "churned": [True]}))


@pytest.mark.parametrize(
    "options",
    [
        CohortOptions,
        TierOptions,
        ScoreOptions,
        MovementOptions,
        BusinessOptions,
        DriverOptions,
        ContractOptions,
    ],
)
def test_phrases_of_the_knobs(options):
    for one in options.knobs():
        for part in ("label", "help", *one.choices):
            assert has(f"value.knob.{one.name}.{part}"), one.name
