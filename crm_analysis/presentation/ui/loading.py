"""The way in: sample data, uploads, templates, and what an empty workspace says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from crm_analysis import intake
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.presentation.pages import find_page, page_path
from crm_analysis.presentation.ui import loading_queue
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
from crm_analysis.wording import LANGUAGES, has
from crm_analysis.workspace import (
    UPLOAD_LIMIT_MB,
    KeptFile,
    TableVersion,
    new_workspace,
    rename_workspace,
)

_MINE = "intake_mine"  # what this tab has asked for and was not told of yet
_STORY = "intake_story"
_TURN = "upload_turn"  # a new uploader each time, since one cannot be emptied
_SEEN = "intake_seen"  # the version of each table that this tab has drawn
_TABLE = widget_key("intake", "table")
_SHOWN = {"picture": "scatter_plot", "answer": "lightbulb", "list": "checklist"}
_SHOWN_WIDTH = 240  # pixels, at the least
_FILES_NAMED = 3  # besides the first of those that were joined


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
    _show_what_comes(word)


def _show_what_comes(word: str) -> None:
    """What would stand on the page of that word: its picture, its answer, what to take from it."""
    if not has(f"intake.shows.{word}.picture"):
        return
    st.markdown(f"##### {say('intake.shows.title')}")
    grid = st.grid(len(_SHOWN), min_column_width=_SHOWN_WIDTH)
    for part, icon in _SHOWN.items():
        with grid.container(border=True, height="stretch"):
            st.markdown(f":material/{icon}: {say(f'intake.shows.{word}.{part}')}")


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
    uploads = st.file_uploader(
        say("intake.upload", limit=UPLOAD_LIMIT_MB),
        accept_multiple_files=True,
        key=_uploads_key(),
        max_upload_size=UPLOAD_LIMIT_MB,
        help=say("intake.upload_help"),
    )
    if uploads:
        _take_in(uploads)


def _uploads_key() -> str:
    return widget_key("intake", "upload", st.session_state.get(_TURN, 0))


def _take_in(uploads: Sequence[Any]) -> None:
    if workspace().settings.get("sample"):
        enter_workspace(new_workspace(plain("frame.workspace.default")).id)
    files = [(upload.name, upload) for upload in uploads]
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    _keep_and_read(files)


def _keep_and_read(files: Sequence[tuple[str, Any]], sample: bool = False) -> None:
    here = workspace()
    stored = [here.keep_file(source, name) for name, source in files]
    here.settings["sample"] = sample
    begin(intake.take_in, here, stored)


def begin(work: Callable[..., list[Message]], *given: Any) -> None:
    """Have work done on the workspace's tables, after what other tabs asked for before.

    The frame shows how far it is.
    """
    st.session_state.pop(_STORY, None)
    entry = loading_queue.join(workspace().id, work, *given)
    st.session_state[_MINE] = [*st.session_state.get(_MINE, ()), entry]
    st.rerun()


def is_reading() -> bool:
    """Whether files are being read, or what came of this tab's has not been shown yet."""
    return (
        loading_queue.job_of(workspace().id) is not None
        or _MINE in st.session_state
    )


def watch() -> None:
    """Show how far the reading of files is; then draw the page again with what came of them."""
    # Chosen while another tab's files were read: the uploader is not drawn, and would forget them.
    uploads = st.session_state.get(_uploads_key())
    if uploads:
        _take_in(uploads)
    job = loading_queue.job_of(workspace().id)
    if job is not None:
        wait_for(job)
    mine = st.session_state.pop(_MINE, [])
    story = [message for entry in mine for message in entry.story()]
    if mine:
        st.session_state[_STORY] = story
        forget_versions()
    for key, details in story:
        if key in ("intake.loaded", "intake.appended"):
            st.session_state[_TABLE] = details[
                "name"
            ]  # what was just loaded is looked at
            break
    st.rerun()


def tell_of_change(table: TableVersion) -> None:
    """Say that another tab has changed a table since this one drew it.

    A change that this tab made meanwhile was made to a version that is no more, and is not taken.
    """
    seen = st.session_state.setdefault(_SEEN, {})
    name = (workspace().id, table.name)
    before = seen.get(name, table.version)
    seen[name] = table.version
    if before != table.version:
        st.info(say("intake.changed_elsewhere"), icon=":material/sync:")


def forget_versions() -> None:
    """Forget what was drawn: the tab changes a table itself, and need not be told."""
    st.session_state.pop(_SEEN, None)


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
    """A loaded table in a line: name, the files put to it, kind, rows, day."""
    joined = table.details["recipe"].get("names", [])[1:]
    more = len(joined) - _FILES_NAMED
    names: list[str | Message] = [table.name, *joined[:_FILES_NAMED]]
    if more > 0:
        names.append(Message("overview.more_files", {"count": more}))
    return say(
        "overview.table",
        names=names,
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
        name: say("intake.table_of_kind", name=name, kind=kind)
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


def draw_unread() -> None:
    """Uploads that are in no table, each with why, to be read again or deleted."""
    unread = intake.unread_files(workspace())
    if not unread:
        return
    title = say("intake.unread.title", count=len(unread))
    with st.expander(title, icon=":material/folder_off:"):
        for file, problem in unread:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_say_unread(file, problem), width="stretch")
                if st.button(
                    say("intake.unread.again"),
                    key=widget_key("intake", "again", file.sha256),
                    icon=":material/refresh:",
                    type="tertiary",
                ):
                    begin(intake.take_in, workspace(), [file])
                st.button(
                    say("intake.unread.delete"),
                    key=widget_key("intake", "delete", file.sha256),
                    icon=":material/delete:",
                    type="tertiary",
                    on_click=workspace().delete_file,
                    args=(file.sha256,),
                )


def _say_unread(file: KeptFile, problem: Message | None) -> str:
    key, details = problem or Message("intake.unread.removed", {})
    line = say("intake.unread.file", name=file.name, size=file.size / 2**20)
    return f"{line} {say(key, **details)}"


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
