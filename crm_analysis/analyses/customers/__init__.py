"""One row per customer as of a day: what each one bought, how often, how recently, how regularly.

The definitions follow direct marketing (Hughes, "Strategic Database Marketing", 1994): recency is
the days since the last purchase, frequency the number of orders, monetary the money spent. The
probability models of customer value count otherwise (Fader, Hardie & Lee, "RFM and CLV", Journal
of Marketing Research 42, 2005): there frequency is the number of *repeat* purchases and recency
the age at the last one; `purchase_summary` gives that form.
"""

from crm_analysis.analyses.customers.card import CustomerCard, customer_card
from crm_analysis.analyses.customers.describe import (
    CustomerSummary,
    check_one_row_each,
    day_of,
    describe_customers,
    kind_of,
    summarise_customers,
)
from crm_analysis.analyses.customers.features import customer_features
from crm_analysis.analyses.customers.groups import (
    CustomerGroups,
    GroupOptions,
    customer_groups,
)
from crm_analysis.analyses.customers.holdouts import is_control, sent
from crm_analysis.analyses.customers.ids import plain_ids
from crm_analysis.analyses.customers.purchases import (
    Purchases,
    as_dates,
    as_day,
    day_numbers,
    purchase_days,
)
from crm_analysis.analyses.customers.record import short_record

__all__ = [
    "CustomerCard",
    "CustomerGroups",
    "CustomerSummary",
    "GroupOptions",
    "Purchases",
    "as_dates",
    "as_day",
    "check_one_row_each",
    "customer_card",
    "customer_features",
    "customer_groups",
    "day_numbers",
    "day_of",
    "describe_customers",
    "is_control",
    "kind_of",
    "plain_ids",
    "purchase_days",
    "sent",
    "short_record",
    "summarise_customers",
]
