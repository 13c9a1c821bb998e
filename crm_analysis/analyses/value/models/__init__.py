"""The models: how often customers order and leave, how long contracts last, what an order is worth."""
