"""The same work beside its peers, as ratios measured in one run on one machine.

`make bench`, or `make bench ONLY="baskets load"`.

Each module here but `measure` is a benchmark: its `main()` does the work and gives rows
(`measure.Row`).
"""
