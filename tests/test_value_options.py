"""The settings of customer value: every one is worded, and every model can be chosen."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from crm_analysis.analyses.value import (
    MODELS,
    BusinessOptions,
    CohortOptions,
    ContractOptions,
    DriverOptions,
    MovementOptions,
    ScoreOptions,
    TierOptions,
    ValueOptions,
)
from crm_analysis.options import Options
from crm_analysis.wording import has


@pytest.mark.parametrize(
    "options",
    [
        BusinessOptions,
        CohortOptions,
        ContractOptions,
        DriverOptions,
        MovementOptions,
        ScoreOptions,
        TierOptions,
        ValueOptions,
    ],
)
def test_every_knob_has_its_phrases(options: type[Options]) -> None:
    for knob in options.knobs():
        for part in ("label", "help", *knob.choices):
            assert has(f"value.knob.{knob.name}.{part}"), knob.name


def test_every_model_can_be_chosen_and_is_called_something() -> None:
    assert get_args(get_type_hints(ValueOptions)["model"]) == ("auto", *MODELS)
    assert all(has(f"value.model.{name}") for name in MODELS)


def test_what_a_fit_does_not_depend_on_is_left_out_of_its_settings() -> None:
    options = ValueOptions(unit="day", horizon=90, margin=0.4, coverage=0.9, seed=3)
    assert options.for_fit() == ValueOptions(unit="day", seed=3)
    assert options.for_ranges() == ValueOptions(
        unit="day", horizon=90, coverage=0.9, seed=3
    )
