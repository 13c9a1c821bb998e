"""Options: frozen settings whose defaults, bounds, widgets and errors all come from one line each.

A settings class is a frozen, keyword-only dataclass that inherits from `Options`; each field is made with `knob`:

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
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

__all__ = ["Knob", "Options", "knob"]


def knob(
    default: Any,
    low: float | None = None,
    high: float | None = None,
    *,
    step: float | None = None,
    advanced: bool = False,
) -> Any:
    """Declare one setting: its default, its bounds, the step of its slider, whether it hides behind "more settings"."""
    return dataclasses.field(
        default=default, metadata={"low": low, "high": high, "step": step, "advanced": advanced}
    )


@dataclass(frozen=True)
class Knob:
    """One setting as a widget sees it.

    `kind` is "flag" (bool), "integer", "number", "choice" (Literal), "choices" (a tuple of Literals), "text" (str) or
    "texts" (a tuple of anything else); `optional` settings may be None, which means "chosen for you".
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


@dataclass(frozen=True, kw_only=True)
class Options:
    """What all settings classes share: a value out of bounds is a ValueError that names the setting and its bounds."""

    def __post_init__(self) -> None:
        for one in self.knobs():
            _check(type(self).__name__, one, getattr(self, one.name))

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
        """Settings from `to_dict`'s output; names this version does not know are passed over, so old files still open."""
        known = {one.name: one for one in cls.knobs()}
        return cls(
            **{
                name: _as_tuple(value) if known[name].kind in ("choices", "texts") else value
                for name, value in values.items()
                if name in known
            }
        )

    def in_python(self) -> str:
        """The settings as Python that makes them again; those that are not the default are written out.

        >>> from crm_analysis.tables.filters import Calendar
        >>> Calendar(fiscal_year_starts=4).in_python()
        'Calendar(fiscal_year_starts=4)'
        """
        own = (
            (field.name, getattr(self, field.name), field.default)
            for field in dataclasses.fields(self)
        )
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value, default in own if value != default)})"

    def fingerprint(self) -> str:
        """A short text that is the same exactly when the class and all settings are the same."""
        text = type(self).__name__ + json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _knobs_of(options: type[Options]) -> tuple[Knob, ...]:
    hints = get_type_hints(options)
    return tuple(_describe(field, hints[field.name]) for field in dataclasses.fields(options))


def _as_tuple(value: Any) -> Any:
    return tuple(_as_tuple(item) for item in value) if isinstance(value, list) else value


def _describe(field: dataclasses.Field, hint: Any) -> Knob:
    parts = (
        [part for part in get_args(hint) if part is not type(None)]
        if get_origin(hint) in (typing.Union, types.UnionType)
        else [hint]
    )
    optional = len(parts) == 1 and parts[0] is not hint
    inner = parts[0]
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
    )


def _check(owner: str, one: Knob, value: Any) -> None:
    if value is None and one.optional:
        return
    where = f"{owner}.{one.name} is {value!r}"
    if one.kind == "flag" and not isinstance(value, bool):
        raise ValueError(f"{where}; it must be True or False")
    if one.kind in ("integer", "number"):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole or (one.kind == "number" and isinstance(value, float) and value == value)):
            raise ValueError(
                f"{where}; it must be a {'whole ' if one.kind == 'integer' else ''}number"
            )
        if (one.low is not None and value < one.low) or (one.high is not None and value > one.high):
            raise ValueError(f"{where}; it must be {_range(one)}")
    if one.kind == "choice" and value not in one.choices:
        raise ValueError(f"{where}; it must be one of {', '.join(map(repr, one.choices))}")
    if one.kind == "choices" and not (isinstance(value, tuple) and set(value) <= set(one.choices)):
        raise ValueError(f"{where}; it must be a tuple of {', '.join(map(repr, one.choices))}")
    if one.kind == "text" and not isinstance(value, str):
        raise ValueError(f"{where}; it must be text")
    if one.kind == "texts" and not isinstance(value, tuple):
        raise ValueError(f"{where}; it must be a tuple")


def _range(one: Knob) -> str:
    if one.low is None:
        return f"at most {one.high}"
    return f"at least {one.low}" if one.high is None else f"from {one.low} to {one.high}"
