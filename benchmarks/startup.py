"""How long a user waits before anything happens: `--help`, and the first verdict of a fresh process.

    python benchmarks/startup.py --json startup.json

The first verdict is held against `python -c "import torch, torchvision"` in the same run: no diagnosis with a CNN can
be quicker than that. Medians of 10 fresh processes each (3 with --quick), after one that warms the disk cache.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from ledger import Ledger, timed

from pipeline.config import RunConfig
from pipeline.signals.fleet import demo_fleet
from pipeline.training.learn import Plan, learn
from pipeline.training.window_set import collect

IMPORTS = """
from pipeline.models.torchvision_adapter import import_torchvision
import torch
import_torchvision()
"""
