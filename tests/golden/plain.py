"""Answers as plain JSON values. Keys with # are of digests, so that no renaming touches them."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, singledispatch
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PURCHASE_MODELS: tuple[str, ...] = (
    "BetaGeometric",
    "ModifiedBetaGeometric",
    "BetaGeometricBetaBernoulli",
)
PURCHASE_MODELS += ("ParetoNBD", "LookAlike")
# Fields that hold what is not an answer, by class: fitted models, engines, inner forms. "*": any.
NOT_COMPARED: dict[str, set[str]] = {
    "*": {"engine", "store", "seconds"},
    "RawTable": {"coded", "tidy"},
    "Cleaned": {"columns", "ledger"},
    "Segments": {"encoding", "model"},
    "Rules": {"baskets", "lattice", "pair_frequencies"},
    "Offers": {"verdict"},
    "FittedValue": {"options", "purchases", "holdout"},
    "Churn": {"fold_models"},
    "Value": {"worth", "equity_each", "spread_shares", "tracking_gap"},
    "Ranges": {"options"},
    "Check": {"message"},
    "Remark": {"message"},
    "GammaGamma": {"usable"},
    "ShiftedBetaGeometric": {"usable"},
    "Drivers": {"high_share"},
    "Contracts": {"worth", "observed_curve"},
    "Cohorts": {"has_money"},
    **{name: {"rows", "usable", "orders_per_count"} for name in PURCHASE_MODELS},
}
# Keys of a dict and columns of a table that change from run to run, or with the machine.
NOT_THE_SAME_TWICE = {"seconds", "digest", "versions"}
# Methods of a result that are asked too, where they need no argument.
METHODS: tuple[str, ...] = (
    "summary",
    "headlines",
    "shown",
    "best",
    "confusion",
    "heat_map",
    "matrix",
    "alive",
)
METHODS += ("without_redundant",)
METHODS += ("diagnostics", "leave_out", "unfinished", "total_paths", "expected")
FEW_TEXTS = 40  # a column of at most so many different texts is written as these and their order
SHOWN = 5  # rows at the start and at the end of a column


class _Omitted:
    """What stands for a value that is not compared."""


OMITTED = _Omitted()


@singledispatch
def plain(value: Any) -> Any:
    """A value as JSON can hold it; what is no answer (a model, an engine) is omitted."""
    return fields_of(value) if dataclasses.is_dataclass(value) else OMITTED


@plain.register(type(None))
@plain.register(str)
@plain.register(bool)
@plain.register(int)
@plain.register(float)
def _(value: Any) -> Any:
    return value


@plain.register
def _(value: np.generic) -> Any:
    return plain(value.item())


@plain.register(type(pd.NA))
def _(value: Any) -> Any:
    return None


@plain.register(datetime.date)
@plain.register(np.datetime64)
def _(value: Any) -> Any:
    return None if pd.isna(value) else pd.Timestamp(value).isoformat()


@plain.register
def _(value: datetime.timedelta) -> Any:
    return None if pd.isna(value) else pd.Timedelta(value).total_seconds()


@plain.register
def _(value: Path) -> Any:
    return value.name


@plain.register(tuple)
@plain.register(list)
def _(value: Sequence[Any]) -> Any:
    return [each for each in map(plain, value) if each is not OMITTED]


@plain.register(set)
@plain.register(frozenset)
def _(value: Any) -> Any:
    return sorted(map(text_of, value), key=str)


@plain.register(Mapping)
def _(value: Mapping[Any, Any]) -> Any:
    kept = {
        str(key): plain(each)
        for key, each in value.items()
        if key not in NOT_THE_SAME_TWICE
    }
    return {key: each for key, each in kept.items() if each is not OMITTED}


@plain.register
def _(value: pd.DataFrame) -> Any:
    columns = [
        place for place, name in enumerate(value) if name not in NOT_THE_SAME_TWICE
    ]
    names = [str(value.columns[place]) for place in columns]
    digests = [digest(value.iloc[:, place]) for place in columns]
    index = (
        {}
        if isinstance(value.index, pd.RangeIndex)
        else {"#index": digest(value.index)}
    )
    return {
        "#rows": len(value),
        "#columns": names,
        **index,
        "#cells": dict(zip(names, digests, strict=True)),
    }


@plain.register(pd.Series)
def _(value: pd.Series) -> Any:
    index = (
        {}
        if isinstance(value.index, pd.RangeIndex)
        else {"#index": digest(value.index)}
    )
    return {"#name": str(value.name), **index, "#cells": digest(value)}


@plain.register(pd.Index)
@plain.register(pd.api.extensions.ExtensionArray)
def _(value: Any) -> Any:
    return digest(value)


@plain.register
def _(value: np.ndarray) -> Any:
    return {"#shape": list(value.shape), "#cells": digest(value.ravel())}


def fields_of(value: Any) -> dict[str, Any]:
    """The fields and properties of a result, and what its methods say that need no argument."""
    kind = type(value)
    names = [field.name for field in dataclasses.fields(kind)] + [
        name
        for name, member in inspect.getmembers(kind)
        if isinstance(member, property | cached_property)
    ]
    skipped = NOT_COMPARED["*"] | NOT_COMPARED.get(kind.__name__, set())
    parts = {
        name: plain(getattr(value, name))
        for name in names
        if not name.startswith("_") and name not in skipped
    }
    for name in METHODS:
        if callable(method := getattr(value, name, None)) and needs_nothing(method):
            parts[f"{name}()"] = plain(method())
    return {name: part for name, part in parts.items() if part is not OMITTED}


def needs_nothing(method: Callable[..., Any]) -> bool:
    """Whether a method can be called without arguments."""
    given = inspect.signature(method).parameters.values()
    return all(
        each.default is not each.empty
        or each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        for each in given
    )


def digest(values: Any) -> dict[str, Any]:
    """A column in short: of what kind it is, how many cells are missing, and what is in it."""
    cells = pd.Series(values).reset_index(drop=True)
    kind = (
        cells.dtype.name
        if pd.api.types.is_extension_array_dtype(cells)
        else cells.dtype.kind
    )
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_complex_dtype(
        cells
    ):
        return {
            "#kind": kind,
            **digest_of_numbers(cells.to_numpy(float, na_value=np.nan)),
        }
    return {"#kind": kind, **digest_of_texts([text_of(cell) for cell in cells])}


def digest_of_numbers(values: np.ndarray) -> dict[str, Any]:
    """Numbers in short. `#in_order` weighs each number by its place, so that order counts."""
    known = values[np.isfinite(values)]
    ends = {"#first": values[:SHOWN], "#last": values[-SHOWN:]}
    counts = {
        "#count": len(values),
        "#missing": int(np.isnan(values).sum()),
        "#infinite": int(np.isinf(values).sum()),
    }
    if not len(known):
        return counts
    return {
        **counts,
        "#sum": float(known.sum()),
        "#mean": float(known.mean()),
        "#min": float(known.min()),
        "#max": float(known.max()),
        "#in_order": float((known * np.linspace(1, 2, len(known))).sum()),
        **{
            name: [float(f"{each:.12g}") for each in some]
            for name, some in ends.items()
        },
    }


def digest_of_texts(texts: list[Any]) -> dict[str, Any]:
    """Texts in short: where few differ, these and a hash of their order; else a hash of all."""
    counts = {
        "#count": len(texts),
        "#missing": sum(text is None for text in texts),
    }
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    if len(places) <= FEW_TEXTS:
        return {
            **counts,
            "#texts": list(places),
            "#order": hash_of(places[text] for text in texts),
        }
    return {
        **counts,
        "#first": texts[:SHOWN],
        "#last": texts[-SHOWN:],
        "#hash": hash_of(texts),
    }


def hash_of(values: Any) -> str:
    """A short hash of values in their order."""
    return hashlib.sha256("\x1f".join(map(str, values)).encode()).hexdigest()[:16]


def text_of(cell: Any) -> str | None:
    """A cell as text; numbers in it to ten digits, so that they are the same each time."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, tuple | list | dict | set | frozenset | np.ndarray):
        return json.dumps(rounded(plain(cell)), ensure_ascii=False, sort_keys=True)
    if pd.isna(cell):
        return None
    return str(rounded(plain(cell)))


def rounded(value: Any) -> Any:
    """A plain value with its floats to ten digits."""
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, list):
        return [rounded(each) for each in value]
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return value
