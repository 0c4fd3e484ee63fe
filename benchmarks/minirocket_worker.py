"""MiniRocket worker: windows to numbers, in a process of its own, in the environment that has aeon.

    python minirocket_worker.py windows.npy numbers.npy 1

Windows (window, time) in, numbers (window, number) out, float32; the last argument is the number of threads. Each
window is standardised first. The thresholds are quantiles of what kernels make of windows drawn by chance,
as published; all windows of the file are drawn from.
"""

import importlib
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

N_NUMBERS = 10000
"""As published; 9996 come, 119 for each of 84 kernels."""
DRAWN = 512
"""Windows that thresholds are drawn from; a kernel and threshold looks at one."""


def standardised(windows: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Each window with mean 0 and deviation 1; one that is silent stays so.

    Example:
        >>> standardised(np.array([[1.0, 3.0], [5.0, 5.0]])).tolist()
        [[-1.0, 1.0], [0.0, 0.0]]
    """
    centred = windows - windows.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    return np.asarray(centred / np.where(spread > 0, spread, 1.0), dtype=np.float32)


def main() -> None:
    """Fit without labels, transform, write."""
    windows_file, numbers_file, threads = sys.argv[1:]
    package: Any = importlib.import_module("aeon.transformations.collection.convolution_based")
    windows = standardised(np.load(windows_file))[:, None, :]
    drawn = np.random.default_rng(0).permutation(len(windows))[:DRAWN]
    rocket = package.MiniRocket(n_kernels=N_NUMBERS, n_jobs=int(threads), random_state=0)
    rocket.fit(windows[drawn])
    np.save(numbers_file, np.asarray(rocket.transform(windows), dtype=np.float32))


if __name__ == "__main__":
    main()
