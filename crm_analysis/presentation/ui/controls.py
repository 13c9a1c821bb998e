"""Widgets from an options class: a slider, a select box or a switch for each knob, labelled from the phrases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from crm_analysis.options import Knob, Options
from crm_analysis.presentation.ui.session import choice_text, plain, say
from crm_analysis.wording import has

Settings = TypeVar("Settings", bound=Options)

_SLIDER_STEPS = 60


def controls(
    word: str,
    options: type[Settings],
    *,
    key: str = "",
    only: Sequence[str] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
    high: Mapping[str, float] | None = None,
    names: Mapping[str, Callable[[str], str]] | None = None,
    start: Settings | None = None,
    places: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings a person has chosen, drawn as widgets.

    Labels are the phrases `<word>.knob.<name>.label`, help texts `.help`, choices `.<choice>`, what it means that an optional one is not set `.unset`
    ("chosen for you" where there is no such phrase). `only` limits and orders the knobs, `choices` gives
    the values of a knob that depend on the data (columns, products), `names` how these are called, `high` lowers a bound, `start` gives other defaults.
    Advanced knobs stand under "More settings"; with `places` (a container a knob) all but these do.
    """
    knobs = {one.name: one for one in options.knobs() if _drawable(one, choices or {})}
    shown = [name for name in (only or knobs) if name in knobs]
    chosen: dict[str, Any] = {}

    def draw(name: str) -> None:
        one = knobs[name]
        default = getattr(start, name) if start else one.default
        ceiling = (high or {}).get(name)
        chosen[name] = _draw(
            word,
            one,
            f"{key or word}.{options.__name__}.{name}",
            default,
            (choices or {}).get(name),
            ceiling,
            (names or {}).get(name),
        )

    first = [
        name
        for name in shown
        if (name in places if places is not None else not knobs[name].advanced)
    ]
    for name in first:
        with places[name] if places is not None else st.container():
            draw(name)
    more = [name for name in shown if name not in first]
    if more:
        with st.expander(say("frame.more_settings")):
            grid = st.grid(min_column_width=220) if places is not None else st.container()
            for name in more:
                with grid.container() if places is not None else grid:
                    draw(name)
    rest = {
        one.name: getattr(start, one.name)
        for one in options.knobs()
        if start and one.name not in chosen
    }
    return options(**{**rest, **chosen})


def _drawable(one: Knob, choices: Mapping[str, Sequence[str]]) -> bool:
    if one.kind in ("texts", "text"):
        return one.name in choices
    return one.kind not in ("integer", "number") or (one.low is not None and one.high is not None)


def _draw(
    word: str,
    one: Knob,
    key: str,
    default: Any,
    values: Sequence[str] | None,
    ceiling: float | None,
    called: Callable[[str], str] | None,
) -> Any:
    label = say(f"{word}.knob.{one.name}.label")
    help_text = say(f"{word}.knob.{one.name}.help") if has(f"{word}.knob.{one.name}.help") else None
    if one.optional and one.kind == "integer" and _short(one, ceiling):
        low, high = (
            int(one.low or 0),
            int(min(one.high or 0, ceiling if ceiling is not None else one.high or 0)),
        )
        marks = [None, *range(low, high + 1)]
        return st.select_slider(
            label,
            marks,
            value=default if default in marks else None,
            format_func=_mark(_unset(word, one, "frame.auto")),
            key=key,
            help=help_text,
            persist_state="session",
        )
    if one.optional and one.kind in ("integer", "number"):
        unset = _unset(word, one, "frame.chosen_for_you")
        if st.toggle(
            say("frame.automatic", label=label, unset=unset[:1].lower() + unset[1:]),
            value=default is None,
            key=f"{key}.auto",
            persist_state="session",
            help=help_text,
        ):
            return None
        default = one.low if default is None else default

    said, chosen_for_you = (
        choice_text(f"{word}.knob.{one.name}.{{}}"),
        _unset(word, one, "frame.chosen_for_you"),
    )

    def text(choice: str | None) -> str:
        return chosen_for_you if choice is None else (called or said)(choice)

    shared: dict[str, Any] = {"key": key, "help": help_text, "persist_state": "session"}
    if one.kind == "flag" and not one.optional:
        return st.toggle(label, value=default, **shared)
    if one.kind in ("integer", "number"):
        return _draw_number(label, one, default, ceiling, shared)
    if one.kind == "choices" or one.kind == "texts":
        nothing = chosen_for_you if one.optional else plain("frame.none_chosen")
        picked = st.multiselect(
            label,
            list(values or one.choices),
            default=list(default or ()),
            format_func=text,
            placeholder=nothing,
            **shared,
        )
        return tuple(picked) if picked or not one.optional else None
    offered: list[Any] = list(values or one.choices or (True, False))
    if one.optional:
        offered = [None, *offered]
    return st.selectbox(
        label,
        offered,
        index=offered.index(default) if default in offered else 0,
        format_func=lambda choice: text(_word(choice)),
        **shared,
    )


def _short(one: Knob, ceiling: float | None) -> bool:
    """Whether all values fit on one slider beside "chosen for you"."""
    high = one.high if ceiling is None or one.high is None else min(one.high, ceiling)
    return one.low is not None and high is not None and high - one.low <= _SLIDER_STEPS


def _unset(word: str, one: Knob, usual: str) -> str:
    """What it means that an optional knob is not set."""
    own = f"{word}.knob.{one.name}.unset"
    return plain(own if has(own) else usual)


def _mark(auto: str) -> Callable[[int | None], str]:
    return lambda value: auto if value is None else str(value)


def _word(choice: Any) -> str | None:
    return choice if choice is None or isinstance(choice, str) else ("yes" if choice else "no")


def _draw_number(
    label: str, one: Knob, default: Any, ceiling: float | None, shared: dict[str, Any]
) -> Any:
    whole = one.kind == "integer"
    as_type = int if whole else float
    low, high = (
        as_type(one.low or 0),
        as_type(min(end for end in (one.high, ceiling) if end is not None)),
    )
    step = as_type(one.step) if one.step else (1 if whole else (high - low) / 100)
    if high <= low:
        st.caption(f"{label}: {low}")
        return low
    value = as_type(max(low, min(high, default)))
    if (high - low) / step > _SLIDER_STEPS * 20:
        return st.number_input(label, low, high, value, step, **shared)
    return st.slider(label, low, high, value, step, **shared)
