"""Backbones: recipes of architectures, one file per library that builds them."""
