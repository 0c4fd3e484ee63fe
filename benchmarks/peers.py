"""Peers: the environment of their own that other packages are timed in, `.venv-peers`.

    python benchmarks/peers.py

Each peer is installed by itself, in pinned versions (`peers-constraints.txt`), so that one that cannot be had leaves
the others. What is there is written down; an environment that was left half-made, or was made from other pins, is made
anew. Peers that could not be had are tried again by this command only. Needs nothing but Python itself.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent.parent / ".venv-peers"
CONSTRAINTS = Path(__file__).with_name("peers-constraints.txt")
PACKAGES = {
    "pywt": ("PyWavelets",),
    "fCWT": ("fCWT", "matplotlib"),
    "ssqueezepy": ("ssqueezepy",),
    "ptwt": ("torch", "ptwt"),
}
"""What each peer is installed with: fCWT imports matplotlib and does not say so; torch before what would choose one."""

LONGEST_S = 900.0


class Environment:
    """A virtual environment and a record of what it holds.

    Args:
        folder: where it is, or will be.
        constraints: the pins.
    """

    def __init__(self, folder: Path = FOLDER, constraints: Path = CONSTRAINTS) -> None:
        self.folder, self.constraints = folder, constraints
        self.python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
        self.record = folder / "peers.json"

    def made_from(self) -> str:
        """A hash of all that decides what is installed."""
        decides = [self.constraints.read_text(), repr(PACKAGES), sys.version]
        return hashlib.sha256("\n".join(decides).encode()).hexdigest()[:16]

    def missing(self, *peers: str, again: bool = False) -> dict[str, str]:
        """Install the peers that are not there yet.

        Args:
            peers: of `PACKAGES`.
            again: try also those that could not be had before.

        Returns:
            Why each of those that cannot be had is not there.
        """
        held = self._held()
        try:
            if held is None:
                held = self._make()
            for peer in peers:
                if peer not in held or (again and held[peer]):
                    held[peer] = self._install(peer, held)
        except (OSError, subprocess.SubprocessError) as error:
            return dict.fromkeys(peers, f"{self.folder.name} cannot be made: {_reason(error)}")
        return {peer: held[peer] for peer in peers if held[peer]}

    def _held(self) -> dict[str, str] | None:
        """Why each peer is not there, empty for those that are; None where the environment is not to be trusted."""
        try:
            record = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return None
        whole = record["made_from"] == self.made_from() and not record["busy_with"] and self.python.exists()
        return dict(record["peers"]) if whole else None

    def _make(self) -> dict[str, str]:
        if self.folder.exists():
            shutil.rmtree(self.folder)
        print(f"making {self.folder.name}", file=sys.stderr, flush=True)
        run = [sys.executable, "-m", "venv", str(self.folder)]
        subprocess.run(run, check=True, capture_output=True, timeout=LONGEST_S)
        self._write({}, "")
        return {}

    def _write(self, held: dict[str, str], busy_with: str) -> None:
        """A record that names what is being installed is one of a half-made environment."""
        new = self.record.with_suffix(".new")
        new.write_text(json.dumps({"made_from": self.made_from(), "busy_with": busy_with, "peers": held}, indent=1))
        new.replace(self.record)

    def _install(self, peer: str, held: dict[str, str]) -> str:
        print(f"installing {peer} into {self.folder.name}", file=sys.stderr, flush=True)
        self._write(held, peer)
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # A variable also reaches the environment that a package is compiled in; a blank would end a path.
        environment = os.environ | {"PIP_CONSTRAINT": self.constraints.resolve().as_uri()}
        run = [*pip, *PACKAGES[peer]]
        why = ""
        try:
            subprocess.run(run, check=True, capture_output=True, text=True, timeout=LONGEST_S, env=environment)
        except (OSError, subprocess.SubprocessError) as error:
            why = f"cannot be installed: {_reason(error)}"
        self._write(held | {peer: why}, "")
        return why


def _reason(error: Exception) -> str:
    """The last line a failed command called an error, else its last one, else what Python says."""
    said = str(getattr(error, "stderr", None) or "").strip().splitlines()
    errors = [line for line in said if line.lower().startswith("error")]
    return ([str(error), *said[-1:], *errors])[-1].strip()


def main() -> int:
    """Make the environment with every peer; 1 where one cannot be had."""
    missing = Environment().missing(*PACKAGES, again=True)
    for peer, why in missing.items():
        print(f"{peer}: {why}", file=sys.stderr)
    print(f"{FOLDER.name}: {', '.join(peer for peer in PACKAGES if peer not in missing) or 'no peer'}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
