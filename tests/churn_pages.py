"""The page of churn opened on tables of several kinds, and what it shows."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import say
from crm_analysis.workspace import new_workspace
from tests import apps

PAGE = "pages/predict/churn.py"


TABS = (
    "at_risk",
    "campaign",
    "explain",
    "evaluation",
    "survival",
    "contact_list",
    "saved_model",
)


def people(count: int = 400, seed: int = 0) -> pd.DataFrame:
    """Customers who leave the sooner the more they complain and the shorter they have been here.

    One column was filled in afterwards.
    """
    random = np.random.default_rng(seed)
    calls, tenure = random.integers(0, 6, count), random.integers(1, 60, count)
    left = random.random(count) < 1 / (
        1 + np.exp(2.5 - 0.7 * calls + 0.03 * tenure)
    )
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{number:04d}" for number in range(count)],
            "support_calls": calls,
            "tenure": tenure,
        }
    )
    frame["plan"] = random.choice(["Basic", "<b>*Gold*</b>"], count)
    frame["yearly_spend"] = random.integers(50, 900, count)
    frame["closing_reason"] = np.where(
        left, random.choice(["price", "moved"], count), ""
    )
    return frame.assign(churned=np.where(left, "yes", "no"))


def loaded(*tables: pd.DataFrame) -> str:
    """A workspace with these tables in it."""
    shop = new_workspace("shop")
    intake.take_in(
        shop,
        [
            shop.keep_file(
                io.BytesIO(table.to_csv(index=False).encode()),
                f"customers_{number}.csv",
            )
            for number, table in enumerate(tables)
        ],
    )
    return shop.id


def opened(
    workspace: str, language: str = "en", tab: str = "at_risk", **chosen: object
) -> AppTest:
    """The page in a workspace with a quick model, settings chosen beforehand, and a tab open."""
    state = {
        widget_key("churn", "model"): "logistic",
        **{widget_key("churn", key): value for key, value in chosen.items()},
        widget_key("churn", "tabs"): say(f"churn.tab.{tab}", language),
    }
    return apps.opened(PAGE, language, workspace, **state)


on_tab = partial(apps.on_tab, "churn")


def metric(app: AppTest, label: str, language: str = "en") -> str:
    """The figure with that label; of several the last, which is the tab's."""
    return next(
        one.value
        for one in reversed(app.metric)
        if one.label == say(label, language)
    )


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table on the page that has these columns."""
    return next(
        one.value for one in app.dataframe if set(columns) <= set(one.value.columns)
    )


def warned(app: AppTest) -> list[str]:
    return [one.value for one in app.warning]
