"""Levels: how strong a signal is, in numbers for a trend: broadband, by octave, at the lines of its bearing."""
