"""Uploads that are in no table: what was wrong with each, until it is read or deleted."""

from __future__ import annotations

import json

from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.workspace import KeptFile, Workspace

_SETTING = "unread"  # of the workspace: by content, the sentence that says why


def note_problem(
    workspace: Workspace, file: KeptFile, problem: AnalysisError
) -> None:
    """Keep why a file could not be read."""
    details = json.loads(json.dumps(dict(problem.details), default=str))
    noted = dict(workspace.settings.get(_SETTING) or {})
    noted[file.sha256] = [problem.key, details]
    workspace.settings[_SETTING] = noted


def unread_files(workspace: Workspace) -> list[tuple[KeptFile, Message | None]]:
    """The uploads that no version of a table holds, and why; None where their table was removed."""
    held = {
        sha256
        for table in workspace.tables()
        for version in workspace.versions(table.name)
        for sha256 in version.details["files"]
    }
    noted = workspace.settings.get(_SETTING) or {}
    return [
        (file, Message(*noted[file.sha256]) if file.sha256 in noted else None)
        for file in workspace.files()
        if file.sha256 not in held
    ]
