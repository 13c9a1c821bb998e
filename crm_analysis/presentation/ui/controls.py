"""Widgets from an options class: a slider, a select box or a switch a knob, in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import streamlit as st

from crm_analysis.options import Knob, Options
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.session import choice_text, plain, say
from crm_analysis.wording import has

Settings = TypeVar("Settings", bound=Options)

_SLIDER_STEPS = 60
_NUMBERS = ("integer", "number")


def name_to_keep(
    label: str,
    button: str,
    keys: tuple[str, str],
    *,
    start: str = "",
    ready: bool = True,
) -> str:
    """A field for a name and a button beside it; the name when the button is pressed, else "".

    `keys` are those of the two widgets, `ready` is whether there is something to keep.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            say(label), start, key=keys[0], max_chars=60, width=320
        )
        name = name.strip()
        kept = st.button(say(button), key=keys[1], disabled=not name or not ready)
    return name if kept else ""


def controls(  # noqa: PLR0913
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
    kept: bool = True,
    shares: Collection[str] = (),
) -> Settings:
    """The settings a person has chosen, drawn as widgets.

    Parameters
    ----------
    word
        Whose phrases label them: `<word>.knob.<name>.label`, `.help`, `.<choice>`, and `.unset`
        for what it means that an optional one is not set ("chosen for you" where there is none).
    options
        The class of the settings; its knobs give defaults, bounds and kinds of widget.
    key
        What the widgets' keys begin with; `word` where it is not given.
    only
        The knobs to draw, in this order; all where it is not given.
    choices
        The values of knobs that depend on the data, as columns or products.
    high
        Upper bounds lower than the knobs' own.
    names
        How the values of a knob are called, where phrases do not say it.
    start
        Other defaults than the class has.
    places
        A container a knob. Knobs without one, or the advanced ones where there are no places,
        stand under "More settings".
    kept
        Whether they stay as they were set; not where they are decisions that a table keeps.
    shares
        Knobs that are shares here, though not everywhere, and so shown in percent.
    """
    knobs = {
        knob.name: knob
        for knob in options.knobs()
        if _drawable(knob, choices or {})
    }
    shown = [name for name in (only or knobs) if name in knobs]
    chosen: dict[str, Any] = {}

    def draw(name: str) -> None:
        knob = replace(knobs[name], percent=knobs[name].percent or name in shares)
        ends = (knob.high, (high or {}).get(name))
        widget = _Widget(
            word,
            knob,
            widget_key(key or word, options.__name__, name),
            getattr(start, name) if start else knob.default,
            (choices or {}).get(name),
            min((end for end in ends if end is not None), default=None),
            (names or {}).get(name),
            kept,
        )
        chosen[name] = _draw(widget)

    if places is None:
        first = [name for name in shown if not knobs[name].advanced]
        for name in first:
            draw(name)
    else:
        first = [name for name in shown if name in places]
        for name in first:
            with places[name]:
                draw(name)
    more = [name for name in shown if name not in first]
    if more:
        with st.expander(say("frame.more_settings")):
            grid = (
                st.grid(min_column_width=220)
                if places is not None
                else st.container()
            )
            for name in more:
                with grid.container() if places is not None else grid:
                    draw(name)
    return options(
        **{
            name: value
            for name, value in _values(start).items()
            if name not in chosen
        },
        **chosen,
    )


def _values(settings: Options | None) -> dict[str, Any]:
    if settings is None:
        return {}
    return {knob.name: getattr(settings, knob.name) for knob in settings.knobs()}


def _drawable(knob: Knob, choices: Mapping[str, Sequence[str]]) -> bool:
    if knob.kind in ("texts", "text"):
        return knob.name in choices
    bounded = knob.low is not None and knob.high is not None
    return knob.kind not in _NUMBERS or bounded


@dataclass(frozen=True)
class _Widget:
    word: str
    knob: Knob
    key: str
    default: Any
    values: Sequence[str] | None  # those that depend on the data
    high: float | None
    names: Callable[[str], str] | None
    kept: bool

    @property
    def label(self) -> str:
        return say(f"{self.word}.knob.{self.knob.name}.label")

    @property
    def shared(self) -> dict[str, Any]:
        """What every widget is given."""
        help_key = f"{self.word}.knob.{self.knob.name}.help"
        help_text = say(help_key) if has(help_key) else None
        return {"key": self.key, "help": help_text}

    def unset(self, usual: str) -> str:
        """What it means that an optional knob is not set."""
        own = f"{self.word}.knob.{self.knob.name}.unset"
        return plain(own if has(own) else usual)

    def text(self) -> Callable[[Any], str]:
        """How a choice is shown; made now, for a widget may ask outside a session."""
        unset = self.unset("frame.chosen_for_you")
        names = self.names or choice_text(f"{self.word}.knob.{self.knob.name}.{{}}")
        yes_or_no = {True: "yes", False: "no"}

        def text(choice: Any) -> str:
            if choice is None:
                return unset
            return names(choice if isinstance(choice, str) else yes_or_no[choice])

        return text


def _drawn(
    widget: _Widget, draw: Callable[..., Any], *given: Any, **named: Any
) -> Any:
    if widget.kept:
        return remembered(draw, *given, **named)
    return draw(*given, persist_state="session", **named)


def _draw(widget: _Widget) -> Any:
    knob = widget.knob
    if knob.kind in _NUMBERS and knob.optional:
        return _draw_optional_number(widget)
    if knob.kind in _NUMBERS:
        return _draw_number(widget, widget.default)
    if knob.kind == "flag" and not knob.optional:
        return _drawn(
            widget, st.toggle, widget.label, value=widget.default, **widget.shared
        )
    if knob.kind in ("choices", "texts"):
        return _draw_several(widget)
    return _draw_choice(widget)


def _draw_optional_number(widget: _Widget) -> Any:
    """A number that may be chosen for the reader: one slider where all values fit beside "auto"."""
    knob = widget.knob
    few = widget.high is not None and widget.high - (knob.low or 0) <= _SLIDER_STEPS
    if knob.kind == "integer" and few:
        marks = [None, *range(int(knob.low or 0), int(widget.high or 0) + 1)]
        auto = widget.unset("frame.auto")
        return _drawn(
            widget,
            st.select_slider,
            widget.label,
            marks,
            value=widget.default if widget.default in marks else None,
            format_func=lambda value: auto if value is None else str(value),
            **widget.shared,
        )
    unset = widget.unset("frame.chosen_for_you")
    if _drawn(
        widget,
        st.toggle,
        say(
            "frame.automatic",
            label=widget.label,
            unset=unset[:1].lower() + unset[1:],
        ),
        value=widget.default is None,
        **widget.shared | {"key": f"{widget.key}.auto"},
    ):
        return None
    return _draw_number(
        widget, knob.low if widget.default is None else widget.default
    )


def _draw_number(widget: _Widget, default: Any) -> Any:
    knob = widget.knob
    as_type = int if knob.kind == "integer" else float
    low, high = as_type(knob.low or 0), as_type(widget.high or 0)
    if high <= low:
        st.caption(f"{widget.label}: {low}")
        return low
    usual_step = 1 if knob.kind == "integer" else (high - low) / 100
    step = as_type(knob.step) if knob.step else usual_step
    value = as_type(max(low, min(high, default)))
    many_steps = (high - low) / step > _SLIDER_STEPS * 20
    draw = st.number_input if many_steps else st.slider
    shared = widget.shared | ({"format": "percent"} if knob.percent else {})
    return _drawn(widget, draw, widget.label, low, high, value, step, **shared)


def _draw_several(widget: _Widget) -> tuple[str, ...] | None:
    knob = widget.knob
    nothing = (
        widget.unset("frame.chosen_for_you")
        if knob.optional
        else plain("frame.none_chosen")
    )
    picked = _drawn(
        widget,
        st.multiselect,
        widget.label,
        list(widget.values or knob.choices),
        default=list(widget.default or ()),
        format_func=widget.text(),
        placeholder=nothing,
        **widget.shared,
    )
    return tuple(picked) if picked or not knob.optional else None


def _draw_choice(widget: _Widget) -> Any:
    knob = widget.knob
    offered: list[Any] = list(widget.values or knob.choices or (True, False))
    if knob.optional:
        offered = [None, *offered]
    return _drawn(
        widget,
        st.selectbox,
        widget.label,
        offered,
        index=offered.index(widget.default) if widget.default in offered else 0,
        format_func=widget.text(),
        placeholder=widget.unset("frame.chosen_for_you") if knob.optional else None,
        **widget.shared,
    )
