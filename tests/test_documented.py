"""Every column of every public result is named where the result is described."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses import churn, customers, forecast, segments, value
from crm_analysis.options import Options
from tests.golden.data_sets import data_sets

MODULES = (crm, churn, customers, forecast, segments, value)
VERBS = {name for name in crm._HOMES if inspect.isfunction(getattr(crm, name))}


class Given:
    """The columns of the tables that each result was made from: these keep their own names.

    A verb that takes a result of another verb was given that one's tables too.
    """

    def __init__(self) -> None:
        self._columns: dict[int, set[str]] = {}
        self._results: list[
            object
        ] = []  # none may be forgotten, or its id is used anew

    def columns_of(self, result: object) -> set[str]:
        """The columns that came in by the tables given to the verb that made this result."""
        return self._columns.get(id(result), set())

    def recorded(self, verb: Callable[..., Any]) -> Callable[..., Any]:
        """The verb, its results remembered with the columns it was given."""

        @functools.wraps(verb)
        def ask(*arguments: Any, **named: Any) -> Any:
            result = verb(*arguments, **named)
            columns: set[str] = set()
            for argument in (*arguments, *named.values()):
                if isinstance(argument, pd.DataFrame):
                    columns.update(map(str, argument.columns))
                elif isinstance(
                    argument, crm.Roles
                ):  # columns take the names of their roles
                    columns.update(argument.columns)
                else:
                    columns.update(self.columns_of(argument))
            if isinstance(
                result, crm.RawTable
            ):  # the file is the table that was given
                columns.update(map(str, result.table.columns))
            self._results.append(result)
            self._columns[id(result)] = columns
            return result

        return ask


def _functions(module: ModuleType) -> Iterator[str]:
    names = crm._HOMES if module is crm else vars(module)
    for name in list(names):
        if not name.startswith("_") and inspect.isfunction(getattr(module, name)):
            yield name


def _tables(verb: str, result: object) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """The tables of a result and its parts: where, the table, the text to name its columns."""
    if isinstance(result, pd.DataFrame):
        if verb in VERBS:
            yield verb, result, inspect.getdoc(getattr(crm, verb)) or ""
    elif dataclasses.is_dataclass(result) and (
        verb in VERBS or type(result).__name__ in dir(crm)
    ):
        yield from _tables_of(result)
        for name in _fields(type(result)):
            part = getattr(result, name)
            if dataclasses.is_dataclass(part) and not isinstance(
                part, Options | crm.RawTable
            ):
                yield from _tables_of(part)


def _tables_of(result: object) -> Iterator[tuple[str, pd.DataFrame, str]]:
    kind = type(result)
    text = inspect.getdoc(kind) or ""
    for name, description in _fields(kind).items():
        table = getattr(result, name)
        if isinstance(table, pd.DataFrame):
            yield f"{kind.__name__}.{name}", table, f"{text}\n{description}"


def _fields(kind: type) -> dict[str, str]:
    """The public fields of a result, and the properties that are like fields, as described."""
    properties = inspect.getmembers(
        kind, lambda it: isinstance(it, property | cached_property)
    )
    described = {field.name: "" for field in dataclasses.fields(kind)}
    described |= {name: inspect.getdoc(member) or "" for name, member in properties}
    return {
        name: text for name, text in described.items() if not name.startswith("_")
    }


def _is_named(column: str, text: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["shop", "people"])
def test_every_column_of_a_result_is_named_in_its_description(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Given()
    for module in MODULES:
        for function in _functions(module):
            recorded = given.recorded(getattr(module, function))
            monkeypatch.setattr(module, function, recorded)
    data, verbs = data_sets()[name]
    undescribed: dict[str, set[str]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for label, ask in verbs:
            result = data.answers[label] = ask(data)
            for place, table, text in _tables(label.split(" (")[0], result):
                own = set(map(str, table.columns)) - given.columns_of(result)
                missing = {column for column in own if not _is_named(column, text)}
                if missing:
                    undescribed.setdefault(place, set()).update(missing)
    assert not undescribed
