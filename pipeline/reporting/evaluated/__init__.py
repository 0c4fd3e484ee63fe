"""Evaluated: what a model's verdicts are worth, as one page."""
