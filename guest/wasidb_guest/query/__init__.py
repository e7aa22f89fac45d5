"""Answers questions about tables: select statements and filters, parsed, planned and run."""
