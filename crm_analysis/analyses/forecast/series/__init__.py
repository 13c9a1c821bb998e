"""Demand a period: counted from orders, made regular, taken apart, its anomalies marked."""
