"""Small results to make reports of: a shop with a customer whose name nobody may read."""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pypdf
import pytest

import crm_analysis as crm
from crm_analysis import intake
from crm_analysis.workspace import Workspace, close_workspaces, new_workspace

PLANTED = "Zelda Quux <b>&\"'"
FORMATS = ("html", "pdf", "pptx", "xlsx")


@functools.cache
def shop() -> pd.DataFrame:
    """Orders of eighty customers over two years; the largest one is the planted one."""
    rng = np.random.default_rng(0)
    rows = []
    for person in range(80):
        name = PLANTED if person == 0 else f"Person {person:02d}"
        orders = 40 if person == 0 else int(rng.integers(2, 14))
        for order in range(orders):
            day = pd.Timestamp("2024-01-01") + pd.Timedelta(
                days=int(rng.integers(0, 720))
            )
            for item in rng.choice(
                ["tea", "milk", "cup", "honey"], 2, replace=False
            ):
                price = float(rng.integers(5, 40)) * (9 if person == 0 else 1)
                rows.append((name, f"{person}-{order}", day, item, 1.0, price))
    columns = ["customer", "order", "date", "product", "quantity", "amount"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        "date", ignore_index=True
    )


@contextmanager
def shop_in_a_workspace(home: Path) -> Iterator[Workspace]:
    """A workspace with the shop in which somebody's name was planted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_HOME", str(home))
        made = new_workspace("shop")
        content = shop().to_csv(index=False).encode()
        intake.take_in(made, [made.keep_file(content, "orders.csv")])
        yield made
        close_workspaces()


@functools.cache
def results() -> tuple[object, ...]:
    """One of each that is quick to compute and has something of the planted customer."""
    lines = shop()
    before, after = crm.same_days(lines)
    customers = crm.describe_customers(lines)
    demand = crm.demand(lines, every="month", measure="revenue")
    people = customers[["customer"]].assign(risk=0.4, value=50.0)
    people.loc[people["customer"] == PLANTED, "risk"] = 0.6
    options = pd.DataFrame(
        {
            "customer": customers["customer"],
            "action": "call",
            "profit": 5.0,
            "cost": 1.0,
        }
    )
    return (
        crm.what_changed(before, after, history=lines),
        crm.business_state(lines),
        crm.segment(customers, crm.RFMOptions()),
        crm.tiers(customers.rename(columns={"monetary": "revenue"})),
        crm.find_rules(lines, crm.RuleOptions(support=0.05)),
        crm.next_products(lines),
        crm.forecast(
            demand, crm.ForecastOptions(horizon=3, model="naive"), measure="revenue"
        ),
        crm.plan_campaign(people),
        crm.list_to_contact(people),
        crm.plan_test(crm.TestOptions(baseline=0.1, effect=0.02)),
        crm.plan_actions(options, crm.PlanOptions(budget=30)),
        crm.allocate_budget(
            pd.DataFrame(
                {"channel": ["mail", "ads"], "a": [9.0, 8.0], "b": [0.1, 0.2]}
            ),
            crm.AllocateOptions(total=20),
        ),
    )


def said_in(ending: str, content: bytes) -> str:
    """All text of a report, whatever its format."""
    if ending == "html":
        return content.decode("utf-8")
    if ending == "pdf":
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        return "\n".join(page.extract_text() for page in pages)
    return _unzipped(content)


def _unzipped(content: bytes) -> str:
    """The text of every part of an Office file, of the workbooks within slides too."""
    texts = []
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            inside = parts.read(name)
            if Path(name).suffix == ".xlsx":
                texts.append(_unzipped(inside))
            else:
                texts.append(inside.decode("utf-8", errors="ignore"))
    return "\n".join(texts)
