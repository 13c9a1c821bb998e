"""The data sets there are, each with the verbs that fit it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import crm_analysis as crm
from crm_analysis.analyses import churn, overview
from crm_analysis.intake import sample_files
from crm_analysis.tables import appending, linking
from tests.golden.data import Data, Verbs
from tests.golden.verbs import (
    BASKETS,
    CLEANING,
    ORDERS,
    READING,
    SEGMENTS,
    SEGMENTS_OF_ORDERS,
)
from tests.golden.verbs_of_churn import (
    ACTING_ON_CHURN,
    CHURN_BY_MODEL,
    CHURN_OF_CUSTOMERS,
    CHURN_OF_ORDERS,
)
from tests.golden.verbs_of_value import FORECAST, VALUE

DATA_SETS = ("shop", "people", "zh", "retail", "telco")


def shop_file(data: Data, place: int) -> Any:
    """Another table of the shop, read with its roles and cleaned."""
    raw = crm.read_table(sample_files("en")[place][1])
    return crm.clean(raw, crm.guess_roles(raw)).table


SHOP: Verbs = [
    (
        "clean (strict)",
        lambda data: crm.clean(data["read_table"], data["guess_roles"], CLEANING),
    ),
    ("contacts", lambda data: overview.contacts(shop_file(data, 2))),
    ("comments", lambda data: overview.comments(shop_file(data, 3))),
    (
        "customer_dimensions (contacts)",
        lambda data: crm.customer_dimensions(data.lines, shop_file(data, 2)),
    ),
    (
        "find_links",
        lambda data: linking.find_links(
            {name: crm.read_table(path) for name, path in sample_files("en")[:3]}
        ),
    ),
    (
        "with_contacts",
        lambda data: churn.with_contacts(data.scored, shop_file(data, 1)),
    ),
    (
        "value_drivers (customers)",
        lambda data: crm.value_drivers(
            crm.purchase_summary(data.lines),
            shop_file(data, 1),
            crm.DriverOptions(folds=3),
        ),
    ),
]


def day_by_day(data: Data) -> Any:
    """The file of the first months with those of three days put after it."""
    days = sorted(data.path.parent.glob("2011-05-*.csv"))[:3]
    return appending.append(
        [data["read_table"], *map(crm.read_table, days)], data["guess_roles"]
    )


RETAIL: Verbs = [
    ("append", day_by_day),
    (
        "clean (appended)",
        lambda data: crm.clean(data["append"], data["guess_roles"]),
    ),
]

OF_ORDERS = [
    *READING,
    *ORDERS,
    *SEGMENTS,
    *SEGMENTS_OF_ORDERS,
    *BASKETS,
    *VALUE,
]
OF_ORDERS += [*FORECAST, *CHURN_OF_ORDERS, *ACTING_ON_CHURN]
OF_CUSTOMERS = [*READING, *CHURN_OF_CUSTOMERS, *ACTING_ON_CHURN]
TELCO = [*OF_CUSTOMERS, *SEGMENTS, *CHURN_BY_MODEL]


def data_sets() -> dict[str, tuple[Data, Verbs]]:
    """The data sets there are, each with the verbs that fit it."""
    shop, people = (sample_files("en")[place][1] for place in (0, 1))
    recency, contract = ("recency", 5), ("Contract", "Yearly")
    sets: dict[str, tuple[Data, Verbs]] = {
        "shop": (Data(shop, "month", recency), [*OF_ORDERS, *SHOP]),
        "people": (Data(people, change=contract), OF_CUSTOMERS),
        "zh": (
            Data(sample_files("zh")[0][1]),
            [*READING, *ORDERS, *BASKETS[:2]],
        ),
    }
    folder = os.environ.get("CRM_TEST_DATA")
    if not folder:
        print(
            "CRM_TEST_DATA names no folder of real files: the shop only",
            file=sys.stderr,
        )
        return sets
    retail = Path(folder, "online_retail", "december_to_april.csv")
    telco = Path(folder, "telco_churn", "Telco-Customer-Churn.csv")
    sets["retail"] = Data(retail, "week", recency), [*OF_ORDERS, *RETAIL]
    sets["telco"] = Data(telco, change=("Contract", "Two year")), TELCO
    return sets
