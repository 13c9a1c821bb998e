"""The purchase, spend and contract models: published answers, laws, known parameters found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy.special import hyp2f1

from crm_analysis.analyses.value import (
    contracts_of,
    fit_bgbb,
    fit_bgnbd,
    fit_gamma_gamma,
    fit_mbgnbd,
    fit_pareto_nbd,
    fit_sbg,
    purchase_summary,
    simulate_purchases,
    simulate_spend,
)
from crm_analysis.analyses.value.holdout import chances_of
from crm_analysis.analyses.value.models import (
    bgnbd as bg,
    gamma_gamma as gg,
    pareto_nbd as pareto,
)
from crm_analysis.analyses.value.models.fitting import Rows, group
from crm_analysis.analyses.value.models.purchase_model import (
    ModelFit,
    PurchaseModel,
)
from crm_analysis.analyses.value.ranges import level_needed, order_quantiles
from crm_analysis.errors import AnalysisError
from tests.value_orders import cdnow_orders

KNOWN = {
    "bgnbd": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "mbgnbd": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "pareto_nbd": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
}
FITS = {"bgnbd": fit_bgnbd, "mbgnbd": fit_mbgnbd, "pareto_nbd": fit_pareto_nbd}
# Fader, Hardie & Shang (2010), table 1: 11,104 donors of 1995 in the six years after:
# donations, year of the last, donors.
DONORS = [
    (0, 0, 3464), (1, 1, 1091), (1, 2, 277), (1, 3, 129), (1, 4, 78), (1, 5, 119), (1, 6, 129),
    (2, 2, 613), (2, 3, 255), (2, 4, 155), (2, 5, 173), (2, 6, 234), (3, 3, 322), (3, 4, 181),
    (3, 5, 225), (3, 6, 357), (4, 4, 240), (4, 5, 284), (4, 6, 512), (5, 5, 335), (5, 6, 728),
    (6, 6, 1203),
]  # fmt: skip


@pytest.fixture(scope="session")
def summary(real_data: Path) -> pd.DataFrame:
    """The CDNOW sample as it stood after 39 weeks."""
    return purchase_summary(
        cdnow_orders(real_data), unit="week", until="1997-09-30"
    )


def simulated(name: str, customers: int, seed: int) -> pd.DataFrame:
    """Summaries of customers with the published parameters of a model."""
    return simulate_purchases(name, KNOWN[name], customers, (27.0, 39.0), seed)


def within(fit: ModelFit, known: dict[str, float]) -> bool:
    """Whether every parameter is within three standard errors.

    On logarithms, where the likelihood is nearest to normal.
    """
    return all(
        abs(np.log(fit.parameters[name] / value))
        <= 3 * fit.standard_errors[name] / fit.parameters[name]
        for name, value in known.items()
    )


class TestPublished:
    """Answers that papers print."""

    def test_the_summary_of_cdnow_is_hardies(
        self, summary: pd.DataFrame, real_data: Path
    ) -> None:
        published = pd.read_csv(
            real_data / "cdnow" / "cdnow_customers_summary_with_transactions.csv"
        )
        assert (summary["frequency"].to_numpy() == published["x"].to_numpy()).all()
        for ours, theirs in (
            ("recency", "t_x"),
            ("T", "T"),
            ("monetary", "zbar"),
        ):
            assert (
                np.abs(
                    summary[ours].to_numpy() - published[theirs].to_numpy()
                ).max()
                <= 0.0051
            )

    def test_bgnbd_of_cdnow(self, real_data: Path) -> None:
        fit = fit_bgnbd(
            pd.read_csv(real_data / "cdnow" / "cdnow_customers_summary.csv")
        )
        assert fit.converged
        assert fit.parameters == pytest.approx(KNOWN["bgnbd"], abs=5e-4)
        assert fit.log_likelihood == pytest.approx(-9582.4, abs=0.05)
        assert fit.expected(39).iloc[0] == pytest.approx(1.226, abs=5e-4)
        published = np.array([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576])
        assert (
            np.abs(
                fit.expected_new(np.array([0.1429, 1, 3, 31.8571, 32, 78]))
                - published
            ).max()
            <= 1e-3
        )
        assert fit.expected_new(32) == pytest.approx(1.0437, abs=1e-3)
        assert fit.alive().iloc[0] == pytest.approx(0.7266, abs=5e-4)

    def test_a_history_that_was_not_fitted_can_be_asked_about(
        self, real_data: Path
    ) -> None:
        fit = fit_bgnbd(
            pd.read_csv(real_data / "cdnow" / "cdnow_customers_summary.csv")
        )
        other = pd.DataFrame(
            {"frequency": [2], "recency": [30.43], "T": [38.86]}, index=["me"]
        )
        assert fit.expected(39, other)["me"] == pytest.approx(1.226, abs=5e-4)

    def test_pareto_nbd_of_cdnow(self, summary: pd.DataFrame) -> None:
        fit = fit_pareto_nbd(summary)
        assert fit.converged
        for name, value in KNOWN["pareto_nbd"].items():
            assert fit.parameters[name] == pytest.approx(value, abs=2.5e-3)
        assert fit.log_likelihood == pytest.approx(-9595.0, abs=0.05)

    def test_mbgnbd_of_cdnow(self, summary: pd.DataFrame) -> None:
        fit = fit_mbgnbd(summary)
        assert fit.converged
        assert fit.parameters == pytest.approx(KNOWN["mbgnbd"], abs=5e-4)

    def test_gamma_gamma_of_cdnow(self, summary: pd.DataFrame) -> None:
        fit = fit_gamma_gamma(summary)
        assert fit.converged and fit.customers == 946
        assert fit.parameters == pytest.approx(
            {"p": 6.25, "q": 3.74, "gamma": 15.44}, abs=5e-3
        )

    def test_bgbb_of_the_donors(self) -> None:
        rows = [(x, last, 6) for x, last, count in DONORS for _ in range(count)]
        fit = fit_bgbb(pd.DataFrame(rows, columns=["frequency", "recency", "T"]))
        assert fit.customers == 11_104 and len(fit.rows) == 22
        assert fit.parameters == pytest.approx(
            {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783},
            abs=1e-3,
        )
        assert fit.log_likelihood == pytest.approx(-33225.6, abs=0.05)

    @pytest.mark.parametrize(
        ("survivors", "alpha", "beta"),
        [
            ([1000, 869, 743, 653, 593, 551, 517, 491], 0.668, 3.806),
            ([1000, 631, 468, 382, 326, 289, 262, 241], 0.704, 1.182),
        ],
    )
    def test_sbg_of_the_contracts(
        self, survivors: list[float], alpha: float, beta: float
    ) -> None:
        """Fader & Hardie (2007), table 2: "high end" and "regular" customers, seven renewals."""
        fit = fit_sbg(contracts_of(survivors))
        assert fit.parameters == pytest.approx(
            {"alpha": alpha, "beta": beta}, abs=1e-3
        )
        assert np.abs(fit.survival(np.arange(8)) * 1000 - survivors).max() < 20


class TestFormulas:
    """The integrals used here against the closed forms of the papers."""

    @pytest.mark.parametrize(
        "x, t_x, age, t",
        [(0, 0.0, 20.0, 10.0), (2, 15.0, 38.0, 39.0), (25, 30.0, 38.0, 52.0)],
    )
    def test_bgnbd_expected_is_the_2f1(
        self, x: int, t_x: float, age: float, t: float
    ) -> None:
        r, alpha, a, b = KNOWN["bgnbd"].values()
        fit = self.model("bgnbd", x, t_x, age)
        q = (alpha + age) / (alpha + age + t)
        top = (
            (a + b + x - 1)
            / (a - 1)
            * (
                1
                - q ** (r + x)
                * hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
            )
        )
        below = 1 + (x > 0) * a / (b + x - 1 if x else 1) * (
            (alpha + age) / (alpha + t_x)
        ) ** (r + x)
        assert fit.expected(t).iloc[0] == pytest.approx(top / below, rel=1e-9)

    def test_pareto_likelihood_is_the_2f1(self) -> None:
        rng = np.random.default_rng(1)
        for theta in (
            KNOWN["pareto_nbd"],
            {"r": 1.5, "alpha": 4.0, "s": 0.4, "beta": 1.0},
        ):
            r, alpha, s, beta = theta.values()
            age = rng.uniform(20, 39, 40)
            t_x = rng.uniform(0, 1, 40) * age
            x = rng.integers(1, 15, 40).astype(float)
            rows = Rows(x, t_x, age, np.ones(40), np.arange(40))
            most = max(alpha, beta)
            k = s + 1 if alpha >= beta else r + x
            gap, c = abs(alpha - beta), r + s + x
            a0 = (
                hyp2f1(c, k, c + 1, gap / (most + t_x)) / (most + t_x) ** c
                - hyp2f1(c, k, c + 1, gap / (most + age)) / (most + age) ** c
            )
            from scipy.special import gammaln

            published = (
                gammaln(r + x)
                - gammaln(r)
                + r * np.log(alpha)
                + s * np.log(beta)
                + np.log(
                    (alpha + age) ** -(r + x) * (beta + age) ** -s + s / c * a0
                )
            )
            assert pareto._likelihood(np.log(list(theta.values())), rows)[
                0
            ] == pytest.approx(published.sum(), rel=1e-10)

    @pytest.mark.parametrize("name", list(FITS))
    @pytest.mark.parametrize(
        "theta",
        [(-0.5, 1.2, -0.3, 0.8), (0.8, 2.0, 0.5, 3.0), (-2.0, -0.5, 1.0, -1.0)],
    )
    def test_gradients_are_those_of_differences(
        self, name: str, theta: tuple[float, ...]
    ) -> None:
        likelihood = (
            pareto._likelihood
            if name == "pareto_nbd"
            else lambda point, rows: bg._likelihood(
                point, rows, int(name == "mbgnbd")
            )
        )
        rows, point = group(simulated(name, 400, 3)), np.array(theta)
        _, slope = likelihood(point, rows)
        for position, move in enumerate(np.eye(4) * 1e-5):
            measured = (
                likelihood(point + move, rows)[0]
                - likelihood(point - move, rows)[0]
            ) / 2e-5
            assert slope[position] == pytest.approx(measured, rel=1e-5, abs=1e-4)

    def test_gamma_gamma_gradient(self) -> None:
        x = np.random.default_rng(0).integers(1, 9, 200).astype(float)
        money = x * simulate_spend({"p": 6.25, "q": 3.74, "gamma": 15.44}, x, 1)
        rows, theta = (
            Rows(x, money, np.log(money), np.ones(200), np.arange(200)),
            np.array([1.0, 1.5, 2.0]),
        )
        _, slope = gg._likelihood(theta, rows)
        for position, move in enumerate(np.eye(3) * 1e-5):
            assert slope[position] == pytest.approx(
                (
                    gg._likelihood(theta + move, rows)[0]
                    - gg._likelihood(theta - move, rows)[0]
                )
                / 2e-5,
                rel=1e-5,
            )

    @pytest.mark.slow
    @pytest.mark.parametrize("name", list(FITS))
    def test_thechances_of_n_orders_add_up_to_the_expected(self, name: str) -> None:
        fit = FITS[name](simulated(name, 300, 5))
        total = sum(fit.at_least(n, 20.0) for n in range(1, 400))
        assert np.allclose(total, fit.expected(20.0), rtol=1e-4, atol=1e-6)

    def test_bgbb_chances_add_up_to_the_expected(self) -> None:
        fit = fit_bgbb(
            pd.DataFrame(
                [
                    (x, last, 6)
                    for x, last, count in DONORS
                    for _ in range(count // 20)
                ],
                columns=["frequency", "recency", "T"],
            )
        )
        assert np.allclose(
            sum(fit.at_least(n, 5) for n in range(1, 6)),
            fit.expected(5),
            rtol=1e-9,
        )

    @staticmethod
    def model(name: str, x: int, t_x: float, age: float) -> PurchaseModel:
        fit = FITS[name](simulated(name, 300, 0))
        rows = group(pd.DataFrame({"frequency": [x], "recency": [t_x], "T": [age]}))
        from dataclasses import replace

        return replace(
            fit, parameters=KNOWN[name], rows=rows, index=pd.RangeIndex(1)
        )


class TestLaws:
    @pytest.mark.slow
    @settings(max_examples=25, deadline=None)
    @given(
        st.sampled_from(list(FITS)),
        st.integers(0, 10_000),
        st.integers(30, 200),
    )
    def test_chances_are_chances_and_more_time_brings_more_orders(
        self, name: str, seed: int, customers: int
    ) -> None:
        fit = FITS[name](simulated(name, customers, seed))
        alive, soon, later = fit.alive(), fit.expected(5), fit.expected(30)
        assert ((alive >= 0) & (alive <= 1)).all()
        assert ((soon >= 0) & (later >= soon)).all() and np.isfinite(later).all()
        assert list(fit.parameters.values()) == [
            value for value in fit.parameters.values() if value > 0
        ]

    def test_order_of_rows_and_time_unit_do_not_matter(self) -> None:
        weeks = simulated("bgnbd", 2000, 1)
        shuffled = weeks.sample(frac=1, random_state=0)
        days = weeks.assign(recency=weeks["recency"] * 7, T=weeks["T"] * 7)
        one, two, three = fit_bgnbd(weeks), fit_bgnbd(shuffled), fit_bgnbd(days)
        assert two.parameters == pytest.approx(one.parameters, rel=1e-6)
        assert two.expected(10).loc[5] == pytest.approx(
            one.expected(10).loc[5], rel=1e-6
        )
        assert three.parameters["alpha"] == pytest.approx(
            7 * one.parameters["alpha"], rel=1e-6
        )
        assert three.expected(70).sum() == pytest.approx(
            one.expected(10).sum(), rel=1e-6
        )
        assert three.log_likelihood == pytest.approx(
            one.log_likelihood - weeks["frequency"].sum() * np.log(7), rel=1e-9
        )

    def test_repeated_rows_are_grouped_and_change_nothing(self) -> None:
        small = simulated("mbgnbd", 400, 2).round({"recency": 0, "T": 0})
        large = pd.concat([small] * 10, ignore_index=True)
        one, ten = fit_mbgnbd(small), fit_mbgnbd(large)
        assert len(ten.rows) == len(one.rows) and ten.customers == 4000
        assert ten.parameters == pytest.approx(one.parameters, rel=1e-4)
        assert ten.log_likelihood == pytest.approx(
            10 * one.log_likelihood, rel=1e-8
        )
        assert ten.standard_errors["r"] == pytest.approx(
            one.standard_errors["r"] / np.sqrt(10), rel=1e-2
        )

    def test_every_customer_may_have_a_time_of_their_own(self) -> None:
        table = simulated("bgnbd", 50, 0)
        fit = fit_bgnbd(table)
        times = np.linspace(1, 20, 50)
        assert np.allclose(
            fit.expected(times),
            [fit.expected(t).iloc[number] for number, t in enumerate(times)],
        )

    def test_the_same_seed_gives_the_same_answer(self) -> None:
        table = simulated("bgnbd", 40_000, 4)
        assert fit_bgnbd(table).parameters == fit_bgnbd(table).parameters

    def test_no_sign_of_leaving_is_said(self) -> None:
        """Everybody orders all the time: the data do not bound a and b, and the fit says so."""
        rng = np.random.default_rng(0)
        age = np.full(300, 50.0)
        fit = fit_bgnbd(
            pd.DataFrame(
                {
                    "frequency": rng.poisson(20, 300) + 1,
                    "recency": age - rng.exponential(1, 300).clip(0, 10),
                    "T": age,
                }
            )
        )
        assert [key for key, _ in fit.notes] == ["value.fit.at_edge"]
        assert not np.isfinite(list(fit.standard_errors.values())).all()
        assert fit.alive().min() > 0.9


class TestRefused:
    @pytest.mark.parametrize(
        "row",
        [
            {"frequency": 1, "recency": 9.0, "T": 5.0},
            {"frequency": -1, "recency": 0.0, "T": 5.0},
            {"frequency": 1.5, "recency": 1.0, "T": 5.0},
            {"frequency": 1, "recency": np.nan, "T": 5.0},
        ],
    )
    def test_what_cannot_be_a_history_is_refused(
        self, row: dict[str, float]
    ) -> None:
        with pytest.raises(ValueError, match="frequency"):
            fit_bgnbd(pd.DataFrame([row]))

    def test_a_missing_column_is_named(self) -> None:
        with pytest.raises(ValueError, match="no recency"):
            fit_pareto_nbd(pd.DataFrame({"frequency": [1], "T": [3.0]}))

    def test_too_few_customers_with_spend_are_refused(self) -> None:
        with pytest.raises(AnalysisError, match="at least 3"):
            fit_gamma_gamma(
                pd.DataFrame({"frequency": [0, 1], "monetary": [0.0, 5.0]})
            )

    def test_contracts_of_which_none_has_ended_are_refused(self) -> None:
        with pytest.raises(AnalysisError, match="ended"):
            fit_sbg(pd.DataFrame({"tenure": [3, 4], "churned": [False, False]}))

    def test_half_a_chance_is_refused(self) -> None:
        with pytest.raises(ValueError, match="whole numbers"):
            fit_bgbb(pd.DataFrame({"frequency": [1], "recency": [1.5], "T": [3.0]}))

    def test_a_spend_model_needs_money(self) -> None:
        with pytest.raises(ValueError, match="no monetary"):
            fit_gamma_gamma(pd.DataFrame({"frequency": [1, 2, 3]}))

    def test_contracts_without_tenure_are_refused(self) -> None:
        with pytest.raises(ValueError, match="no tenure"):
            fit_sbg(pd.DataFrame({"churned": [True]}))

    def test_a_unit_that_there_is_not_is_refused(self) -> None:
        orders = pd.DataFrame(
            {"customer": ["a"], "date": pd.to_datetime(["2024-01-01"])}
        )
        with pytest.raises(ValueError, match="'day', 'week', 'month'"):
            purchase_summary(orders, unit="year")


class TestRecovery:
    """Known parameters found again within three standard errors in at least 18 of 20 seeds."""

    @pytest.mark.slow
    @pytest.mark.parametrize("name", list(FITS))
    def test_known_parameters_are_found_from_300_customers(self, name: str) -> None:
        fits = [FITS[name](simulated(name, 300, seed)) for seed in range(20)]
        assert all(fit.converged for fit in fits)
        assert sum(within(fit, KNOWN[name]) for fit in fits) >= 18

    @pytest.mark.slow
    @pytest.mark.parametrize("name", list(FITS))
    def test_known_parameters_are_found_from_100_000_customers(
        self, name: str
    ) -> None:
        fits = [FITS[name](simulated(name, 100_000, seed)) for seed in range(20)]
        assert all(fit.converged for fit in fits)
        assert sum(within(fit, KNOWN[name]) for fit in fits) >= 18
        natural = [
            all(
                abs(fit.parameters[key] - value) <= 3 * fit.standard_errors[key]
                for key, value in KNOWN[name].items()
            )
            for fit in fits
        ]
        assert sum(natural) >= 18

    @pytest.mark.slow
    @pytest.mark.parametrize("customers", [300, 100_000])
    def test_known_spend_is_found(self, customers: int) -> None:
        known = {"p": 6.25, "q": 3.74, "gamma": 15.44}
        good = 0
        for seed in range(20):
            x = 1 + np.random.default_rng(seed).poisson(2, customers)
            fit = fit_gamma_gamma(
                pd.DataFrame(
                    {"frequency": x, "monetary": simulate_spend(known, x, seed)}
                )
            )
            good += fit.converged and within(fit, known)
        assert good >= 18


@pytest.mark.parametrize("name", FITS)
def test_chances_one_after_the_other_are_those_asked_for_singly(name: str) -> None:
    model = FITS[name](simulated(name, 300, 1))
    rows, times = model.rows, np.full(len(model.rows), 26.0)
    successive = model._successive(rows, times)
    going, chances = np.arange(len(rows)), next(successive)
    for n in range(1, 40):
        part = rows.take(going)
        alone = model._at_least(part, n, times[going])
        assert np.allclose(chances, alone, rtol=0, atol=1e-12)
        together = model._at_least(part, np.full(len(part), n), times[going])
        assert np.array_equal(alone, together)
        kept = np.arange(n % 2, len(going), 1 + (n % 7 == 0))
        going, chances = going[kept], successive.send(kept)


@pytest.mark.parametrize("name", FITS)
def test_a_level_that_just_reaches_what_came_holds_it(name: str) -> None:
    model = FITS[name](simulated(name, 300, 2))
    came = np.random.default_rng(0).integers(0, 6, 300)
    below, up_to = chances_of(model, 26.0, came)
    levels = np.clip(level_needed(below, up_to), 0, 0.999)
    low, high = order_quantiles(model, 26.0, levels)
    reached = level_needed(below, up_to) <= 0.999
    assert ((low <= came) & (came <= high))[reached].all() and reached.mean() > 0.9
