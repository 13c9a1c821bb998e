"""The verbs run, and their answers written as JSON."""

from __future__ import annotations

import inspect
import json
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

import crm_analysis as crm
from tests.golden.data import Data
from tests.golden.data_sets import data_sets
from tests.golden.plain import plain
from tests.golden.renaming import base_of


def write(out: Path, wanted: Sequence[str] = ()) -> None:
    """Run the verbs and write their answers as JSON.

    Parameters
    ----------
    out
        The file to write: {"data set/verb": answer}.
    wanted
        Only these data sets; all if empty.
    """
    warnings.simplefilter("ignore")
    duckdb.connect = partial(connect_with_one_thread, duckdb.connect)
    answers: dict[str, Any] = {}
    begin = time.monotonic()
    for name, (data, verbs) in data_sets().items():
        if wanted and name not in wanted:
            continue
        for verb, ask in verbs:
            answers[f"{name}/{verb}"] = answer_of(data, verb, ask, f"{name}/{verb}")
        data.forget()
    out.write_text(
        json.dumps(answers, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    report(answers, time.monotonic() - begin)


def connect_with_one_thread(
    connect: Callable[..., Any], *words: Any, **more: Any
) -> Any:
    """Connect to DuckDB so that it adds numbers up in one order: several threads round anew."""
    return connect(
        *words,
        **{**more, "config": {**(more.get("config") or {}), "threads": 1}},
    )


def answer_of(data: Data, verb: str, ask: Callable[[Data], Any], label: str) -> Any:
    """The plain answer of a verb, or the text of what it raised; its time goes to stderr."""
    begin = time.monotonic()
    try:
        data.answers[verb] = ask(data)
        answer = plain(data.answers[verb])
    except Exception as problem:  # noqa: BLE001 one verb that fails does not stop the others
        answer = {"error": error_text(problem)}
        print(f"{label}: {answer['error']}", file=sys.stderr)
    print(
        f"{time.monotonic() - begin:7.2f} s  {label}",
        file=sys.stderr,
        flush=True,
    )
    return answer


def error_text(problem: Exception) -> str:
    """What was raised, in words that are the same each time."""
    if isinstance(problem, crm.AnalysisError):
        details = json.dumps(
            plain(problem.details), ensure_ascii=False, sort_keys=True
        )
        return f"AnalysisError {problem.key} {details}"
    return f"{type(problem).__name__} {problem}"


def report(answers: Mapping[str, Any], seconds: float) -> None:
    """Say how long it took, how many verbs raised, and which public verbs were not asked."""
    asked = set(map(base_of, answers))
    public = {
        name
        for name in dir(crm)
        if not name.startswith("_") and inspect.isfunction(getattr(crm, name))
    }
    failed = [label for label, answer in answers.items() if is_error(answer)]
    print(
        f"{len(answers)} answers in {seconds:.0f} s; {len(failed)} raised",
        file=sys.stderr,
    )
    print(f"raised: {', '.join(failed) or 'none'}", file=sys.stderr)
    print(
        f"not asked: {', '.join(sorted(public - asked)) or 'none'}",
        file=sys.stderr,
    )


def is_error(answer: Any) -> bool:
    """Whether a verb raised instead of giving an answer."""
    return isinstance(answer, dict) and set(answer) == {"error"}
