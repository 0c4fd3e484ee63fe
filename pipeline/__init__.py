"""Faultprint."""
