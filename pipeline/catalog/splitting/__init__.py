"""Splitting: which signals train and which test, always by group."""
