"""Verdicts: many of them laid together, by machine, or beside what a catalog says is true."""
