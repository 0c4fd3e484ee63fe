"""Migrations: how a store of an older schema becomes one of the newest, rows and all."""
