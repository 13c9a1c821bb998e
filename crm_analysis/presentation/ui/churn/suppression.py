"""Who must not be contacted: a list that the workspace keeps until it is taken back."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.presentation.ui import plain, say, widget_key, workspace
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles

_KIND, _NAME = "churn_suppression", "suppressed"
_OFFERED = 300
_TYPES = ["csv", "txt", "tsv", "xlsx", "xls"]


def suppressed(people: pd.DataFrame) -> list[str]:
    """The ids on the suppression list, uploaded as a file or chosen one by one.

    A file has a column of customers, or one id a line.
    """
    saved = workspace().saved_one(_KIND, _NAME)
    customers = (
        saved.frame("customers")["customer"].astype(str).tolist() if saved else []
    )
    with st.expander(say("churn.contact_list.suppressed", count=len(customers))):
        st.caption(say("churn.contact_list.suppressed_help"))
        left, right = st.columns(2, gap="large")
        with left:
            turn = st.session_state.get(widget_key("churn", "suppress_turn"), 0)
            upload = st.file_uploader(
                say("churn.contact_list.upload"),
                type=_TYPES,
                key=widget_key("churn", "suppress_file", turn),
                max_upload_size=20,
            )
            if upload is not None:
                st.session_state[widget_key("churn", "suppress_turn")] = turn + 1
                _keep([*customers, *_ids(upload.getvalue(), upload.name)])
        with right:
            riskiest = (
                people.sort_values("risk", ascending=False)["customer"]
                .astype(str)
                .head(_OFFERED)
                .tolist()
            )
            added = st.multiselect(
                say("churn.contact_list.by_hand"),
                [customer for customer in riskiest if customer not in set(customers)],
                key=widget_key("churn", "suppress", turn, len(customers)),
                accept_new_options=True,
                placeholder=plain("churn.contact_list.by_hand_hint"),
            )
            with st.container(horizontal=True):
                if st.button(
                    say("churn.contact_list.add"),
                    key=widget_key("churn", "suppress_add"),
                    disabled=not added,
                ):
                    _keep([*customers, *(customer.strip() for customer in added)])
                if customers and st.button(
                    say("churn.contact_list.take_back"),
                    key=widget_key("churn", "suppress_clear"),
                ):
                    workspace().forget(_KIND, _NAME)
                    st.rerun()
        if customers:
            st.dataframe(
                pd.DataFrame({plain("churn.column.customer"): customers}),
                key=widget_key("churn", "suppressed"),
                hide_index=True,
                height=160,
                alt=plain("frame.table_alt", rows=len(customers)),
            )
    return customers


def _keep(ids: list[str]) -> None:
    customers = list(dict.fromkeys(customer for customer in ids if customer))
    workspace().save(
        _KIND,
        _NAME,
        {"count": len(customers)},
        {"customers": pd.DataFrame({"customer": pd.Series(customers, dtype=object)})},
    )
    st.rerun()


def _ids(content: bytes, name: str) -> list[str]:
    """The ids in a file: of its customer column where one is recognised, else of its first."""
    raw = read_table(content, name=name)
    column = guess_roles(raw).columns.get("customer", raw.table.columns[0])
    ids = raw.table[column].dropna().astype(str).str.strip()
    first = str(column).strip()
    return [*([first] if _is_id(first, ids) else []), *ids[ids != ""].tolist()]


def _is_id(title: str, ids: pd.Series) -> bool:
    """Whether what was taken for the header is an id too: a file of ids alone has none."""
    return any(letter.isdigit() for letter in title) and len(title) in set(
        ids.str.len()
    )
