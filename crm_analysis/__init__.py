"""Customer analytics: a file of orders or customers goes in, a decision a manager can act on comes out."""
