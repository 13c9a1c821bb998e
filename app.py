"""The frame: page config, language, workspace, the menu of PAGES, then the page."""

import streamlit as st
from starlette.middleware import Middleware

from crm_analysis.presentation import ui

if __name__ == "__main__":  # a reader's visit runs this file
    ui.show(ui.frame())
else:  # the server imports it
    app = st.App(__file__, lifespan=ui.serving, middleware=[Middleware(ui.Guard)])
