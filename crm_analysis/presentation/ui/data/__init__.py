"""The pieces of the data page: what was understood of the files, and what was changed."""
