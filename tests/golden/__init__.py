"""The answers of every public verb: `python -m tests.golden --help`."""
