"""Outside: whether a signal is unlike anything that a model was trained on."""
