"""Pretraining: the ways to a backbone's weights without labels."""
