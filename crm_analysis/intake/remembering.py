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

_ANSWERS, _FORMS = "answers", "forms"
# A form is the same with a column more for every four; one in ten of its own may be missing.
_ADDED, _MISSING, _FEWEST = 0.25, 0.1, 4
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


def keep_form(workspace: Workspace, columns: Sequence[str]) -> None:
    """Keep the headings of a form that something was said of."""
    headings = [plain_heading(column) for column in columns]
    workspace.save(_FORMS, form_of(columns), {"headings": headings})


def forms_like(workspace: Workspace, columns: Sequence[str]) -> list[str]:
    """The form of some headings, then those that it may be, with columns added by the platform.

    Only where no preset knows the file; those with most headings in common come first.
    """
    own = form_of(columns)
    if recognise(columns):
        return [own]
    headings = [plain_heading(column) for column in columns]
    alike = {
        saved.name: len(set(headings) & set(saved.payload["headings"]))
        for saved in workspace.saved(_FORMS)
        if saved.name != own and _is_grown(headings, saved.payload["headings"])
    }
    return [own, *sorted(alike, key=lambda name: -alike[name])]


def _is_grown(headings: Sequence[str], before: Sequence[str]) -> bool:
    """Whether headings are those of before in their order, with few more among them."""
    common = [heading for heading in before if heading in headings]
    in_order = [heading for heading in headings if heading in before]
    added = len(headings) - len(common)
    return (
        len(before) >= _FEWEST
        and common == in_order
        and len(before) - len(common) <= _MISSING * len(before)
        and added <= max(1, _ADDED * len(before))
    )


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
    columns = _headings_of(raw)
    form, *others = forms_like(workspace, columns)
    keep_form(workspace, columns)
    if said or read or clean != CleanOptions():
        answers = {
            "kind": roles.kind,
            "preset": roles.preset,
            "said": said,
            "read": read,
            "clean": clean.to_dict(),
        }
        workspace.save(_ANSWERS, form, answers)
    elif others:
        workspace.save(
            _ANSWERS, form, {}
        )  # those of the form it grew from hold no more
    else:
        workspace.forget(_ANSWERS, form)


def _headings_of(raw: RawTable) -> Sequence[str]:
    return raw.reading.headings or raw.reading.columns


def _answers(workspace: Workspace, raw: RawTable) -> dict[str, Any] | None:
    """What was said of files of this form, or else of one that it grew from."""
    columns = _headings_of(raw)
    headings = set(map(plain_heading, columns))
    own, *others = forms_like(workspace, columns)
    saved = workspace.saved_one(_ANSWERS, own)
    if saved:
        return dict(saved.payload) or None
    for form in others:
        saved = workspace.saved_one(_ANSWERS, form)
        if saved and saved.payload and _asked_of(saved.payload) <= headings:
            return dict(saved.payload)
    return None


def _asked_of(answers: dict[str, Any]) -> set[str]:
    """The columns of the file that answers are about, as headings are compared."""
    return {plain_heading(column) for column in answers["said"].values() if column}


def recall_reading(workspace: Workspace, plan: Plan, raw: RawTable) -> Plan:
    """The plan of a new table, read as was said of earlier files where this one leaves it open."""
    answers = _answers(workspace, raw)
    said = answers.get("read", {}) if answers else {}
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
    answers = _answers(workspace, raw)
    if answers is None:
        return None
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
