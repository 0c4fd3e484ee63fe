"""Simulation: machines whose faults are known, made from physics and chance."""
