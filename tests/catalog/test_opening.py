"""Opening: the flag before the side file before the catalog before the file, and a warning where they differ."""

import hashlib

import numpy as np
import pytest
from scipy.io import savemat, wavfile

from pipeline.catalog.opening import open_row, open_signal
from pipeline.catalog.row import Row
from pipeline.errors import FactError, ReadError, RequestError
from pipeline.signals.bearing_table import bearing_of

RAMP = np.arange(1000, dtype=np.float32) / 1000


@pytest.fixture
def wav(tmp_path):
    path = tmp_path / "pump.wav"
    wavfile.write(path, 8000, RAMP)
    return path


@pytest.fixture
def mat(tmp_path):
    path = tmp_path / "105.mat"
    savemat(path, {"X105_DE_time": RAMP[:, None], "X105_FE_time": -RAMP[:, None], "X105RPM": 1797.0})
    return path


def test_the_file_speaks_where_nobody_else_does(wav):
    signal = open_signal(wav)
    assert (signal.rate_hz, signal.origins["rate_hz"]) == (8000, "file")
    assert signal.speed_rpm is None
    assert "speed_rpm" not in signal.origins
    assert np.array_equal(signal.samples, RAMP[None])
    assert signal.sha256 == hashlib.sha256(wav.read_bytes()).hexdigest()
    assert signal.source == str(wav)
    assert signal.warnings == ()


def test_flag_side_file_catalog_and_file_speak_in_this_order(wav):
    row = Row("p", "pump.wav", rate_hz=4000.0, speed_rpm=1000.0, bearing=bearing_of("6203"), unit="g")
    catalog_only = open_signal(wav, row=row)
    assert (catalog_only.rate_hz, catalog_only.origins["rate_hz"]) == (4000, "catalog")
    wav.with_name("pump.wav.yaml").write_text("rate_hz: 2000\nbearing: 6205\n")
    beside = open_signal(wav, row=row)
    assert (beside.rate_hz, beside.origins["rate_hz"]) == (2000, "side file")
    assert beside.bearing.name == "6205-2RS JEM"
    flagged = open_signal(wav, {"rate_hz": 1000.0, "bearing": "{n_elements: 9, diameter_ratio: 0.3}"}, row)
    assert (flagged.rate_hz, flagged.origins["rate_hz"]) == (1000, "flag")
    assert flagged.bearing.n_elements == 9
    assert (flagged.speed_rpm, flagged.unit) == (1000, "g")
    assert any("rate_hz: using 1000 (flag), but side file says 2000" in line for line in flagged.warnings)
    assert any("but file says 8000" in line for line in flagged.warnings)


def test_the_catalog_passes_on_who_told_it(mat):
    told = Row(
        "105/DE", "105.mat", "*DE_time", rate_hz=12000.0, rate_from="manifest", speed_rpm=1797.0, speed_from="file"
    )
    signal = open_row(told, mat.parent)
    assert signal.origins["rate_hz"] == "manifest"
    assert signal.origins["speed_rpm"] == "file"
    assert signal.warnings == ()


def test_a_catalog_that_misquotes_the_file_speaks_for_itself(mat):
    told = Row("105/DE", "105.mat", "*DE_time", speed_rpm=900.0, speed_from="file")
    signal = open_row(told, mat.parent)
    assert (signal.speed_rpm, signal.origins["speed_rpm"]) == (900, "catalog")
    assert signal.warnings == ("speed_rpm: using 900 (catalog), but file says 1797",)


def test_an_inferred_rate_is_said_with_every_signal(wav):
    signal = open_row(Row("p", "pump.wav", rate_hz=8000.0, rate_from="inferred"), wav.parent)
    assert signal.origins["rate_hz"] == "inferred"
    assert any("8000 Hz is inferred" in line for line in signal.warnings)


def test_a_row_is_one_channel_and_one_part_of_its_file(mat):
    row = Row("105/FE", "105.mat", "*FE_time", point="FE", specimen="fan end", labels=("healthy",), n_samples=1000)
    signal = open_row(row.part(100, 300), mat.parent)
    assert signal.channel == "X105_FE_time"
    assert np.array_equal(signal.samples, -RAMP[None, 100:300])
    assert (signal.source, signal.point, signal.specimen, signal.labels) == ("105.mat", "FE", "fan end", ("healthy",))


def test_a_side_file_fills_in_who_a_signal_is_but_does_not_rename_a_row(wav):
    wav.with_name("pump.wav.yaml").write_text("specimen: from side file\nmachine: pump 7\nlabels: [ball]\n")
    alone = open_signal(wav)
    assert (alone.specimen, alone.machine, alone.labels) == ("from side file", "pump 7", ("ball",))
    row = open_row(Row("p", "pump.wav", specimen="from row", labels=("cage",)), wav.parent)
    assert (row.specimen, row.machine, row.labels) == ("from row", "pump 7", ("cage",))


def test_several_channels_and_no_rule_are_answered_with_the_candidates(mat):
    with pytest.raises(FactError, match=r"X105_DE_time, X105_FE_time.*--channel"):
        open_signal(mat)
    assert open_signal(mat, {"channel": "DE"}).channel == "X105_DE_time"


def test_another_file_than_the_catalog_knows_is_told(wav):
    signal = open_row(Row("p", "pump.wav", sha256="0" * 64), wav.parent)
    assert any("not the one the catalog knows" in line for line in signal.warnings)


@pytest.mark.parametrize(
    ("flags", "kind", "said"),
    [
        ({"rate_hz": -5.0}, FactError, "-5 Hz is impossible"),
        ({"rate_hz": float("nan")}, FactError, "impossible"),
        ({"speed_rpm": 0.0}, FactError, "0 rpm is impossible"),
        ({"bearing": "no such bearing"}, FactError, "unknown bearing"),
        ({"channel": "nothing"}, FactError, "no channel 'nothing'"),
        ({"reader": "nothing"}, RequestError, "unknown reader 'nothing'"),
        ({"speed": 5.0}, RequestError, "did you mean 'speed_rpm'"),
    ],
)
def test_an_impossible_flag_is_refused(wav, flags, kind, said):
    with pytest.raises(kind, match=said):
        open_signal(wav, flags)


def test_a_flag_of_none_is_silence(wav):
    assert open_signal(wav, {"rate_hz": None, "channel": None}).rate_hz == 8000


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(ReadError, match=r"gone\.wav"):
        open_row(Row("gone", "gone.wav"), tmp_path)
