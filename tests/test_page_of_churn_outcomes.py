"""A table with an outcome of any name on the page of churn."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis import intake
from crm_analysis.presentation.pages import page_of
from crm_analysis.screen import PAGES_FOLDER
from crm_analysis.workspace import new_workspace
from tests.apps import opened


@pytest.mark.slow
def test_an_outcome_is_not_taken_for_leaving_unasked(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who visited after an e-mail has not left: the page says what the column is, and asks."""
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "history": rng.gamma(2, 100, 600).round(2),
            "segment": rng.choice(["Womens E-Mail", "No E-Mail"], 600),
            "visit": rng.integers(0, 2, 600),
        }
    )
    made = new_workspace("trial")
    content = table.to_csv(index=False).encode()
    intake.take_in(made, [made.keep_file(content, "trial.csv")])
    page = page_of("churn").script.relative_to(PAGES_FOLDER)
    app = opened(f"pages/{page.as_posix()}", "en", made.id)
    assert not app.exception
    assert any("visit" in block.value for block in app.caption)
    assert any("No column says who left" in block.value for block in app.warning)
    assert not app.metric
