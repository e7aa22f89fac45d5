"""What a table's rows must be like beyond their types: sanitizers, validators, checks, and defaults
that are worked out.
"""
