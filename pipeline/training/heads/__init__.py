"""Heads: how what reads a backbone's features is found, one file per method."""

from pipeline.training.heads.config import HeadConfig
from pipeline.training.heads.solve import solve_head

__all__ = ["HeadConfig", "solve_head"]
