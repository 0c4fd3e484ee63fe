"""Signals: recordings, machine geometry, conditioning, simulated machines."""
