"""Quality: what samples tell of the way they were recorded, one check per file."""
