"""Options: frozen settings whose defaults, bounds, widgets and errors all come from one line each.

A settings class is a frozen, keyword-only dataclass that inherits from `Options`; each field is
made with `knob`:

>>> @dataclass(frozen=True, kw_only=True)
... class ForecastOptions(Options):
...     horizon: int = knob(12, low=1, high=60)
...     model: Literal["auto", "naive"] = "auto"
>>> ForecastOptions(horizon=24).to_dict()
{'horizon': 24, 'model': 'auto'}
>>> ForecastOptions(horizon=0)
Traceback (most recent call last):
    ...
ValueError: ForecastOptions.horizon is 0; it must be from 1 to 60
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints


def knob(
    default: Any,
    low: float | None = None,
    high: float | None = None,
    *,
    step: float | None = None,
    advanced: bool = False,
    percent: bool = False,
) -> Any:
    """Declare one setting.

    Its default, its bounds, the step of its slider, whether it hides behind "more settings", and
    whether it is a share that is shown in percent.
    """
    metadata = {"low": low, "high": high, "step": step, "advanced": advanced}
    return dataclasses.field(
        default=default, metadata=metadata | {"percent": percent}
    )


def share(
    default: float | None,
    low: float = 0.0,
    high: float = 1.0,
    *,
    step: float = 0.01,
    advanced: bool = False,
) -> Any:
    """Declare a setting that is a share: from 0 to 1, shown in percent."""
    return knob(default, low, high, step=step, advanced=advanced, percent=True)


@dataclass(frozen=True)
class Knob:
    """One setting as a widget sees it.

    `kind` is "flag" (bool), "integer", "number", "choice" (Literal), "choices" (a tuple of
    Literals), "text" (str) or "texts" (a tuple of anything else); `optional` settings may be None,
    which means "chosen for you".
    """

    name: str
    kind: Literal["flag", "integer", "number", "choice", "choices", "text", "texts"]
    default: Any
    low: float | None
    high: float | None
    step: float | None
    choices: tuple[str, ...]
    optional: bool
    advanced: bool
    percent: bool


@dataclass(frozen=True, kw_only=True)
class Options:
    """What all settings classes share.

    A value out of bounds is a ValueError that names the setting and its bounds.
    """

    def __post_init__(self) -> None:
        for knob in self.knobs():
            _check(type(self).__name__, knob, getattr(self, knob.name))

    @classmethod
    def knobs(cls) -> list[Knob]:
        """The settings in the order they were declared."""
        return list(_knobs_of(cls))  # type: ignore[arg-type]  # a class is hashable

    def replace(self, **values: Any) -> Self:
        """The same settings with some of them changed; a ValueError where one is out of bounds."""
        return dataclasses.replace(self, **values)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values (tuples become lists)."""
        return json.loads(json.dumps(dataclasses.asdict(self), ensure_ascii=False))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Settings from `to_dict`'s output.

        Names this version does not know are passed over, so old files still open.
        """
        settings = {}
        for knob in cls.knobs():
            if knob.name in values:
                value = values[knob.name]
                is_tuple = knob.kind in ("choices", "texts")
                settings[knob.name] = _as_tuple(value) if is_tuple else value
        return cls(**settings)

    def in_python(self) -> str:
        """The settings as Python that makes them again.

        Those that are not the default are written out.

        >>> from crm_analysis.tables.filters import Calendar
        >>> Calendar(fiscal_year_starts=4).in_python()
        'Calendar(fiscal_year_starts=4)'
        """
        changed = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def fingerprint(self) -> str:
        """A short text that is the same exactly when the class and all settings are the same."""
        text = type(self).__name__ + json.dumps(
            self.to_dict(), sort_keys=True, ensure_ascii=False
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _knobs_of(options: type[Options]) -> tuple[Knob, ...]:
    hints = get_type_hints(options)
    return tuple(
        _describe(field, hints[field.name]) for field in dataclasses.fields(options)
    )


def _as_tuple(value: Any) -> Any:
    return (
        tuple(_as_tuple(item) for item in value)
        if isinstance(value, list)
        else value
    )


def _describe(field: dataclasses.Field, hint: Any) -> Knob:
    optional = get_origin(hint) in (
        typing.Union,
        types.UnionType,
    )  # X | None, and no other
    inner = (
        next(part for part in get_args(hint) if part is not type(None))
        if optional
        else hint
    )
    choices: tuple[str, ...] = ()
    kind: Any
    if get_origin(inner) is Literal:
        kind, choices = "choice", get_args(inner)
    elif get_origin(inner) is tuple and get_origin(get_args(inner)[0]) is Literal:
        kind, choices = "choices", get_args(get_args(inner)[0])
    elif get_origin(inner) is tuple:
        kind = "texts"
    else:
        kind = {bool: "flag", int: "integer", float: "number", str: "text"}[inner]
    about = field.metadata
    return Knob(
        field.name,
        kind,
        field.default,
        about.get("low"),
        about.get("high"),
        about.get("step"),
        choices,
        optional,
        about.get("advanced", False),
        about.get("percent", False),
    )


def _check(owner: str, knob: Knob, value: Any) -> None:
    if value is None and knob.optional:
        return
    problem = _CHECKS[knob.kind](knob, value)
    if problem:
        raise ValueError(f"{owner}.{knob.name} is {value!r}; it must be {problem}")


def _check_flag(knob: Knob, value: Any) -> str | None:
    return None if isinstance(value, bool) else "True or False"


def _check_number(knob: Knob, value: Any) -> str | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    is_number = is_whole or (isinstance(value, float) and value == value)
    if knob.kind == "integer" and not is_whole:
        return "a whole number"
    if not is_number:
        return "a number"
    low, high = knob.low, knob.high
    if (low is None or value >= low) and (high is None or value <= high):
        return None
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"from {low} to {high}"


def _check_choice(knob: Knob, value: Any) -> str | None:
    return None if value in knob.choices else f"one of {_listed(knob.choices)}"


def _check_choices(knob: Knob, value: Any) -> str | None:
    fits = isinstance(value, tuple) and set(value) <= set(knob.choices)
    return None if fits else f"a tuple of {_listed(knob.choices)}"


def _check_text(knob: Knob, value: Any) -> str | None:
    return None if isinstance(value, str) else "text"


def _check_texts(knob: Knob, value: Any) -> str | None:
    return None if isinstance(value, tuple) else "a tuple"


def _listed(choices: tuple[str, ...]) -> str:
    return ", ".join(repr(choice) for choice in choices)


# What a value must be, where it is not that; None where it is.
_CHECKS: dict[str, Callable[[Knob, Any], str | None]] = {
    "flag": _check_flag,
    "integer": _check_number,
    "number": _check_number,
    "choice": _check_choice,
    "choices": _check_choices,
    "text": _check_text,
    "texts": _check_texts,
}
