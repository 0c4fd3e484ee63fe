"""Scanning: folders of recordings to catalogs, from headers alone."""
