"""Answers given once for an export hold for the next one of the same form.

Kept in the workspace, by the platform's report or by the headings: names of columns and what was
chosen for them, nothing of the rows.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from typing import Any, cast

from crm_analysis.intake.plan import Plan
from crm_analysis.tables.cleaning import CleanOptions
from crm_analysis.tables.kinds import KINDS, KindName
from crm_analysis.tables.presets import presets, recognise
from crm_analysis.tables.presets.preset import plain_heading
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.roles import (
    Roles,
    guess_roles,
    with_kind,
    with_preset,
    with_role,
)
from crm_analysis.workspace import Workspace

_ANSWERS = "answers"
# Settings that name customers, words or lines of one file.
_OF_ONE_FILE = ("leave_out", "merge", "no_product_words", "put_back")
# Settings of reading that answer a question.
_READING = ("shape", "year", "colons")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# Settings of columns, which the next file may not have.
_BY_COLUMN = (
    "missing",
    "read_as",
    "date_order",
    "date_year",
    "calendar",
    "decimal",
    "negative",
    "positive",
    "blank_flags",
    "expanding",
    "summaries",
)


def form_of(columns: Sequence[str]) -> str:
    """What the exports of one form share: the platform's report, or the headings."""
    preset = recognise(columns)
    if preset:
        return preset.name
    headings = "\n".join(sorted(map(plain_heading, columns)))
    return hashlib.sha256(headings.encode()).hexdigest()[:24]


def remember(workspace: Workspace, plan: Plan, raw: RawTable, roles: Roles) -> None:
    """Keep what a person has said of a table; forget it where that is nothing any more."""
    said = {
        name: roles.columns.get(name)
        for name, sure in roles.confidence.items()
        if sure == 1.0
    }
    clean = plan.clean.replace(**dict.fromkeys(_OF_ONE_FILE, ()))
    settings = plan.read[0].to_dict()
    read = {
        name: settings[name] for name in _READING if settings.get(name) is not None
    }
    form = _form_of(raw)
    if said or read or clean != CleanOptions():
        answers = {
            "kind": roles.kind,
            "preset": roles.preset,
            "said": said,
            "read": read,
            "clean": clean.to_dict(),
        }
        workspace.save(_ANSWERS, form, answers)
    else:
        workspace.forget(_ANSWERS, form)


def _form_of(raw: RawTable) -> str:
    return form_of(raw.reading.headings or raw.reading.columns)


def recall_reading(workspace: Workspace, plan: Plan, raw: RawTable) -> Plan:
    """The plan of a new table, read as was said of earlier files where this one leaves it open."""
    saved = workspace.saved_one(_ANSWERS, _form_of(raw))
    said = saved.payload.get("read", {}) if saved else {}
    asked = {
        setting
        for question in raw.reading.questions
        for settings in question.details["sets"].values()
        for setting in settings
    }
    settings = {name: value for name, value in said.items() if name in asked}
    if not settings:
        return plan
    read = tuple(options.replace(**settings) for options in plan.read)
    return dataclasses.replace(plan, read=read, roles=None)


def recall(workspace: Workspace, plan: Plan, raw: RawTable) -> Plan | None:
    """The plan of a new table with what was said of earlier ones of its form; None: nothing was."""
    saved = workspace.saved_one(_ANSWERS, _form_of(raw))
    if saved is None:
        return None
    answers = saved.payload
    roles = _roles(raw, plan.roles or guess_roles(raw), answers)
    known = {"*", *raw.reading.columns, *roles.columns}
    settings = dict(answers["clean"])
    for name in _BY_COLUMN:
        entries = settings.get(name, ())
        settings[name] = [entry for entry in entries if entry[0] in known]
    if any(_YEAR.search(file.name) for file in plan.files):
        settings["date_year"] = []  # this file says its own
    return dataclasses.replace(
        plan, roles=roles, clean=CleanOptions.from_dict(settings)
    )


def _roles(raw: RawTable, roles: Roles, answers: dict[str, Any]) -> Roles:
    if "kind" in answers["said"]:
        preset = presets().get(answers["preset"] or "")
        if answers["preset"] != roles.preset:
            roles = with_preset(raw, preset)
        if answers["kind"] != roles.kind and answers["kind"] in KINDS:
            roles = with_kind(roles, raw, cast(KindName, answers["kind"]))
    possible = {role.name for role in KINDS[roles.kind].roles}
    for role, column in answers["said"].items():
        if role in possible and (column is None or column in raw.reading.columns):
            roles = with_role(roles, role, column)
    return roles
