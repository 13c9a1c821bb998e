"""Whom a contact changes: models of the difference it makes, and whether they can be trusted."""
