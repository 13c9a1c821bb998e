"""From a forecast to a plan: values by hand, sums, orders, scenarios, new products, scores."""
