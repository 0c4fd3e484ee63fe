"""A flag that names a channel, beside a catalog with a row for each: that one is heard, as its own row says."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from pipeline.batch.keep_evidence import KeepEvidence
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.diagnosis.diagnoser import Diagnosis
from pipeline.errors import FactError
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.signal import Signal
from pipeline.verdict import Outcome, Verdict
from pipeline.workflow.inbox.answers import Answering
from pipeline.workflow.request.signals import openers_of, rows_by_place


@pytest.fixture
def rig(tmp_path: Path) -> tuple[Path, Catalog]:
    """A recording of two bearings, a channel each, and what is known of both."""
    path = tmp_path / "rig.wav"
    wavfile.write(path, 12000, np.random.default_rng(0).standard_normal((12000, 2)).astype("float32"))
    rows = (
        Row("rig/drive", "rig.wav", channel="c0", bearing=bearing_of("6205"), speed_rpm=1797.0),
        Row("rig/fan", "rig.wav", channel="*1", bearing=bearing_of("6203"), speed_rpm=1750.0),
    )
    return path, Catalog(rows, tmp_path)


@pytest.mark.parametrize(("asked", "channel", "bearing"), [("c0", "c0", "6205"), ("1", "c1", "6203")])
def test_a_channel_is_heard_once_with_its_own_bearing(rig, asked: str, channel: str, bearing: str) -> None:
    path, catalog = rig
    ((_, opened, row),) = openers_of([path], {"channel": asked}, catalog)
    signal = opened()
    assert (signal.channel, signal.bearing) == (channel, bearing_of(bearing))
    assert row in catalog.rows


def test_a_batch_hears_it_once_with_its_own_bearing_too(rig) -> None:
    path, catalog = rig
    heard = []

    class Listener:
        """A diagnoser that keeps what it is given."""

        def diagnose(self, signal: Signal, *_: object) -> Diagnosis:
            heard.append(signal)
            return Diagnosis(Verdict(signal.source, Outcome.UNCALIBRATED))

    answering = Answering(Listener(), {"channel": "c1"}, rows_by_place(catalog), None, KeepEvidence.NONE)  # type: ignore[arg-type]
    assert len(answering(path, "rig.wav")) == 1
    assert [(signal.channel, signal.bearing) for signal in heard] == [("c1", bearing_of("6203"))]


def test_without_the_flag_every_row_is_heard(rig) -> None:
    path, catalog = rig
    assert [opened().channel for _, opened, _ in openers_of([path], {}, catalog)] == ["c0", "c1"]


def test_a_channel_that_no_row_knows_is_given_the_bearing_of_none(rig) -> None:
    path, catalog = rig
    drive, _ = catalog.rows
    parts = (drive.changed(signal="rig/1", stop=6000), drive.changed(signal="rig/2", start=6000))
    ((_, opened, row),) = openers_of([path], {"channel": "c1"}, Catalog(parts, catalog.root))
    assert (row, opened().bearing) == (None, None)
    assert [row for _, _, row in openers_of([path], {"channel": "c0"}, Catalog(parts, catalog.root))] == list(parts)


def test_a_channel_that_the_file_has_not_is_complained_of_once(rig) -> None:
    path, catalog = rig
    ((_, opened, _),) = openers_of([path], {"channel": "axial"}, catalog)
    with pytest.raises(FactError, match="no channel 'axial'; the file holds c0, c1"):
        opened()
