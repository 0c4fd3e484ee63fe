"""Stages that take samples and hand on samples."""
