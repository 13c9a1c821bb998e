"""What to do about a forecast: overrides, sums that add up, orders, scenarios, new products, scores."""
