"""From a table of customers or of order lines to examples that a model can learn from."""
