"""The models, how they are fitted, chosen, checked, calibrated and saved."""
