"""Autoencoder: a backbone taught by recordings that nobody labelled, to draw again what it was shown."""
