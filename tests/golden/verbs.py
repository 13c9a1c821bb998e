"""The verbs that read, filter, segment and find rules."""

from __future__ import annotations

import crm_analysis as crm
from crm_analysis.analyses import customers, overview, segments
from crm_analysis.tables import filters, quality
from tests.golden.data import Verbs, members

CLEANING = crm.CleanOptions(
    duplicates="flag",
    case="title",
    outliers="clip",
    outlier_method="robust_z",
    returns="net",
)
FILTER = filters.Filter(start="2011-01-10", end="2026-03-31")
PAIRS = {
    ("revenue", "recency"): 3,
    ("recency", "breadth"): 2,
    ("revenue", "breadth"): 5,
}
SCORED_BY_PAIRS = crm.ScoreOptions(
    method="pairs",
    pairs=("revenue:recency:3", "frequency:recency:2", "recency:breadth:2"),
)

READING: Verbs = [
    ("read_table", lambda data: crm.read_table(data.path)),
    ("guess_roles", lambda data: crm.guess_roles(data["read_table"])),
    ("clean", lambda data: crm.clean(data["read_table"], data["guess_roles"])),
    ("describe_quality", lambda data: quality.describe_quality(data["clean"])),
    ("filter_choices", lambda data: filters.filter_choices(data.lines)),
    ("describe_customers", lambda data: crm.describe_customers(data.lines)),
    (
        "customer_card",
        lambda data: customers.customer_card(
            data.lines, data.lines["customer"].dropna().iloc[0]
        ),
    ),
]

ORDERS: Verbs = [
    ("apply_filter", lambda data: filters.apply_filter(data.lines, FILTER)),
    (
        "describe_customers (then)",
        lambda data: crm.describe_customers(data.lines, data.midway),
    ),
    ("sales", lambda data: overview.sales(data.lines)),
    ("same_days", lambda data: crm.same_days(data.lines)),
    (
        "what_changed",
        lambda data: crm.what_changed(*crm.same_days(data.lines)),
    ),
]

SEGMENTS: Verbs = [
    (
        f"segment ({name})",
        lambda data, options=options: crm.segment(data.fewer, options),
    )
    for name, options in {
        "kmeans, 5": crm.KMeansOptions(clusters=5, scale="robust"),
        "minibatch": crm.MiniBatchKMeansOptions(clusters=4),
        "dbscan": crm.DBSCANOptions(),
        "hdbscan": crm.HDBSCANOptions(),
        "mixture": crm.GaussianMixtureOptions(clusters=4),
        "agglomerative": crm.AgglomerativeOptions(clusters=4),
    }.items()
] + [
    ("segment (kmeans)", lambda data: crm.segment(data["describe_customers"])),
    (
        "feature_choices",
        lambda data: segments.feature_choices(data["describe_customers"]),
    ),
    (
        "compare",
        lambda data: segments.compare(
            data["segment (kmeans)"], data["segment (kmeans, 5)"]
        ),
    ),
    (
        "rename",
        lambda data: segments.rename(data["segment (kmeans)"], {0: "regulars"}),
    ),
    ("merge", lambda data: segments.merge(data["segment (kmeans, 5)"], [0, 1])),
    (
        "pin",
        lambda data: segments.pin(
            data["segment (kmeans)"],
            list(data["describe_customers"]["customer"][:3]),
            0,
        ),
    ),
    ("to_dict", lambda data: segments.to_dict(data["merge"])),
    ("from_dict", lambda data: segments.from_dict(data["to_dict"], data.fewer)),
    (
        "apply (segments)",
        lambda data: data["segment (kmeans)"].apply(
            data["describe_customers"][::3]
        ),
    ),
]

SEGMENTS_OF_ORDERS: Verbs = [
    (
        "segment (rfm)",
        lambda data: crm.segment(data["describe_customers"], crm.RFMOptions()),
    ),
    (
        "movement_between",
        lambda data: segments.movement_between(
            data.lines, data.midway, data.lines["date"].max().date()
        ),
    ),
]

BASKETS: Verbs = [
    ("estimate_rules", lambda data: crm.estimate_rules(data.lines)),
    ("find_rules", lambda data: crm.find_rules(data.lines)),
    (
        "find_rules (apriori)",
        lambda data: crm.find_rules(
            data.goods,
            crm.RuleOptions(algorithm="apriori", support=0.01, confidence=0.05),
        ),
    ),
    (
        "find_rules (closed)",
        lambda data: crm.find_rules(
            data.some,
            crm.RuleOptions(
                basket="customer_day",
                itemsets="closed",
                interval="wilson",
                support=0.04,
            ),
        ),
    ),
    ("pairs", lambda data: data["find_rules"].pairs),
    (
        "offer_bundles",
        lambda data: crm.offer_bundles(data.lines, data["find_rules"]),
    ),
    ("find_sequences", lambda data: crm.find_sequences(data.lines)),
    ("next_products", lambda data: crm.next_products(data.some)),
    (
        "next_products (best)",
        lambda data: crm.next_products(
            data.some, crm.OfferOptions(combine="best", new_only=False)
        ),
    ),
    ("compare_groups", lambda data: crm.compare_groups(data.lines, "country")),
    (
        "compare_groups (segments)",
        lambda data: crm.compare_groups(data.lines, members(data)),
    ),
]
