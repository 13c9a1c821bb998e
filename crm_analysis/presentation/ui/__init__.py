"""The only package that imports streamlit: what the pages are made of.

`frame` opens the app (language, workspace, menu), `table` and `run` fetch what a page asks for (and
nothing twice), `controls` draws the widgets of an options class, the rest are the pieces a page is
laid out with.
"""

from crm_analysis.presentation.ui.blocks import (
    answer,
    card_grid,
    chart,
    choose_kind,
    columns,
    downloads,
    figures,
    guarded,
    heading,
    how,
    key_of_rows,
    notes,
    rounded,
    show_table,
    switch,
    tabs,
    titled,
)
from crm_analysis.presentation.ui.controls import controls, name_to_keep
from crm_analysis.presentation.ui.currency import use_units_of
from crm_analysis.presentation.ui.frame import frame, show
from crm_analysis.presentation.ui.guard import Guard
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.kinds import fitting, loaded, loaded_kinds
from crm_analysis.presentation.ui.reader import doubts, is_analyst, settings
from crm_analysis.presentation.ui.run import (
    Answer,
    current_filter,
    in_python,
    run,
    saved_in_python,
    table,
    together,
)
from crm_analysis.presentation.ui.serving import serving
from crm_analysis.presentation.ui.session import (
    choice_text,
    column_name,
    column_title,
    fragment,
    language,
    name_column,
    palette,
    plain,
    said,
    say,
    tell,
    to_columns,
    workspace,
)
from crm_analysis.presentation.ui.stars import headed, starred

__all__ = [
    "Answer",
    "Guard",
    "answer",
    "card_grid",
    "chart",
    "choice_text",
    "choose_kind",
    "column_name",
    "column_title",
    "columns",
    "controls",
    "current_filter",
    "doubts",
    "downloads",
    "figures",
    "fitting",
    "fragment",
    "frame",
    "guarded",
    "headed",
    "heading",
    "how",
    "in_python",
    "is_analyst",
    "key_of_rows",
    "language",
    "loaded",
    "loaded_kinds",
    "name_column",
    "name_to_keep",
    "notes",
    "palette",
    "plain",
    "rounded",
    "run",
    "said",
    "saved_in_python",
    "say",
    "serving",
    "settings",
    "show",
    "show_table",
    "starred",
    "switch",
    "table",
    "tabs",
    "tell",
    "titled",
    "to_columns",
    "together",
    "use_units_of",
    "widget_key",
    "workspace",
]
