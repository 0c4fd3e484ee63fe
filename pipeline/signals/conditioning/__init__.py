"""Conditioning: what is done to a recording before any window is cut, each step noted in its history."""
