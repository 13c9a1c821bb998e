"""From order lines to frequent itemsets and the splits of each: exact, fast, and bounded."""
