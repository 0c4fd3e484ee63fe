"""Inspected: a recording before any verdict: a channel as recorded, a window as a net sees it."""
