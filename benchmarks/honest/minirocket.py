"""MiniRocket: ten thousand shares of the time that small kernels are above thresholds, and ridge regression on them.

aeon computes them, in an environment of its own (`.venv-aeon`, made when it is missing) and a process of its own. They
take a window and no label, so they are computed once for all splits; their thresholds are drawn from all windows, those
that test among them, which is an advantage over a fit per split, and over us.

Source: Dempster, Schmidt, Webb (2021), MiniRocket: a very fast (almost) deterministic transform for time series
classification, KDD 2021. Ridge as there: penalty by leave-one-out, of 10 between 0.001 and 1000.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from peers import Environment
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from honest.methods import Made, without_net
from honest.protocol import Protocol
from honest.scorers import Scorer, Scores
from pipeline.cache_folder import default_folder
from pipeline.errors import FaultprintError
from pipeline.whole_file import write_whole

BENCHMARKS = Path(__file__).parents[1]
WORKER = BENCHMARKS / "minirocket_worker.py"
FOLDER, CONSTRAINTS = BENCHMARKS.parent / ".venv-aeon", BENCHMARKS / "aeon-constraints.txt"
PENALTIES = np.logspace(-3, 3, 10)
PEER = "aeon"
LONGEST_S = 3600.0


class PeerError(FaultprintError):
    """Another package cannot be had, or failed; there is no row, and a line says why."""


class AeonEnvironment(Environment):
    """`.venv-aeon`, with aeon and nothing else asked for.

    Args:
        folder: where it is, or will be.
        constraints: the pins.
    """

    def __init__(self, folder: Path = FOLDER, constraints: Path = CONSTRAINTS) -> None:
        super().__init__(folder, constraints)

    def made_from(self) -> str:
        """A hash of all that decides what is installed."""
        return hashlib.sha256("\n".join([self.constraints.read_text(), sys.version]).encode()).hexdigest()[:16]

    def worker_python(self) -> Path:
        """Its interpreter, the environment made if it is not there.

        Raises:
            PeerError: when aeon cannot be had.
        """
        missing = self.missing(PEER)
        if missing:
            raise PeerError(f"{PEER}: {missing[PEER]}")
        # The checkout's own tools pass over a folder that ignores all it holds.
        (self.folder / ".gitignore").write_text("*\n")
        return self.python

    def _install(self, peer: str, held: dict[str, str]) -> str:
        print(f"installing {peer} into {self.folder.name}", file=sys.stderr, flush=True)
        self._write(held, peer)
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        why = ""
        try:
            run = [*pip, "--constraint", str(self.constraints.resolve()), peer]
            subprocess.run(run, check=True, capture_output=True, text=True, timeout=LONGEST_S)
        except (OSError, subprocess.SubprocessError) as error:
            why = f"cannot be installed: {last_said(error)}"
        self._write(held | {peer: why}, "")
        return why


def minirocket(setting: Protocol) -> Made:
    """MiniRocket's numbers of every window, and one ridge regression per label.

    Raises:
        PeerError: when aeon cannot be had, or fails.
    """
    windows = torch.cat([batch.values[:, 0] for batch in setting.windows.batches]).numpy()
    return Made(without_net(None), ridge_by_leaving_one_out(numbers_of(windows), setting.windows.window_targets))


def numbers_of(windows: np.ndarray, environment: AeonEnvironment | None = None) -> Tensor:
    """MiniRocket's numbers, (window, number); kept in the cache folder, for they take minutes.

    Args:
        windows: (window, time).
        environment: the one with aeon.

    Raises:
        PeerError: when aeon cannot be had, or fails.
    """
    decides = (windows.tobytes(), str(windows.shape).encode(), WORKER.read_bytes(), CONSTRAINTS.read_bytes())
    kept = default_folder() / "minirocket" / f"{hashlib.sha256(b''.join(decides)).hexdigest()[:24]}.npy"
    if not kept.exists():
        python = (environment or AeonEnvironment()).worker_python()
        with tempfile.TemporaryDirectory() as scratch:
            np.save(Path(scratch) / "windows.npy", windows)
            computed(python, Path(scratch))
            write_whole(kept, [(Path(scratch) / "numbers.npy").read_bytes()])
    return torch.from_numpy(np.load(kept))


def computed(python: Path, scratch: Path) -> None:
    """Run the worker on `windows.npy` in a folder; it leaves `numbers.npy` there.

    Raises:
        PeerError: with the last line it said.
    """
    run = [str(python), str(WORKER), "windows.npy", "numbers.npy", str(torch.get_num_threads())]
    environment = os.environ | {"PYTHONPATH": ""}
    try:
        subprocess.run(run, cwd=scratch, env=environment, check=True, capture_output=True, text=True, timeout=LONGEST_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise PeerError(f"{PEER} failed: {last_said(error)}") from None


def last_said(error: Exception) -> str:
    """The last line of a command that failed, or what Python says of it.

    Example:
        >>> last_said(subprocess.CalledProcessError(1, "pip", stderr="Collecting\\nERROR: no such package\\n"))
        'ERROR: no such package'
    """
    return (str(getattr(error, "stderr", None) or "").strip() or str(error)).splitlines()[-1]


def ridge_by_leaving_one_out(features: Tensor, targets: Tensor) -> Scorer:
    """Ridge regression of +-1 labels on standardised numbers, a penalty per label, chosen on the windows that train.

    Args:
        features: of all windows, (window, number).
        targets: truth of all windows, (window, label).
    """

    def score(train: Tensor, test: Tensor) -> Scores:
        scale = StandardScaler().fit(features[train].numpy())
        ridge = RidgeCV(alphas=PENALTIES, alpha_per_target=True)
        ridge.fit(scale.transform(features[train].numpy()), 2 * targets[train].numpy() - 1)
        return np.asarray(ridge.predict(scale.transform(features[test].numpy()))).reshape(len(test), -1)

    return score
