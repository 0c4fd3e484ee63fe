"""Pretrained: weights files, where they lie, whether they are whole, and whose they are."""
