"""Calibration: out-of-fold scores to probabilities that mean what they say, and to sets that keep a promise."""
