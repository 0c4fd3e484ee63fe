"""Panels: single charts and images, drawn into axes that a sheet has placed."""
