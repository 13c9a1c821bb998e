"""The only package that imports streamlit: what the pages are made of.

`frame` opens the app (language, workspace, menu), `table` and `run` fetch what a page asks for (and
nothing twice), `controls` draws the widgets of an options class, the rest are the pieces a page is
laid out with.
"""

from crm_analysis.presentation.ui.blocks import (
    answer,
    chart,
    columns,
    downloads,
    figures,
    guarded,
    heading,
    how,
    notes,
    show_table,
    tabs,
)
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.frame import frame, show
from crm_analysis.presentation.ui.run import Answer, run, table
from crm_analysis.presentation.ui.session import (
    fragment,
    language,
    say,
    workspace,
)

__all__ = [
    "Answer",
    "answer",
    "chart",
    "columns",
    "controls",
    "downloads",
    "figures",
    "fragment",
    "frame",
    "guarded",
    "heading",
    "how",
    "language",
    "notes",
    "run",
    "say",
    "show",
    "show_table",
    "table",
    "tabs",
    "workspace",
]
