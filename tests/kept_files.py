"""Files of a shop's orders kept and taken in, and what is told of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from crm_analysis import intake
from crm_analysis.messages import Message
from crm_analysis.wording import say
from crm_analysis.workspace import SavedTable, Workspace

HEADER = "Customer ID,Order No,Order Date,Product,Quantity,Unit Price\n"
JANUARY = [
    f"C{number % 7},{100 + number},2024-01-{number % 28 + 1:02d},tea,{number % 4 + 1},2.5\n"
    for number in range(40)
]
FEBRUARY = [
    f"C{number % 9},{200 + number},2024-02-{number % 28 + 1:02d},cup,{number % 4 + 1},3.5\n"
    for number in range(20)
]
# Two records of January again, and one of them with another price.
LATE = [JANUARY[3], JANUARY[4], JANUARY[5].replace(",2.5", ",2.75")]


def take(home: Workspace, *files: tuple[str, str | bytes | Path]) -> list[Message]:
    """Keep files and take them in; every remark is plain JSON and a sentence in both languages."""
    kept = [
        home.keep_file(
            content.encode() if isinstance(content, str) else content, name
        )
        for name, content in files
    ]
    return checked(intake.take_in(home, kept))


def checked(remarks: Sequence[Message]) -> list[Message]:
    for key, details in remarks:
        json.dumps(details)
        for language in ("en", "zh"):
            told = (
                say(details["key"], language, **details["details"])
                if key == "intake.problem.file"
                else say(key, language, **details)
            )
            assert told
            assert "{" not in told
            assert "None" not in told
    return list(remarks)


def keys(remarks: Sequence[Message]) -> list[str]:
    return [key for key, _ in remarks]


def orders(home: Workspace) -> SavedTable:
    return home.load("jan.csv")


def remade(home: Workspace, plan: intake.Plan) -> SavedTable:
    assert intake.change(home, plan, intake.read_plan(plan)) == []
    return home.load(plan.name)


def balanced(saved: SavedTable) -> bool:
    sums = saved.summary()
    return sums["records_in"] == sum(
        sums[part]
        for part in (
            "header",
            "preamble",
            "units",
            "blank",
            "set_aside",
            "duplicates",
            "kept",
        )
    )
