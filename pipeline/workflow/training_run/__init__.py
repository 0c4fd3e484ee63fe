"""Training run: its signals, its split, what is refused before it begins, its folder, what its figures promise."""
