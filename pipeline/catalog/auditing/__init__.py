"""Auditing: the proof that nothing leaks from one side of a split to the other."""
