"""From the tables that are stored to the tables that are wanted."""
