"""The way in: sample data, uploads, templates, and what an empty workspace says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from crm_analysis import intake, jobs
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import links
from crm_analysis.presentation.ui.run import wait_for
from crm_analysis.presentation.ui.session import enter_workspace, language, plain, say, workspace
from crm_analysis.tables.kinds import KINDS
from crm_analysis.tables.templates import template
from crm_analysis.workspace import UPLOAD_LIMIT_MB, new_workspace, rename_workspace

_JOB = "intake"


def invite(problem: AnalysisError | None = None) -> None:
    """What a page without its table says, and the two ways to begin."""
    if problem is not None:
        st.info(say(problem.key, **problem.details), icon=":material/info:")
    with st.container(horizontal=True):
        sample_button()
        st.page_link(links.page_path("data"), label=say("intake.own_files"), icon=":material/upload_file:")
    watch()


def sample_button() -> None:
    """One click loads the sample shop, into a workspace of its own where this one already holds something."""
    if st.button(say("intake.sample"), key="sample", type="primary", icon=":material/storefront:"):
        if workspace().tables():
            enter_workspace(new_workspace(plain("frame.workspace.sample")).id)
        else:
            rename_workspace(workspace().id, plain("frame.workspace.sample"))
        _begin(intake.sample_files(language()), sample=True)


def uploader() -> None:
    """Upload files: kept in the workspace, then read in the background; the browser's copy is released at once."""
    turn = st.session_state.get("upload_turn", 0)
    uploads = st.file_uploader(
        say("intake.upload", limit=UPLOAD_LIMIT_MB), accept_multiple_files=True, key=f"upload_{turn}", max_upload_size=UPLOAD_LIMIT_MB, help=say("intake.upload_help")
    )
    if uploads:
        if workspace().settings.get("sample"):
            enter_workspace(new_workspace(plain("frame.workspace.default")).id)
        files = [(upload.name, upload) for upload in uploads]
        st.session_state["upload_turn"] = turn + 1
        _begin(files)
    watch()


def _begin(files: Sequence[tuple[str, object]], sample: bool = False) -> None:
    """Keep the files and start to read them; the page goes on to show how far it is."""
    here = workspace()
    kept = [here.keep_file(source, name) for name, source in files]  # type: ignore[arg-type]
    here.settings["sample"] = sample
    if job := jobs.job(here.id, _JOB):
        jobs.drop(job)
    jobs.start(here.id, _JOB, intake.take_in, here, kept)
    st.rerun()


def watch() -> None:
    """Where files are being read, how far that is; then what came of them."""
    job = jobs.job(workspace().id, _JOB)
    if job is None:
        return
    st.session_state["intake_story"] = wait_for(job)
    st.rerun()


def tell_story() -> None:
    """What came of the last files: new, repeated and changed records, and how the headline numbers moved."""
    for key, details in st.session_state.pop("intake_story", ()):
        _said(key, details)


def _said(key: str, details: Mapping[str, object]) -> None:
    (st.warning if key.startswith("intake.problem") else st.success)(say(key, **details))


def templates() -> None:
    """A CSV of each kind to fill in, in both languages."""
    with st.popover(say("intake.templates"), icon=":material/description:"):
        st.caption(say("intake.templates_help"))
        for kind in KINDS:
            with st.container(horizontal=True):
                for tongue in ("en", "zh"):
                    st.download_button(
                        say(f"intake.template_{tongue}", kind=plain(f"roles.kind.{kind}")),
                        data=lambda kind=kind, tongue=tongue: template(kind, tongue),
                        file_name=f"{kind}_{tongue}.csv",
                        mime="text/csv",
                        key=f"template_{kind}_{tongue}",
                        on_click="ignore",
                    )
