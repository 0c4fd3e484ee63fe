"""Formats: one reader per file."""
