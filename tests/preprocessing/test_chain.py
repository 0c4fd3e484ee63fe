import pytest
import torch

from pipeline.errors import ConfigError
from pipeline.models.branch import BranchConfig
from pipeline.models.classifier import Classifier
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, parse_stage

IMAGE = [{"wavelet": {"rows": 16, "columns": 20}}, "decibels", "standardise"]


def test_a_chain_reads_the_band_and_needs_the_facts_of_its_stages() -> None:
    chain = Chain(IMAGE, Setting(1000.0, 500))
    assert chain.needs == {"rate_hz"}
    assert chain.band_hz() == (20.0, 450.0)
    assert Chain(["fold", "standardise"], Setting(None, 500)).needs == frozenset()
    assert Chain(["fold", "standardise"], Setting(None, 500)).band_hz() is None


def test_a_chain_hands_on_what_its_rows_and_columns_mean() -> None:
    shared = Chain(IMAGE, Setting(1000.0, 500))
    axes = shared.axes()
    assert axes is not None
    assert (axes.rows.unit, axes.columns.unit) == ("Hz", "s")
    assert axes.rows.values[0] == pytest.approx(450.0)
    assert axes.rows.values[-1] == pytest.approx(20.0)
    branch = Chain([{"resize": {"rows": 32, "columns": 10}}, "to_imagenet"], shared.after)
    resized = branch.axes()
    assert resized is not None
    assert (len(resized.rows.values), len(resized.columns.values)) == (32, 10)
    assert sum(resized.columns.values) / 10 == pytest.approx(0.25 - 0.5 / 1000)


def test_a_branch_gives_the_same_picture_whether_or_not_it_was_told_the_size() -> None:
    shared = Chain(IMAGE, Setting(1000.0, 500))
    image = shared(Batch.of(torch.randn(2, 1, 500), 1000.0))
    told = Chain(["resize", "to_imagenet"], shared.after)
    untold = Chain(["resize", "to_imagenet"], Setting(1000.0, 500))
    assert torch.equal(told(image).values, untold(image).values)
    assert untold.axes() is None


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("wavlet", "did you mean 'wavelet'"),
        ({"stft": {"n_fft": 4}}, r"stages\.stft\.n_fft: .*greater than or equal to 8, got 4"),
        ({"stft": {}, "fold": {}}, "each entry names one stage, got stft, fold"),
        ({"stft": {"window": "bell"}}, "get_window makes no window"),
        ({"wavelet": {"wavelet": "morlett"}}, "did you mean 'morlet'"),
        ({"wavelet": {"min_hz": 50, "max_hz": 20}}, "min_hz must be below max_hz, got 50 and 20"),
        ({"standardise": {"mean": [0.0]}}, "mean and deviation go together"),
        ({"to_imagenet": {"low": 1, "high": 1}}, "low must be below high"),
    ],
)
def test_a_wrong_spec_is_answered_with_what_would_be_right(spec: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_stage(spec)  # type: ignore[arg-type]


def test_gain_does_not_change_a_level_free_image() -> None:
    """Decibels below the maximum, standardised: the level of a recording is no clue to its label."""
    chain = Chain([{"stft": {"n_fft": 64, "hop": 16}}, "decibels", "standardise"], Setting(1000.0, 500))
    samples = torch.randn(1, 2, 500, generator=torch.Generator().manual_seed(0))
    image = chain(Batch.of(samples)).values
    for gain in (1e-6, 0.1, 7.0, 1e6):
        assert torch.allclose(chain(Batch.of(gain * samples)).values, image, atol=2e-4)


def test_a_bandpass_bounds_what_is_read_and_an_envelope_reads_its_carrier() -> None:
    setting = Setting(12000.0, 4096)
    narrow = Chain([{"bandpass": {"min_hz": 500.0, "max_hz": 3000.0}}, "stft"], setting)
    beating = Chain([{"envelope": {"min_hz": 2000.0, "max_hz": 5000.0}}, {"stft": {"max_hz": 400.0}}], setting)
    assert narrow.band_hz() == (500.0, 3000.0)
    assert beating.band_hz() == (2000.0, 5000.0)


def test_a_branch_that_does_not_say_what_it_reads_reads_everything() -> None:
    told = [{"stft": {"max_hz": 2000.0}}]
    silent = [{"order": {"turns": 4}}, {"stft": {"max_order": 100.0}}]
    for branches, band in (([told, told], (0.0, 2000.0)), ([told, silent], None)):
        configs = [BranchConfig(stages=stages) for stages in branches]
        assert Classifier([], configs, Setting(12000.0, 12000), labels=["a", "b"]).band_hz() == band


@pytest.mark.parametrize("options", [{"noise": {"snr_db": [float("nan"), 5]}}, {"to_imagenet": {"low": float("-inf")}}])
def test_options_are_finite_numbers(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="finite number"):
        parse_stage(options)  # type: ignore[arg-type]


def test_a_contradiction_is_told_without_the_library_s_own_words() -> None:
    with pytest.raises(ConfigError) as told:
        parse_stage({"fault_order": {"family": "gear", "sidebands": ["cage"]}})
    assert str(told.value) == "stages.fault_order: a gear has no cage; its side bands are the shaft's"


def test_a_picture_is_made_once() -> None:
    with pytest.raises(ConfigError, match="to_imagenet comes once"):
        Classifier(
            ["stft", "to_imagenet"], [BranchConfig(stages=["to_imagenet"])], Setting(1000.0, 512), labels=["a", "b"]
        )
