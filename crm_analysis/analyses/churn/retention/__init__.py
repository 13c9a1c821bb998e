"""Whom it pays to keep, the list to act on, and what that brought."""
