"""Pages: the file format's constants, the pages in memory, and the atomic step from one state to
the next.
"""
