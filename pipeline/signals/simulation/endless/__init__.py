"""Endless: windows of machines that nobody will simulate twice, quick to make, each fixed by a seed and its number."""
