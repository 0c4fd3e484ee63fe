"""Trends: what the diagnoses of a machine's point say together, over time."""
