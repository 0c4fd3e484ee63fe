"""Inspection: a file on its way through `inspect`, measured, asked by physics, looked at by a net."""
