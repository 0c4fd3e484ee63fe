"""Diagnosed: verdicts with their evidence as one page."""
