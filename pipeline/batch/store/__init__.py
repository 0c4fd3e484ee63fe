"""Store: what a batch knows and has found, in SQLite or PostgreSQL."""
