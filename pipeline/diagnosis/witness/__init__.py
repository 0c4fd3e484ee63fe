"""Witness: what physics alone says of a signal, with no trained model: lines at fault orders, and p-values."""
