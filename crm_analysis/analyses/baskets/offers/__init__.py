"""What to offer: the next products of each customer, and the sets worth offering together."""
