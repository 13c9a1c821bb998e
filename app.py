"""The frame: page config, language, workspace, the menu of PAGES, then the page."""

from crm_analysis.presentation import ui

ui.show(ui.frame())
