"""Transactions: what one sees, what it may change, and when that becomes everybody's."""
