"""Kept evidence: small, drawn as it was, and refused when it is damaged."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.diagnosis.evidence import Evidence
from pipeline.diagnosis.kept_evidence import packed, unpacked
from pipeline.errors import ReadError
from pipeline.preprocessing.base import Axis, ImageAxes

RNG = np.random.default_rng(0)


def evidence(planes: int = 3, rows: int = 224, columns: int = 224, lines: int = 900) -> Evidence:
    low = RNG.normal(-1, 0.1, 1200).astype(np.float32)
    axes = ImageAxes(
        Axis("frequency", "Hz", tuple(map(float, range(rows))), tuple(f"row {k}" for k in range(rows))),
        Axis("time", "s", tuple(np.linspace(0, 1, columns).tolist())),
        ("a", "b", "c")[:planes],
    )
    return Evidence(
        time_s=np.linspace(0, 10, 1200, dtype=np.float32), lowest=low, highest=-low,
        image=RNG.standard_normal((planes, rows, columns)).astype(np.float32), axes=axes,
        spectrum_hz=np.linspace(1, 300, lines, dtype=np.float32),
        spectrum=RNG.uniform(0, 1, lines).astype(np.float32), lines_hz={"outer_race": 105.9},
    )  # fmt: skip


def test_what_comes_back_is_what_was_kept() -> None:
    before = evidence()
    after = unpacked(packed(before))
    for name in ("time_s", "lowest", "highest", "spectrum_hz", "spectrum"):
        np.testing.assert_allclose(getattr(after, name), getattr(before, name), rtol=1e-6)
    assert (after.axes, after.lines_hz) == (before.axes, before.lines_hz)
    level = float(np.ptp(before.image)) / 254
    assert np.abs(after.image - before.image).max() <= 0.5001 * level


@pytest.mark.parametrize(
    ("planes", "rows", "columns"), [(3, 224, 224), (1, 4096, 512), (8, 512, 512), (1, 1, 2_000_000)]
)
def test_noise_of_any_size_stays_below_200_kb(planes: int, rows: int, columns: int) -> None:
    assert len(packed(evidence(planes, rows, columns, lines=500_000))) <= 200_000


def test_a_large_image_keeps_its_means_and_its_axes() -> None:
    before = evidence(1, 1000, 600)
    after = unpacked(packed(before))
    assert after.axes is not None
    assert after.image.shape[1:] == (len(after.axes.rows.values), len(after.axes.columns.values)) == (500, 300)
    blocks = before.image[0].reshape(500, 2, 300, 2).mean(axis=(1, 3))
    assert np.abs(after.image[0] - blocks).max() <= float(np.ptp(blocks)) / 254
    assert after.axes.rows.values[0] == pytest.approx(0.5)


def test_the_highest_lines_of_a_long_spectrum_are_kept() -> None:
    before = evidence(lines=100_000)
    before.spectrum[71_234] = 50.0
    after = unpacked(packed(before))
    peak = int(np.argmax(after.spectrum))
    assert after.spectrum[peak] == 50.0
    assert after.spectrum_hz[peak] == before.spectrum_hz[71_234]


def test_cells_without_a_value_and_images_of_one_value_come_back() -> None:
    image = np.full((1, 4, 4), 7.0, np.float32)
    image[0, 1, 2] = np.nan
    after = unpacked(packed(replace(evidence(), image=image, axes=None)))
    np.testing.assert_allclose(after.image, image)
    assert after.axes is None


def test_evidence_without_rate_or_samples_comes_back_empty() -> None:
    nothing = np.zeros(0, np.float32)
    after = unpacked(packed(replace(evidence(), spectrum=nothing, spectrum_hz=nothing, lines_hz={})))
    assert len(after.spectrum) == len(after.spectrum_hz) == len(after.lines_hz) == 0


@pytest.mark.parametrize("cut", [0, 10, 5000])
def test_damaged_evidence_is_refused(cut: int) -> None:
    with pytest.raises(ReadError, match="damaged"):
        unpacked(packed(evidence())[:cut])


def test_no_pickle_is_ever_opened() -> None:
    import io

    file = io.BytesIO()
    np.savez(file, facts=np.array([{"a": object()}], dtype=object), allow_pickle=True)
    with pytest.raises(ReadError, match="damaged"):
        unpacked(file.getvalue())
