"""Packed files and workbooks → text on disk, or the cells of a sheet, in a process of its own.

What unpacks them is written in other languages than Python, or multiplies what a stranger wrote;
the process has limits, can be ended at any moment, and takes nothing with it. Its modules import
the standard library and the reader of workbooks only, so that it begins in a moment.
"""
