"""Indexes: B+trees over pages, and the ledger that names their roots."""
