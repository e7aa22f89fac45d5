"""Tables: where records go, how they are found again, and the rules they keep."""
