"""What a host can ask: one module for each interface of `wit/dbms.wit`, on plain Python values."""
