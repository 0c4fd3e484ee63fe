"""Catalog: one row per signal, corpora, splits, and the proof that nothing leaks."""
