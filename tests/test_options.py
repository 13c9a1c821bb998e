"""Options: bounds, kinds of widget, and the way to JSON and back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from typing import Any, Literal

import pytest
from hypothesis import given, strategies as st

from crm_analysis.options import Options, knob


@dataclass(frozen=True, kw_only=True)
class Settings(Options):
    clusters: int | None = knob(None, low=2, high=12)
    share: float = knob(0.1, low=0.0, high=1.0)
    scale: Literal["standard", "robust"] = knob("standard")
    log: bool = knob(False, advanced=True)
    features: tuple[str, ...] = knob(())
    shown: tuple[Literal["map", "table"], ...] = knob(("map",))
    label: str | None = knob(None)


def test_each_knob_is_known_by_the_kind_of_its_widget() -> None:
    kinds = {
        one.name: (one.kind, one.optional, one.advanced) for one in Settings.knobs()
    }
    assert kinds == {
        "clusters": ("integer", True, False),
        "share": ("number", False, False),
        "scale": ("choice", False, False),
        "log": ("flag", False, True),
        "features": ("texts", False, False),
        "shown": ("choices", False, False),
        "label": ("text", True, False),
    }


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"clusters": 1}, "Settings.clusters is 1; it must be from 2 to 12"),
        ({"clusters": 2.5}, "a whole number"),
        ({"clusters": True}, "a whole number"),
        ({"share": float("nan")}, "a number"),
        ({"share": 1.01}, "from 0.0 to 1.0"),
        ({"scale": "minmax"}, "one of 'standard', 'robust'"),
        ({"log": 1}, "True or False"),
        ({"features": ["a"]}, "a tuple"),
        ({"shown": ("list",)}, "a tuple of 'map', 'table'"),
        ({"label": 3}, "text"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(
    wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        Settings(**wrong)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().share = 0.5


@given(
    st.builds(
        Settings,
        clusters=st.none() | st.integers(2, 12),
        share=st.floats(0, 1),
        scale=st.sampled_from(["standard", "robust"]),
        log=st.booleans(),
        features=st.lists(st.text()).map(tuple),
        label=st.none() | st.text(),
    )
)
def test_settings_come_back_from_json_the_same(settings: Any) -> None:
    again = Settings.from_dict(settings.to_dict())
    assert again == settings
    assert again.fingerprint() == settings.fingerprint()


def test_settings_of_an_older_version_still_open() -> None:
    assert Settings.from_dict({"share": 0.5, "gone": 1}) == Settings(share=0.5)


def test_different_settings_have_different_fingerprints() -> None:
    assert Settings(share=0.5).fingerprint() != Settings(share=0.25).fingerprint()
