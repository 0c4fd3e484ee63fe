"""Diagnosis: windows pooled to one verdict per signal."""
