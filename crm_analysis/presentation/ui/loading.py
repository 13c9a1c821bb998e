"""The way in: sample data, uploads, templates, and what an empty workspace says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from crm_analysis import intake, jobs, privacy
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.presentation.pages import find_page, page_path
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.kinds import loaded_kinds
from crm_analysis.presentation.ui.session import (
    enter_workspace,
    language,
    plain,
    say,
    workspace,
)
from crm_analysis.presentation.ui.waiting import wait_for
from crm_analysis.tables.kinds import KINDS
from crm_analysis.tables.templates import template
from crm_analysis.wording import LANGUAGES
from crm_analysis.workspace import (
    UPLOAD_LIMIT_MB,
    TableVersion,
    new_workspace,
    rename_workspace,
)

_JOB = "intake"
_STORY = "intake_story"
_TURN = "upload_turn"  # a new uploader each time, since one cannot be emptied
_TABLE = widget_key("intake", "table")


def invite(word: str, problem: AnalysisError) -> None:
    """What the page of that word says without its table, and the two ways to begin."""
    page, loaded = find_page(word), loaded_kinds()
    kinds = tuple(page.needs) if page else ()
    sentence = say(problem.key, **problem.details)
    if kinds and set(kinds).isdisjoint(loaded):
        key = "intake.needs_other" if loaded else "intake.needs"
        sentence = say(key, kinds=kinds, loaded=loaded, choice=plain("data.kind"))
    st.info(sentence, icon=":material/info:")
    with st.container(horizontal=True, vertical_alignment="center"):
        sample_button()
        st.page_link(
            page_path("data"),
            label=say("intake.own_files"),
            icon=":material/upload_file:",
        )


def sample_button() -> None:
    """One click loads the sample shop; into a workspace of its own where this one is in use."""
    begun = bool(
        loaded_kinds()
    )  # whoever has loaded something did not come for the sample
    if st.button(
        say("intake.sample"),
        key=widget_key("intake", "sample"),
        type="secondary" if begun else "primary",
        icon=":material/storefront:",
    ):
        if workspace().tables():
            enter_workspace(new_workspace(plain("frame.workspace.sample")).id)
        else:
            rename_workspace(workspace().id, plain("frame.workspace.sample"))
        _keep_and_read(intake.sample_files(language()), sample=True)


def uploader() -> None:
    """Upload files: stored in the workspace, then read in the background.

    The browser's copy is released at once.
    """
    turn = st.session_state.get(_TURN, 0)
    uploads = st.file_uploader(
        say("intake.upload", limit=UPLOAD_LIMIT_MB),
        accept_multiple_files=True,
        key=widget_key("intake", "upload", turn),
        max_upload_size=UPLOAD_LIMIT_MB,
        help=say("intake.upload_help"),
    )
    if uploads:
        if workspace().settings.get("sample"):
            enter_workspace(new_workspace(plain("frame.workspace.default")).id)
        files = [(upload.name, upload) for upload in uploads]
        st.session_state[_TURN] = turn + 1
        _keep_and_read(files)


def _keep_and_read(files: Sequence[tuple[str, Any]], sample: bool = False) -> None:
    here = workspace()
    stored = [here.keep_file(source, name) for name, source in files]
    here.settings["sample"] = sample
    begin(intake.take_in, here, stored)


def begin(work: Callable[..., list[Message]], *given: Any) -> None:
    """Start work on the workspace's tables in the background; the frame shows how far it is."""
    st.session_state.pop(_STORY, None)
    jobs.start(workspace().id, _JOB, work, *given, replace=True, lasting=True)
    st.rerun()


def is_reading() -> bool:
    """Whether files are being read, or what came of them has not been shown yet."""
    return jobs.job(workspace().id, _JOB) is not None


def watch() -> None:
    """Show how far the reading of files is; then draw the page again with what came of them."""
    job = jobs.job(workspace().id, _JOB)
    assert job is not None
    story = st.session_state[_STORY] = wait_for(job)
    for key, details in story:
        if key in ("intake.loaded", "intake.appended"):
            st.session_state[_TABLE] = details[
                "name"
            ]  # what was just loaded is looked at
            break
    st.rerun()


def choose_table(tables: Sequence[TableVersion]) -> str:
    """The name of the table that is looked at; of several of a kind, say which the pages use."""
    kinds = {table.name: table.kind for table in tables}
    if len(tables) == 1:
        name = tables[0].name
        st.markdown(say_table(tables[0]))
    else:
        name = _choose_name(kinds)
    used = next(table.name for table in tables if table.kind == kinds[name])
    if used != name:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(say("intake.not_used", used=used, kind=kinds[name]))
            if st.button(say("intake.use"), key=widget_key("intake", "use")):
                workspace().use(name)
                st.rerun()
    return name


def say_table(table: TableVersion) -> str:
    """A loaded table in a line: name, kind, rows, day."""
    return say(
        "overview.table",
        name=table.name,
        kind=table.kind,
        rows=table.rows,
        created=table.created.date().isoformat(),
    )


def _choose_name(kinds: Mapping[str, str]) -> str:
    order = list(KINDS)
    names = sorted(kinds, key=lambda name: (order.index(kinds[name]), name))
    if st.session_state.get(_TABLE) not in kinds:
        st.session_state[_TABLE] = names[0]
    titles = {
        name: f"{privacy.escape_markdown(name)} ({plain(f'roles.kind.{kind}')})"
        for name, kind in kinds.items()
    }
    chosen = st.segmented_control(
        say("intake.table"),
        names,
        format_func=titles.__getitem__,
        key=_TABLE,
        required=True,
        persist_state="session",
    )
    return chosen or names[0]


def draw_removal(name: str) -> None:
    """Take a table out of the workspace; its file stays until the workspace is deleted."""
    with st.popover(say("intake.remove"), icon=":material/delete:"):
        st.caption(say("intake.remove_help", name=name))
        if st.button(
            say("intake.remove_now"),
            key=widget_key("intake", "remove"),
            type="primary",
        ):
            workspace().remove_table(name)
            st.session_state.pop(_STORY, None)
            st.rerun()


def tell_story() -> None:
    """What came of the last files: new, repeated and changed records, how headline numbers moved.

    It stands until it is put away or the tables are worked on again: a page is drawn several
    times while work ends, and may be left and come back to.
    """
    story = st.session_state.get(_STORY, ())
    if not story:
        return
    problems, good = [], []
    for key, details in story:
        if key == "intake.problem.file":
            problems.append(
                say(
                    key,
                    name=details["name"],
                    sentence=plain(details["key"], **details["details"]),
                )
            )
        else:
            good.append(say(key, **details))
    if good:
        st.success("\n\n".join(good))
    if problems:
        st.warning("\n\n".join(problems))
    if st.button(
        say("intake.put_away"),
        key=widget_key("intake", "put_away"),
        icon=":material/close:",
        type="tertiary",
    ):
        del st.session_state[_STORY]
        st.rerun()


def templates() -> None:
    """A CSV of each kind to fill in, in both languages."""
    with st.popover(say("intake.templates"), icon=":material/description:"):
        st.caption(say("intake.templates_help"))
        for kind in KINDS:
            with st.container(horizontal=True):
                for code in LANGUAGES:
                    st.download_button(
                        say(
                            f"intake.template_{code}",
                            kind=plain(f"roles.kind.{kind}"),
                        ),
                        data=partial(template, kind, code),
                        file_name=f"{kind}_{code}.csv",
                        mime="text/csv",
                        key=widget_key("intake", "template", kind, code),
                        on_click="ignore",
                    )
