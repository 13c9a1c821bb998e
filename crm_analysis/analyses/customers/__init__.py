"""One row per customer as of a day: what each one bought, how often, how recently, at what rhythm.

The definitions follow direct marketing (Hughes, "Strategic Database Marketing", 1994): recency is the days since the last
purchase, frequency the number of orders, monetary the money spent. The probability models of customer value count otherwise
(Fader, Hardie & Lee, "RFM and CLV", Journal of Marketing Research 42, 2005): there frequency is the number of *repeat*
purchases and recency the age at the last one; `purchase_summary` gives that form.
"""

from crm_analysis.analyses.customers.card import CustomerCard, customer_card
from crm_analysis.analyses.customers.describe import day_of, describe_customers, kind_of

__all__ = ["CustomerCard", "customer_card", "day_of", "describe_customers", "kind_of"]
