"""Kept evidence: the pictures of one signal as few bytes, to be stored beside its verdict and drawn when asked for."""

import json
import zlib
from io import BytesIO
from itertools import pairwise
from typing import Any
from zipfile import BadZipFile

import numpy as np

from pipeline.diagnosis.evidence import Array, Evidence
from pipeline.errors import ReadError
from pipeline.preprocessing.base import Axis, ImageAxes

FORMAT = 1
MOST_CELLS = 160_000
"""Of an image; three planes of 224 x 224 fit."""

MOST_LINES = 2000
"""Of a spectrum, and along each side of an image: more than a page has dots."""


def packed(evidence: Evidence) -> bytes:
    """Evidence as an archive of arrays (.npz without pickles), below 200 kB.

    What the eye does not miss is left out: an image has 256 levels from its lowest to its highest value, a large one
    fewer rows or columns (means of neighbours), a long spectrum fewer lines (the highest of neighbours). NaN stay.
    """
    image, axes = _small(evidence.image, evidence.axes)
    levels, span = _levels(image)
    spectrum_hz, spectrum = _few_lines(evidence.spectrum_hz, evidence.spectrum)
    facts = {"format": FORMAT, "lines_hz": evidence.lines_hz, "axes": axes and _plain(axes), "span": span}
    file = BytesIO()
    np.savez_compressed(
        file,
        time_s=evidence.time_s[[0, -1]] if len(evidence.time_s) else evidence.time_s,
        waveform=np.stack([evidence.lowest, evidence.highest]),
        image=levels,
        spectrum_hz=spectrum_hz,
        spectrum=spectrum,
        facts=np.frombuffer(json.dumps(facts).encode(), np.uint8),
    )
    return file.getvalue()


def unpacked(content: bytes) -> Evidence:
    """Evidence as it was kept.

    Raises:
        ReadError: for bytes that are none, or of a newer format.

    Example:
        >>> nothing = np.zeros(0, np.float32)
        >>> image = np.ones((1, 2, 2), np.float32)
        >>> kept = packed(Evidence(nothing, nothing, nothing, image, None, nothing, nothing, {"ball": 9.5}))
        >>> unpacked(kept).lines_hz, unpacked(kept).image.shape
        ({'ball': 9.5}, (1, 2, 2))
    """
    try:
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            facts = json.loads(arrays["facts"].tobytes())
            if facts["format"] > FORMAT:
                raise ReadError(f"evidence of format {facts['format']} is newer than {FORMAT}; update Faultprint")
            lowest, highest = arrays["waveform"]
            return Evidence(
                time_s=np.linspace(*_ends(arrays["time_s"]), len(lowest), dtype=np.float32),
                lowest=lowest,
                highest=highest,
                image=_values(arrays["image"], facts["span"]),
                axes=facts["axes"] and _axes(facts["axes"]),
                spectrum_hz=arrays["spectrum_hz"],
                spectrum=arrays["spectrum"],
                lines_hz=facts["lines_hz"],
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise ReadError(f"evidence in the store is damaged ({type(error).__name__}); diagnose the file again") from None


def _ends(times: Array) -> tuple[float, float]:
    return (float(times[0]), float(times[-1])) if len(times) else (0.0, 0.0)


NOT_A_NUMBER = 0
"""The level of cells that hold none; all others are 1 to 255."""


def _levels(image: Array) -> tuple[np.ndarray[Any, Any], list[float]]:
    finite = image[np.isfinite(image)]
    lowest, highest = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    scaled = (np.nan_to_num(image, nan=lowest, posinf=highest, neginf=lowest) - lowest) / ((highest - lowest) or 1.0)
    levels = 1 + np.rint(254 * np.clip(scaled, 0, 1)).astype(np.uint8)
    return np.where(np.isnan(image), NOT_A_NUMBER, levels).astype(np.uint8), [lowest, highest]


def _values(levels: np.ndarray[Any, Any], span: list[float]) -> Array:
    lowest, highest = span
    values = lowest + (levels.astype(np.float32) - 1) * ((highest - lowest) / 254)
    return np.where(levels == NOT_A_NUMBER, np.nan, values).astype(np.float32)


def _small(image: Array, axes: ImageAxes | None) -> tuple[Array, ImageAxes | None]:
    """Halved, the longer side first, until it has few enough cells."""
    while max(image.shape[1:]) > (1 if image.size > MOST_CELLS else MOST_LINES):
        along = 1 if image.shape[1] >= image.shape[2] else 2
        pairs = image.shape[along] // 2
        even = np.take(image, range(2 * pairs), axis=along)
        shape = (*image.shape[:along], pairs, 2, *image.shape[along + 1 :])
        image = even.reshape(shape).mean(axis=along + 1, dtype=np.float32)
        axes = axes and _halved(axes, along, pairs)
    return image[: max(MOST_CELLS // max(image[0].size, 1), 1)], axes


def _halved(axes: ImageAxes, along: int, pairs: int) -> ImageAxes:
    axis = axes.rows if along == 1 else axes.columns
    means = tuple((axis.values[2 * k] + axis.values[2 * k + 1]) / 2 for k in range(pairs))
    halved = axis._replace(values=means, labels=axis.labels[: 2 * pairs : 2])
    return axes._replace(rows=halved) if along == 1 else axes._replace(columns=halved)


def _few_lines(hertz: Array, spectrum: Array) -> tuple[Array, Array]:
    """Of neighbours the highest, at its own frequency."""
    if len(spectrum) <= MOST_LINES:
        return hertz, spectrum
    edges = np.arange(MOST_LINES + 1) * len(spectrum) // MOST_LINES
    kept = np.array([start + int(np.argmax(spectrum[start:end])) for start, end in pairwise(edges)])
    return hertz[kept], spectrum[kept]


def _plain(axes: ImageAxes) -> dict[str, Any]:
    return {"rows": list(axes.rows), "columns": list(axes.columns), "planes": list(axes.planes)}


def _axes(plain: dict[str, Any]) -> ImageAxes:
    rows, columns = (
        Axis(name, unit, tuple(values), tuple(labels))
        for name, unit, values, labels in (plain["rows"], plain["columns"])
    )
    return ImageAxes(rows, columns, tuple(plain["planes"]))
