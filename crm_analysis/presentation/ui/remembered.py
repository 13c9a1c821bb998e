"""Settings that stay as they were set: over pages, sessions and restarts, a workspace at a time.

A widget drawn by `remembered` begins with what was last chosen in this workspace, and writes down
what is chosen now. What is stored no longer fits where a column is gone or a bound has moved: the
widget then begins with its default. The page of a setting is the first word of its key.
"""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.session import say, workspace

_DRAWN = widget_key("frame", "settings")  # what each setting was when last drawn
_BACK = widget_key(
    "frame", "settings", "back"
)  # those on their way to their defaults


class _NoFit(Exception):
    """What is stored is no value of the widget any more."""


def remembered(
    draw: Callable[..., Any], *given: Any, key: str, **named: Any
) -> Any:
    """The value of a setting, drawn as a widget that begins with what was last chosen.

    Parameters
    ----------
    draw
        The widget: `st.slider`, `column.selectbox` … of those in _FITTING.
    given, named
        What `draw` takes.
    key
        Made by `widget_key`.
    """
    bound = inspect.signature(draw).bind(*given, **named)
    bound.apply_defaults()
    widget, arguments = draw.__name__, bound.arguments
    default = _default(widget, arguments)
    before = _begin(widget, arguments, key, default)
    value = draw(*given, key=key, persist_state="session", **named)
    drawn = st.session_state.setdefault(_DRAWN, {})
    if _plain(value) != drawn.get(key, before):
        remember(key, value, default)
    drawn[key] = _plain(value)
    return value


def last_chosen(key: str, default: Any = None) -> Any:
    """What a setting is before its widget is drawn: in this session, else in the workspace."""
    if key in _on_their_way_back():
        return default
    if key in st.session_state:
        return st.session_state[key]
    return _stored(_page(key)).get(key, default)


def remember(key: str, value: Any, default: Any = None) -> None:
    """Write down what a setting is; what is the default is not kept."""
    page, plain = _page(key), _plain(value)
    stored = _stored(page)
    if plain == _plain(default):
        stored.pop(key, None)
    else:
        stored[key] = plain
    workspace().settings[_name(page)] = stored


def draw_back(page: str) -> None:
    """The way back to the defaults of a page, where it has settings."""
    settings = [
        key for key in st.session_state.get(_DRAWN, {}) if _page(key) == page
    ]
    if not settings:
        return

    def go_back() -> None:
        workspace().settings.pop(_name(page), None)
        _on_their_way_back().update(settings)

    st.button(
        say("frame.settings.back"),
        key=widget_key("frame", "settings", "defaults"),
        help=say("frame.settings.back_help"),
        icon=":material/restart_alt:",
        on_click=go_back,
        width="stretch",
    )


def _page(key: str) -> str:
    return key.partition(".")[0]


def _name(page: str) -> str:
    return f"settings.{page}"


def _stored(page: str) -> dict[str, Any]:
    return dict(workspace().settings.get(_name(page)) or {})


def _on_their_way_back() -> set[str]:
    back: set[str] = st.session_state.setdefault(_BACK, set())
    return back


def _begin(
    widget: str, arguments: Mapping[str, Any], key: str, default: Any
) -> Any:
    """Give a widget its first value; what it is to begin with, in plain JSON."""
    back = _on_their_way_back()
    if key in back:
        back.discard(key)
        st.session_state[_DRAWN].pop(key, None)
        st.session_state[key] = default
        return _plain(default)
    state, stored = st.session_state, _stored(_page(key))
    fit = _FITTING[widget]
    try:
        if key in state:
            fit(arguments, _plain(state[key]))
        elif key in stored:
            state[key] = fit(arguments, stored[key])
            return stored[key]
    except _NoFit:
        if key in state:  # the table has changed while the page was open
            state[key] = default
    return _plain(default)


def _plain(value: Any) -> Any:
    """A value as JSON gives it back."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


# The default of each widget, from what it is given.


def _default(widget: str, arguments: Mapping[str, Any]) -> Any:
    if widget == "selectbox":
        options, index = list(arguments["options"]), arguments["index"]
        return options[index] if options and index is not None else None
    if widget == "select_slider":
        usual = arguments["value"]
        return arguments["options"][0] if usual is None else usual
    if _is_several(arguments):
        return list(arguments["default"] or ())
    if "default" in arguments:
        return arguments["default"]
    usual = arguments["value"]
    is_lowest = widget in ("slider", "number_input") and usual in (None, "min")
    return arguments["min_value"] if is_lowest else usual


def _is_several(arguments: Mapping[str, Any]) -> bool:
    """Whether a widget takes several of its options: a multiselect, or pills that say so."""
    several = "options" in arguments and "default" in arguments
    return several and arguments.get("selection_mode", "multi") == "multi"


# Whether what is stored is still a value of the widget, and which.


def _fit_number(arguments: Mapping[str, Any], stored: Any) -> Any:
    low, high = arguments["min_value"], arguments["max_value"]
    is_whole = all(isinstance(end, int) for end in (low, high))
    if isinstance(stored, bool) or not isinstance(stored, int | float):
        raise _NoFit
    if not low <= stored <= high or (is_whole and not isinstance(stored, int)):
        raise _NoFit
    return stored if is_whole else float(stored)


def _fit_flag(arguments: Mapping[str, Any], stored: Any) -> bool:
    if not isinstance(stored, bool):
        raise _NoFit
    return stored


def _fit_text(arguments: Mapping[str, Any], stored: Any) -> str:
    maximum = arguments["max_chars"]
    if not isinstance(stored, str) or (
        maximum is not None and len(stored) > maximum
    ):
        raise _NoFit
    return stored


def _fit_day(arguments: Mapping[str, Any], stored: Any) -> datetime.date | None:
    if stored is None and arguments["value"] is None:
        return None
    try:
        day = datetime.date.fromisoformat(stored)
    except (TypeError, ValueError) as problem:
        raise _NoFit from problem
    low, high = arguments["min_value"], arguments["max_value"]
    if (low and day < low) or (high and day > high):
        raise _NoFit
    return day


def _fit_one(arguments: Mapping[str, Any], stored: Any) -> Any:
    for option in arguments["options"]:
        if _plain(option) == stored and isinstance(option, bool) == isinstance(
            stored, bool
        ):
            return option
    if arguments.get("accept_new_options") and isinstance(stored, str):
        return stored
    raise _NoFit


def _fit_choice(arguments: Mapping[str, Any], stored: Any) -> Any:
    """One of the options, or none where the widget may stand empty."""
    if stored is None and None not in list(arguments["options"]):
        must_be_one = arguments.get("required", True)
        if "index" in arguments:
            must_be_one = arguments["index"] is not None
        if must_be_one:
            raise _NoFit
        return None
    return _fit_one(arguments, stored)


def _fit_several(arguments: Mapping[str, Any], stored: Any) -> Any:
    if not _is_several(arguments):
        return _fit_choice(arguments, stored)
    if not isinstance(stored, list):
        raise _NoFit
    return [_fit_one(arguments, item) for item in stored]


_FITTING: dict[str, Callable[[Mapping[str, Any], Any], Any]] = {
    "slider": _fit_number,
    "number_input": _fit_number,
    "toggle": _fit_flag,
    "text_input": _fit_text,
    "date_input": _fit_day,
    "selectbox": _fit_choice,
    "select_slider": _fit_choice,
    "segmented_control": _fit_several,
    "pills": _fit_several,
    "multiselect": _fit_several,
}
