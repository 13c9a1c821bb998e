"""Which models are tried, how they did at earlier days, and how sure that makes the forecast."""
