"""Explained: one verdict and what speaks for it, on one sheet of paper."""
