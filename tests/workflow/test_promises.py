"""The whole way to a verdict that promises something: train, calibrate, diagnose; on tones."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import wavfile
from tiny import RATE_HZ, TONES_HZ, tone, write_config, write_recordings

from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config
from pipeline.diagnosis.diagnoser import Diagnoser
from pipeline.errors import RequestError
from pipeline.models.bundle import load_bundle
from pipeline.models.export import export_model
from pipeline.signals.recording import Recording
from pipeline.signals.signal import Signal
from pipeline.verdict import Outcome, Verdict
from pipeline.workflow.diagnose import diagnose, diagnoses
from pipeline.workflow.enroll import enroll
from pipeline.workflow.evaluate import evaluate
from pipeline.workflow.train import train

FRESH = 900
"""Seeds of tones that nobody has trained on."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-four specimens, and a run on eighteen of them."""
    folder = tmp_path_factory.mktemp("world")
    scan(write_recordings(folder / "recordings", per_label=8)).write(folder / "catalog.csv")
    train(load_config(write_config(folder / "tiny.yaml", folder / "catalog.csv")), folder / "run")
    return folder


def heard(label: str, seed: int = FRESH, **changes: object) -> Signal:
    return replace(Signal(tone(label, seed), rate_hz=RATE_HZ, speed_rpm=1530.0), **changes)


def of(world: Path, signal: Signal, level: float | None = None) -> Verdict:
    (made,) = diagnoses(world / "run" / "model", [signal], level=level)
    return made.verdict


@pytest.mark.parametrize("label", TONES_HZ)
def test_a_tone_like_those_trained_on_is_answered_with_confidence(world: Path, label: str) -> None:
    verdict = of(world, heard(label))
    assert (verdict.verdict, verdict.labels, verdict.set) == (Outcome.CONFIDENT, (label,), (label,))
    assert (verdict.calibrated, verdict.level) == (True, 0.9)
    assert sum(verdict.probabilities.values()) == pytest.approx(1.0)
    assert verdict.outside_p is not None
    assert verdict.outside_p > 0.05


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        (np.random.default_rng(0).normal(size=RATE_HZ), ""),
        (np.sin(2 * np.pi * 431.7 * np.arange(RATE_HZ) / RATE_HZ), ""),
        (np.repeat(tone("ball", 5)[::10], 10), "repeated samples"),
    ],
    ids=["noise", "another tone", "held samples"],
)
def test_a_signal_unlike_all_of_training_is_outside_with_a_reason_and_no_label(
    world: Path, samples: np.ndarray, why: str
) -> None:
    verdict = of(world, heard("ball", samples=samples))
    assert (verdict.verdict, verdict.labels, verdict.set) == (Outcome.OUTSIDE, (), None)
    assert verdict.outside_p == pytest.approx(1 / 19)
    assert (verdict.reason or "").startswith("unlike anything trained on: ")
    assert why in (verdict.reason or "")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda wave: np.clip(wave, -0.4, 9), "clipped"),
        (lambda wave: np.where(np.arange(RATE_HZ) // 300 == 2, 0.1, wave), "dropout"),
    ],
    ids=["clipped", "dropout"],
)
def test_samples_cut_off_or_standing_still_are_a_warning_beside_the_verdict(world: Path, spoil, told: str) -> None:
    diagnoser = Diagnoser(load_bundle(world / "run" / "model"))
    plain, spoilt = (
        diagnoser.diagnose(heard("ball", samples=samples), with_witness=True).verdict
        for samples in (tone("ball", FRESH), spoil(tone("ball", FRESH)).astype(np.float32))
    )
    assert any(warning.startswith(told) for warning in spoilt.warnings)
    assert not any(warning.startswith(told) for warning in plain.warnings)


def test_silence_is_unusable_and_not_outside(world: Path) -> None:
    assert of(world, heard("ball", samples=np.zeros(RATE_HZ))).verdict is Outcome.UNUSABLE


@pytest.mark.parametrize("seed", range(FRESH, FRESH + 5))
def test_two_equally_loud_tones_at_once_are_no_confident_answer(world: Path, seed: int) -> None:
    both = sum(made / made.std() for made in (tone("ball", seed), tone("outer_race", seed + 50)))
    assert of(world, heard("ball", samples=both)).verdict is not Outcome.CONFIDENT


def test_a_level_that_eighteen_specimens_cannot_keep_leaves_every_label_in_and_says_so(world: Path) -> None:
    verdict = of(world, heard("ball"), level=0.99)
    assert (verdict.verdict, set(verdict.set or ())) == (Outcome.AMBIGUOUS, set(TONES_HZ))
    assert "it is calibrated on 18 specimens, and sets at level 0.99 need 99" in " ".join(verdict.warnings)


@pytest.mark.parametrize("level", [0.0, 1.0, -3.0, float("nan")])
def test_a_level_that_is_none_is_refused(world: Path, level: float) -> None:
    with pytest.raises(RequestError, match=r"above 0 and below 1"):
        of(world, heard("ball"), level=level)


def test_conditions_that_training_never_saw_are_said(world: Path) -> None:
    inside, outside = of(world, heard("ball")), of(world, heard("ball", speed_rpm=3000.0))
    assert inside.condition["seen_in_training"] is True
    assert not any("lies outside" in warning for warning in inside.warnings)
    assert outside.condition["seen_in_training"] is False
    assert "speed 3000 rpm lies outside what training saw (1500 to 1570 rpm)" in " ".join(outside.warnings)


def test_fewer_than_ten_specimens_and_none_asked_for_leave_scores_as_they_are(tmp_path: Path, world: Path) -> None:
    catalog = world / "catalog.csv"
    few = write_config(
        tmp_path / "few.yaml", catalog,
        data={"catalog": str(catalog), "where": {"specimen": [f"{name}-{k}" for name in TONES_HZ for k in range(4)]}},
    )  # fmt: skip
    none = write_config(tmp_path / "none.yaml", catalog, calibration="none")
    told = {name: train(load_config(path), tmp_path / name) for name, path in (("few", few), ("none", none))}
    assert told["few"]["calibration"] == {
        "calibrated": False, "reason": "9 specimens trained it, and calibration needs 10",
    }  # fmt: skip
    assert told["none"]["calibration"]["calibrated"] is False
    for name in told:
        verdict = diagnose(tmp_path / name / "model", heard("ball"))
        assert (verdict.verdict, verdict.calibrated, verdict.set) == (Outcome.UNCALIBRATED, False, None)
        assert "set" not in verdict.to_dict()
    with pytest.raises(RequestError, match="is not calibrated, so no level can be kept"):
        list(diagnoses(tmp_path / "few" / "model", [heard("ball")], level=0.8))


def test_a_specimen_recorded_three_times_is_one_part_of_what_is_promised(tmp_path: Path) -> None:
    folder = write_recordings(tmp_path / "recordings", per_label=5)
    for path in [*folder.rglob("*.wav")]:
        for again in (1, 2):
            copy = path.with_name(f"{path.stem}-again-{again}.wav")
            wavfile.write(copy, RATE_HZ, tone(path.parent.name, 7000 + 10 * int(path.stem[-1]) + again))
            shutil.copy(path.with_name(path.name + ".yaml"), copy.with_name(copy.name + ".yaml"))
    scan(folder).write(tmp_path / "catalog.csv")
    told = write_config(tmp_path / "tiny.yaml", tmp_path / "catalog.csv", calibration={"outside_level": 0})
    train(load_config(told), tmp_path / "run")
    model = load_bundle(tmp_path / "run" / "model")
    card = model.card.calibration
    assert card is not None
    assert card.recordings == 3 * card.specimens
    for kept in ("calibration.part", "outside.part"):
        assert sorted(np.bincount(model.reference[kept].numpy())) == [3] * card.specimens
    # `outside_level: 0` keeps the p-value, and never says OUTSIDE.
    strange = diagnose(tmp_path / "run" / "model", heard("ball", samples=np.random.default_rng(0).normal(size=RATE_HZ)))
    assert strange.outside_p == pytest.approx(1 / (card.specimens + 1))
    assert strange.verdict in (Outcome.CONFIDENT, Outcome.AMBIGUOUS)


def test_a_model_taught_more_is_another_one_and_not_calibrated(tmp_path: Path, world: Path) -> None:
    enroll(world / "run" / "model", [heard("ball"), heard("ball", FRESH + 1)], tmp_path / "taught", labels=("ball",))
    assert diagnose(tmp_path / "taught", heard("ball")).verdict is Outcome.UNCALIBRATED


def test_an_exported_model_says_the_same_of_strangers_and_of_its_own(tmp_path: Path, world: Path) -> None:
    shutil.copytree(world / "run" / "model", tmp_path / "model")
    export_model(load_bundle(tmp_path / "model"), "onnx")
    asked = [heard("ball"), heard("ball", samples=np.random.default_rng(0).normal(size=RATE_HZ))]
    ours, theirs = (
        [made.verdict for made in diagnoses(tmp_path / "model", asked, engine=engine)] for engine in ("torch", "onnx")
    )
    for one, other in zip(ours, theirs, strict=True):
        assert (one.verdict, one.labels, one.set) == (other.verdict, other.labels, other.set)
        assert one.outside_p == pytest.approx(other.outside_p)
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-4)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(4)))
def test_neither_the_order_of_files_nor_of_channels_changes_a_verdict(world: Path, order: list[int]) -> None:
    signals = [heard(label) for label in TONES_HZ] + [heard("ball", samples=np.random.default_rng(0).normal(size=2000))]
    plain = [made.verdict for made in diagnoses(world / "run" / "model", signals)]
    other = [made.verdict for made in diagnoses(world / "run" / "model", [signals[place] for place in order])]
    assert [other[order.index(place)] for place in range(4)] == plain
    names = tuple(f"channel {place}" for place in order)
    recording = Recording(np.stack([np.asarray(signals[place].samples)[0] for place in order]), names, RATE_HZ)
    for place, verdict in enumerate(plain):
        again = diagnose(world / "run" / "model", recording, channel=f"channel {place}", speed_rpm=1530.0)
        assert (again.verdict, again.labels) == (verdict.verdict, verdict.labels)
        assert again.outside_p == pytest.approx(verdict.outside_p)


def test_evaluation_of_unseen_specimens_is_calibrated_and_covered(tmp_path: Path, world: Path) -> None:
    folder = write_recordings(tmp_path / "more", per_label=3)
    for path in folder.rglob("*.wav"):  # other sounds than those of the world, under other names
        label = path.parent.name
        wavfile.write(path, RATE_HZ, tone(label, 5000 + int(path.stem[-1])))
        side = path.with_name(path.name + ".yaml")
        side.write_text(side.read_text().replace(f"specimen: {label}", f"specimen: new-{label}"))
    scan(folder).write(tmp_path / "more.csv")
    found = evaluate(world / "run" / "model", tmp_path / "more.csv")
    json.dumps(found, allow_nan=False)
    assert found["verdicts"]["calibrated"] is True
