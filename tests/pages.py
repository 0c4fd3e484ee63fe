"""Pages are executed: the commands a page shows, run as a reader would run them."""

import os
import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"(<!-- needs [^>]*-->\n)?```(sh|python|yaml)\n(.*?)```", re.DOTALL)


def blocks(page: str, language: str, needing: bool = False) -> list[str]:
    """The code of a page in one language, in its order; that which needs data or weights only where asked for."""
    return [text for needs, kind, text in BLOCK.findall(page) if kind == language and bool(needs) == needing]


def execute(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """One shell command as a user of this environment would give it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=folder, env=os.environ | {"PATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def run_all(commands: list[str], folder: Path) -> None:
    """Every command must work."""
    for command in commands:
        done = execute(command, folder)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
