"""Export: signals as files that anyone can read, with side files that say what the format cannot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pipeline.errors import FactError
from pipeline.signals.signal import Signal


def write_signals(signals: Sequence[Signal], folder: Path, with_labels: bool = True) -> list[Path]:
    """Write each signal as a float WAV and a side file.

    Args:
        signals: each with a rate; WAV holds whole hertz only.
        folder: made if it is not there.
        with_labels: whether side files say what is wrong; an inbox does not.

    Returns:
        The WAV files, in the order of the signals; names hold the specimen, never the label.

    Raises:
        FactError: for a signal without a rate, or with a fraction in it.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     paths = write_signals([Signal(np.zeros(100), rate_hz=1000.0, specimen="pump-7")], Path(folder))
        ...     [path.name for path in paths]
        ['pump-7-000.wav']
    """
    from scipy.io import wavfile

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{signal.specimen or 'signal'}-{place:03d}.wav" for place, signal in enumerate(signals)]
    for signal, path in zip(signals, paths, strict=True):
        if signal.rate_hz is None or not float(signal.rate_hz).is_integer():
            raise FactError(f"{path}: WAV needs a sampling rate in whole hertz, got {signal.rate_hz}; resample first")
        wavfile.write(path, int(signal.rate_hz), signal.loaded().T.astype(np.float32))
        side = yaml.safe_dump(_stated(signal, with_labels), sort_keys=False)
        path.with_name(f"{path.name}.yaml").write_text(side, encoding="utf-8")
    return paths


def _stated(signal: Signal, with_labels: bool) -> dict[str, Any]:
    """What a side file says of a signal, silent where nothing is known."""
    stated = {
        "specimen": signal.specimen,
        "machine": signal.machine,
        "point": signal.point,
        "speed_rpm": signal.speed_rpm,
        "unit": signal.unit,
        "bearing": signal.bearing and signal.bearing.model_dump(mode="json", exclude_defaults=True),
        "labels": list(signal.labels) if with_labels else [],
    }
    return {key: value for key, value in stated.items() if value}
