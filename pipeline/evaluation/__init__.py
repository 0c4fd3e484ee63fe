"""Evaluation: scores and truth to metrics; no models."""
