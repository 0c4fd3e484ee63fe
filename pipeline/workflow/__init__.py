"""Workflow: one function per command; here the rooms meet. Nothing prints: progress goes to a `tick`."""
