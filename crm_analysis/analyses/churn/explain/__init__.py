"""Why a customer is at risk, and what would change it."""
