"""The way in: sample data, uploads, templates, and what an empty workspace says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from crm_analysis import intake, jobs, privacy
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.presentation.pages import find_page, page_path
from crm_analysis.presentation.ui.kinds import loaded_kinds
from crm_analysis.presentation.ui.run import wait_for
from crm_analysis.presentation.ui.session import enter_workspace, language, plain, say, workspace
from crm_analysis.tables.kinds import KINDS
from crm_analysis.tables.templates import template
from crm_analysis.workspace import UPLOAD_LIMIT_MB, TableVersion, new_workspace, rename_workspace

_JOB = "intake"
_STORY = "intake_story"


def invite(word: str, problem: AnalysisError) -> None:
    """What the page of that word says without its table, and the two ways to begin."""
    page, loaded = find_page(word), loaded_kinds()
    kinds = tuple(page.needs) if page else ()
    if not kinds or not set(kinds).isdisjoint(loaded):
        st.info(say(problem.key, **problem.details), icon=":material/info:")
    else:
        choice = plain("editing.kind")
        st.info(
            say(
                "intake.needs_other" if loaded else "intake.needs",
                kinds=kinds,
                loaded=loaded,
                choice=choice,
            ),
            icon=":material/info:",
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        sample_button()
        st.page_link(
            page_path("data"), label=say("intake.own_files"), icon=":material/upload_file:"
        )


def sample_button() -> None:
    """One click loads the sample shop, into a workspace of its own where this one already holds something."""
    begun = bool(loaded_kinds())  # whoever has loaded something did not come for the sample
    if st.button(
        say("intake.sample"),
        key="sample",
        type="secondary" if begun else "primary",
        icon=":material/storefront:",
    ):
        if workspace().tables():
            enter_workspace(new_workspace(plain("frame.workspace.sample")).id)
        else:
            rename_workspace(workspace().id, plain("frame.workspace.sample"))
        _keep_and_read(intake.sample_files(language()), sample=True)


def uploader() -> None:
    """Upload files: kept in the workspace, then read in the background; the browser's copy is released at once."""
    turn = st.session_state.get("upload_turn", 0)
    uploads = st.file_uploader(
        say("intake.upload", limit=UPLOAD_LIMIT_MB),
        accept_multiple_files=True,
        key=f"upload_{turn}",
        max_upload_size=UPLOAD_LIMIT_MB,
        help=say("intake.upload_help"),
    )
    if uploads:
        if workspace().settings.get("sample"):
            enter_workspace(new_workspace(plain("frame.workspace.default")).id)
        files = [(upload.name, upload) for upload in uploads]
        st.session_state["upload_turn"] = turn + 1
        _keep_and_read(files)


def _keep_and_read(files: Sequence[tuple[str, Any]], sample: bool = False) -> None:
    here = workspace()
    kept = [here.keep_file(source, name) for name, source in files]
    here.settings["sample"] = sample
    begin(intake.take_in, here, kept)


def begin(work: Callable[..., list[Message]], *given: Any) -> None:
    """Start work on the workspace's tables in the background; the page goes on to show how far it is."""
    st.session_state.pop(_STORY, None)
    jobs.start(workspace().id, _JOB, work, *given, replace=True)
    st.rerun()


def watch() -> None:
    """Where files are being read, how far that is; then what came of them."""
    job = jobs.job(workspace().id, _JOB)
    if job is None:
        return
    story = st.session_state[_STORY] = wait_for(job)
    made = [told["name"] for key, told in story if key in ("intake.loaded", "intake.appended")]
    if made:
        st.session_state["table_name"] = made[0]  # what was just loaded is what is looked at
    st.rerun()


def choose_table(tables: Sequence[TableVersion]) -> str:
    """The name of the table that is looked at, where there are several; of several of a kind, which one the other pages use."""
    kinds = {one.name: one.kind for one in tables}
    names = sorted(kinds, key=lambda name: (list(KINDS).index(kinds[name]), name))
    name = names[0]
    if len(names) == 1:
        st.markdown(
            say(
                "overview.table",
                name=name,
                kind=kinds[name],
                rows=tables[0].rows,
                created=tables[0].created.date().isoformat(),
            )
        )
    else:
        if st.session_state.get("table_name") not in kinds:
            st.session_state.pop("table_name", None)
        name = st.segmented_control(
            say("intake.table"),
            names,
            default=names[0],
            format_func={
                name: f"{privacy.escape_markdown(name)} ({plain(f'roles.kind.{kind}')})"
                for name, kind in kinds.items()
            }.__getitem__,
            key="table_name",
            required=True,
            persist_state="session",
        )
    used = next(one.name for one in tables if one.kind == kinds[name])
    if used != name:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(say("intake.not_used", used=used, kind=kinds[name]))
            if st.button(say("intake.use"), key="use_table"):
                workspace().use(name)
                st.rerun()
    return name


def draw_removal(name: str) -> None:
    """A table that is not wanted is taken out of the workspace; its file stays until the workspace is deleted."""
    with st.popover(say("intake.remove"), icon=":material/delete:"):
        st.caption(say("intake.remove_help", name=name))
        if st.button(say("intake.remove_now"), key="remove_table", type="primary"):
            workspace().remove_table(name)
            st.session_state.pop(_STORY, None)
            st.rerun()


def tell_story() -> None:
    """What came of the last files: new, repeated and changed records, and how the headline numbers moved.

    It stands until it is put away or the tables are worked on again: a page is drawn several times while work ends, and may be left and come back to.
    """
    story = st.session_state.get(_STORY, ())
    problems = [
        say(key, name=told["name"], sentence=plain(told["key"], **told["details"]))
        for key, told in story
        if key == "intake.problem.file"
    ]
    good = [say(key, **told) for key, told in story if key != "intake.problem.file"]
    if not story:
        return
    if good:
        st.success("\n\n".join(good))
    if problems:
        st.warning("\n\n".join(problems))
    if st.button(
        say("intake.put_away"), key="story_put_away", icon=":material/close:", type="tertiary"
    ):
        del st.session_state[_STORY]
        st.rerun()


def templates() -> None:
    """A CSV of each kind to fill in, in both languages."""
    with st.popover(say("intake.templates"), icon=":material/description:"):
        st.caption(say("intake.templates_help"))
        for kind in KINDS:
            with st.container(horizontal=True):
                for tongue in ("en", "zh"):
                    st.download_button(
                        say(f"intake.template_{tongue}", kind=plain(f"roles.kind.{kind}")),
                        data=partial(template, kind, tongue),
                        file_name=f"{kind}_{tongue}.csv",
                        mime="text/csv",
                        key=f"template_{kind}_{tongue}",
                        on_click="ignore",
                    )
