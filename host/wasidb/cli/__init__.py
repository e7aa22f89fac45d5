"""The `wasidb` command: looks into database files, and shows what the engine does."""
