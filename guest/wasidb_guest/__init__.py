"""The wasidb engine: tables, indexes, queries and transactions on pages of memory.

Runs inside the WebAssembly component and, unchanged, on plain CPython. Standard library only.
"""
