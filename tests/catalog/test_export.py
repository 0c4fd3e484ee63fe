"""Export and scan are one way there and back."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.catalog.export import write_signals
from pipeline.catalog.opening import open_row
from pipeline.catalog.scanning.scan import scan
from pipeline.errors import FactError
from pipeline.signals.signal import Signal
from pipeline.signals.simulation.fleet import demo_fleet


def test_signals_written_and_scanned_come_back_with_samples_and_facts(tmp_path: Path) -> None:
    signals = demo_fleet(seed=2)[0][:6]
    write_signals(signals, tmp_path)
    catalog = scan(tmp_path)
    back = {signal.specimen: signal for signal in (open_row(row, catalog.root) for row in catalog)}
    for signal in signals[::2]:
        found = back[signal.specimen]
        assert (found.rate_hz, found.unit, found.labels) == (signal.rate_hz, signal.unit, signal.labels)
        assert found.orders == pytest.approx(signal.orders)
    by_name = {path.name: signal for path, signal in zip(sorted(tmp_path.glob("*.wav")), signals, strict=False)}
    assert len(by_name) == 6


def test_samples_come_back_bit_for_bit(tmp_path: Path) -> None:
    (signal,) = demo_fleet(seed=2)[0][:1]
    write_signals([signal], tmp_path)
    (row,) = scan(tmp_path)
    np.testing.assert_array_equal(open_row(row, tmp_path).samples, signal.samples.astype(np.float32))


def test_an_inbox_betrays_no_label(tmp_path: Path) -> None:
    paths = write_signals(demo_fleet(seed=2)[1][:6], tmp_path, with_labels=False)
    text = " ".join(path.name + path.with_name(path.name + ".yaml").read_text() for path in paths)
    for word in ("healthy", "outer", "inner", "ball", "imbalance", "misalignment", "labels"):
        assert word not in text


def test_a_rate_that_wav_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FactError, match=r"4266\.67"):
        write_signals([Signal(np.zeros(9), rate_hz=4266.67)], tmp_path)
