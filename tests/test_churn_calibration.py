"""Risks that say what happens: calibration."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from crm_analysis.analyses.churn.models.calibration import calibrate, expit


class TestCalibration:
    def test_platt_finds_the_curve_that_made_the_data(self) -> None:
        rng = np.random.default_rng(0)
        score = rng.normal(size=20_000)
        churned = (rng.random(20_000) < expit(2.0 * score - 1.0)).astype(float)
        result = calibrate(score, churned, "platt")
        assert result.slope == pytest.approx(
            2.0, rel=0.05
        ) and result.intercept == pytest.approx(-1.0, rel=0.05)

    def test_auto_takes_the_staircase_where_the_curve_is_wrong(self) -> None:
        rng = np.random.default_rng(0)
        score = rng.uniform(-3, 3, 6000)
        stairs = np.select([score < -1, score < 1], [0.05, 0.5], 0.55)
        churned = (rng.random(6000) < stairs).astype(float)
        assert calibrate(score, churned, "auto").kind == "isotonic"
        straight = (rng.random(6000) < expit(score)).astype(float)
        assert calibrate(score, straight, "auto").kind == "platt"
        assert calibrate(score[:500], churned[:500], "auto").kind == "platt"

    @given(st.integers(0, 1000), st.sampled_from(["platt", "isotonic"]))
    def test_a_higher_score_is_never_a_lower_risk(
        self, seed: int, method: Any
    ) -> None:
        rng = np.random.default_rng(seed)
        score, churned = rng.normal(size=80), (rng.random(80) < 0.4).astype(float)
        risk = calibrate(score, churned, method)(np.sort(score))
        assert (np.diff(risk) >= -1e-12).all() and ((risk > 0) & (risk < 1)).all()
