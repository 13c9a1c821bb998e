"""The frame: page config, language, workspace, the menu of sections, then the page."""

from crm_analysis.presentation import ui

SECTIONS = {
    "start": ["overview", "data"],
    "understand": ["segments", "baskets", "value"],
    "predict": ["forecast", "churn"],
}

ui.show(ui.frame(SECTIONS))
