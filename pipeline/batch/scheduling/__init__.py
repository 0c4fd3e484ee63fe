"""Scheduling: the same command again and again, here or kept by others."""
