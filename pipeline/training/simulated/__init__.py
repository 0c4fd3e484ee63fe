"""Simulated: learning from machines that never were, and from nothing else."""
