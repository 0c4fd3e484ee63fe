"""Honest: protocols that test on parts never seen, what is scored on them, and how."""
