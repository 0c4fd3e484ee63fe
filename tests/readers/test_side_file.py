import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ReadError
from pipeline.readers.places import listed
from pipeline.readers.side_file import SideFile, read_side_file, side_file_of
from pipeline.signals.bearing import Bearing
from pipeline.signals.conditioning.tacho_facts import Tacho
from pipeline.signals.gear import Gear


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return tmp_path / "pump.wav"


def beside(recording: Path, text: str) -> Path:
    side_file_of(recording).write_text(text, encoding="utf-8")
    return recording


def test_without_a_side_file_there_is_nothing(recording: Path):
    assert read_side_file(recording) is None


def test_an_empty_side_file_says_nothing(recording: Path):
    said = read_side_file(beside(recording, "# to be filled in\n"))
    assert said is not None
    assert said.model_dump(exclude_defaults=True) == {}


def test_every_fact_is_read(recording: Path):
    said = read_side_file(
        beside(
            recording,
            "rate_hz: 51200\nspeed_rpm: 900\nbearing: 6205\nchannel: DE\nunit: g\nreader: wav\npoint: drive end\n"
            "machine: 7\nspecimen: B-12\nlabels: [outer_race, ball]\nload: 2 hp\nseverity: 0.5\n"
            "condition: {temperature_c: 41}\ngear: {teeth: [32, 80]}\nsensitivity: 100 mV/g\n"
            "tacho: {channel: key phasor, pulses_per_turn: 60}\n",
        )
    )
    assert said is not None
    assert (said.rate_hz, said.speed_rpm, said.bearing, said.machine) == (51200.0, 900.0, "6205", "7")
    assert said.labels == ("outer_race", "ball")
    assert (said.load, said.severity, said.condition) == ("2 hp", 0.5, {"temperature_c": 41})
    assert said.gear == Gear(teeth=(32, 80))
    assert said.sensitivity == "100 mV/g"
    assert said.tacho == Tacho(channel="key phasor", pulses_per_turn=60)
    assert set(SideFile.model_fields) == set(said.model_dump(exclude_defaults=True))


def test_one_label_needs_no_list(recording: Path):
    said = read_side_file(beside(recording, "labels: healthy"))
    assert said is not None
    assert said.labels == ("healthy",)


def test_a_bearing_may_be_written_as_geometry(recording: Path):
    said = read_side_file(beside(recording, "bearing: {n_elements: 8, element_mm: 0.235, pitch_mm: 1.245}"))
    assert said is not None
    assert said.bearing == Bearing(n_elements=8, diameter_ratio=0.235 / 1.245)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("speed_rmp: 900", "unknown key 'speed_rmp'; did you mean 'speed_rpm'?"),
        ("bearing: {n_element: 8, diameter_ratio: 0.2}", "unknown key 'bearing.n_element'; did you mean 'n_elements'?"),
        ("bearing: {n_elements: 2, diameter_ratio: 0.2}", "bearing.n_elements: needs to be greater"),
        ("bearing: {n_elements: 8, element_mm: 1, pitch_mm: 0}", "pump.wav.yaml"),
        ("gear: {teeth: [32]}", "gear.teeth"),
        ("rate_hz: -5", "rate_hz: needs to be greater than 0, got -5"),
        ("rate_hz: fast", "rate_hz: needs a number, got 'fast'"),
        ("rate_hz: .nan", "rate_hz"),
        ("sensitivity: 100", "sensitivity: needs a text, got 100"),
        ("tacho: {pulses_per_turn: 60}", "tacho.channel: is needed, and is not there"),
        ("tacho: {channel: a, pulses_per_turn: 0}", "tacho.pulses_per_turn: needs to be greater than 0"),
        ("tacho: {channel: a, pulses: 1}", "unknown key 'tacho.pulses'; known: channel, pulses_per_turn"),
        ("tacho: a", "tacho: needs keys and values, got 'a'"),
        ("- rate_hz", "lines like 'rate_hz: 51200' are needed, got list"),
        ("rate_hz: [1", "cannot be read as YAML"),
        ("!!python/object/apply:os.system ['true']", "cannot be read as YAML"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(recording: Path, text: str, told: str):
    with pytest.raises(ReadError) as caught:
        read_side_file(beside(recording, text))
    assert str(caught.value).startswith(str(side_file_of(recording)))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_side_file_that_is_no_text_is_refused(recording: Path):
    side_file_of(recording).write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ReadError, match="cannot be read as YAML"):
        read_side_file(recording)


# At a URL.


def test_a_side_file_lies_beside_its_url_too(memory: Any):
    memory.pipe("/in/pump.wav.yaml", b"rate_hz: 51200")
    said = read_side_file("memory://in/pump.wav")
    assert said is not None
    assert said.rate_hz == 51200
    assert read_side_file("memory://in/fan.wav") is None
    assert side_file_of("https://plant/pump.wav?part=1") == "https://plant/pump.wav.yaml"


def test_what_is_wrong_at_a_url_is_told_by_it(memory: Any, own_cache: Path):
    memory.pipe("/in/pump.wav.yaml", b"speed_rmp: 900")
    with pytest.raises(ReadError, match=r"^memory://in/pump\.wav\.yaml: unknown key 'speed_rmp'") as caught:
        read_side_file("memory://in/pump.wav")
    assert str(own_cache) not in str(caught.value)


def test_after_a_listing_no_server_is_asked_for_absent_side_files(memory: Any, monkeypatch: pytest.MonkeyPatch):
    memory.pipe({f"/in/{k}.wav": b"x" for k in range(20)} | {"/in/7.wav.yaml": b"speed_rpm: 900"})
    places = [found.place for found in listed("memory://in")]
    asked = []
    info = type(memory).info
    monkeypatch.setattr(type(memory), "info", lambda self, path, **_: asked.append(path) or info(self, path))
    said = [read_side_file(place) for place in places]
    assert [each.speed_rpm for each in said if each] == [900]
    assert len(asked) == 1


def test_aliases_that_multiply_are_refused_in_one_short_line(recording: Path):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for upper, lower in zip("bcdefgh", "abcdefg", strict=True):
        bomb += f"{upper}: &{upper} [{', '.join([f'*{lower}'] * 9)}]\n"
    with pytest.raises(ReadError, match="aliases such as \\*a are not read") as refused:
        read_side_file(beside(recording, bomb + "labels: *h\n"))
    assert len(str(refused.value)) < 300


def test_brackets_without_end_are_refused_at_once(recording: Path):
    with pytest.raises(ReadError, match="nested deeper than"):
        read_side_file(beside(recording, "[" * 200_000))


def test_a_wrong_value_is_shown_in_part_only(recording: Path):
    with pytest.raises(ReadError, match="speed_rpm") as refused:
        read_side_file(beside(recording, f"speed_rpm: {'x' * 100_000}\n"))
    assert len(str(refused.value)) < 500


def test_a_side_file_of_megabytes_is_refused(recording: Path):
    with pytest.raises(ReadError, match="longer than 1 MB"):
        read_side_file(beside(recording, "rate_hz: 1\n# " + "x" * 2**21))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_in_place_of_a_side_file_is_refused_and_never_waited_for(recording: Path):
    os.mkfifo(side_file_of(recording))  # type: ignore[arg-type]
    with pytest.raises(ReadError, match="a pipe or a device"):
        read_side_file(recording)


def test_a_sensitivity_nobody_understands_is_told_when_the_side_file_is_read(recording: Path):
    with pytest.raises(ReadError, match=r"pump\.wav\.yaml: sensitivity 'banana' needs a number"):
        read_side_file(beside(recording, "unit: V\nsensitivity: banana\n"))


def test_a_name_too_long_for_a_side_file_has_none(tmp_path: Path):
    recording = tmp_path / ("n" * 251 + ".wav")
    recording.write_bytes(b"x")
    assert read_side_file(recording) is None
