"""Overview: what is loaded, and what it says first."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import loading, overview

line = ui.heading("overview")
if not ui.workspace().tables():
    overview.welcome()
    loading.sample_button()
    loading.uploader()
else:
    loading.tell_story()
    with line:
        overview.load_more()
    overview.draw()
