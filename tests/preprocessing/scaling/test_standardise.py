import weakref
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler

from pipeline.errors import ConfigError, StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, parse_stage
from pipeline.preprocessing.learned_stages import learned_stages
from pipeline.preprocessing.scaling.standardise import Standardise, StandardiseConfig, corpus_figures, standardise

SETTING = Setting(None, 120)
CORPUS = {"standardise": {"per": "corpus"}}
FOLDED = {"fold": {"rows": 10, "columns": 12}}


def images() -> torch.Tensor:
    levels = torch.tensor([1.0, 50.0])[:, None, None]
    return torch.randn(4, 2, 10, 12, generator=torch.Generator().manual_seed(0)) * levels + levels


def test_each_image_gets_zero_mean_and_unit_deviation_over_all_its_planes() -> None:
    flat = standardise(images()).flatten(1)
    assert torch.allclose(flat.mean(dim=1), torch.zeros(4), atol=1e-6)
    assert torch.allclose(flat.std(dim=1, correction=0), torch.ones(4), atol=1e-5)


def test_per_plane_each_plane_gets_its_own() -> None:
    flat = standardise(images(), per="plane").flatten(2)
    assert torch.allclose(flat.mean(dim=2), torch.zeros(4, 2), atol=1e-6)
    assert torch.allclose(flat.std(dim=2, correction=0), torch.ones(4, 2), atol=1e-5)


@pytest.mark.parametrize("value", [0.0, -80.0, 0.1, 1e20])
def test_a_constant_image_is_zero(value: float) -> None:
    assert not standardise(torch.full((2, 3, 37, 41), value)).any()


def test_a_corpus_keeps_its_own_mean_and_deviation() -> None:
    stage = Standardise(StandardiseConfig(mean=(1.0, 2.0), deviation=(2.0, 4.0)), Setting(None, 8))
    image = torch.tensor([3.0, 10.0]).reshape(1, 2, 1, 1)
    assert stage(Batch.of(image)).values.flatten().tolist() == [1.0, 2.0]
    with pytest.raises(StageError, match="mean and deviation for 2 planes, the image has 3"):
        stage(Batch.of(torch.zeros(1, 3, 1, 1)))


def test_per_row_a_tone_that_stays_is_gone_and_one_that_comes_and_goes_is_left() -> None:
    image = torch.full((1, 1, 3, 8), 40.0)
    image[0, 0, 1] = 7.0  # a line that is quieter than the others and stays so
    image[0, 0, 2, ::2] = 42.0
    rows = standardise(image, per="row")[0, 0]
    assert not rows[:2].any()
    assert rows[2].tolist() == [1.0, -1.0] * 4


def samples_of(count: int, seed: int) -> np.ndarray:
    """Two channels of very different level, count windows."""
    scale, level = np.array([[1e-3], [50.0]]), np.array([[200.0], [-3.0]])
    return (np.random.default_rng(seed).standard_normal((count, 2, 120)) * scale + level).astype(np.float32)


def in_batches(windows: np.ndarray, sizes: tuple[int, ...]) -> list[Batch]:
    return [Batch.of(torch.from_numpy(part)) for part in np.split(windows, np.cumsum(sizes)[:-1])]


def test_a_new_image_is_seen_by_the_figures_of_the_training_side() -> None:
    training, new = samples_of(30, seed=0), samples_of(4, seed=1)
    stages = learned_stages([FOLDED, CORPUS], SETTING, lambda: in_batches(training, (1, 22, 7)))
    seen = Chain(stages, SETTING)(Batch.of(torch.from_numpy(new))).values
    for plane in range(2):
        scaler = StandardScaler().fit(training[:, plane].reshape(-1, 1).astype(np.float64))
        wanted = scaler.transform(new[:, plane].reshape(-1, 1).astype(np.float64)).reshape(4, 10, 12)
        # Single precision holds a level of 200 to 1e-5, a hundredth of the first channel's deviation.
        assert seen[:, plane].numpy() == pytest.approx(wanted, abs=0.02)


def test_the_figures_do_not_depend_on_how_the_training_side_comes() -> None:
    training = samples_of(30, seed=0)
    wanted_mean = training.astype(np.float64).mean(axis=(0, 2))
    wanted_deviation = training.astype(np.float64).std(axis=(0, 2))
    for sizes in ((30,), (1,) * 30, (29, 1)):
        mean, deviation = corpus_figures(batch.values[:, :, None] for batch in in_batches(training, sizes))
        assert mean.numpy() == pytest.approx(wanted_mean, rel=1e-12)
        assert deviation.numpy() == pytest.approx(wanted_deviation, rel=1e-9)


def test_a_corpus_is_walked_through_once_and_no_image_is_held() -> None:
    alive: list[int] = []

    def windows() -> Iterator[torch.Tensor]:
        for _ in range(20):
            image = torch.randn(4, 1, 8, 8)
            alive.append(1)
            weakref.finalize(image, alive.pop)
            yield image
            del image
            assert len(alive) <= 1

    corpus_figures(windows())


def test_what_is_learned_is_written_out_and_not_learned_again() -> None:
    stages = learned_stages([FOLDED, CORPUS], SETTING, lambda: in_batches(samples_of(5, 0), (5,)))
    assert stages[1]["standardise"]["per"] == "corpus"
    assert len(stages[1]["standardise"]["mean"]) == 2
    assert learned_stages(stages, SETTING, lambda: pytest.fail("was asked again")) == stages
    unasked = [FOLDED, "standardise", {"standardise": {"per": "row"}}]
    learned_stages(unasked, SETTING, lambda: pytest.fail("nothing is learned for these"))


def test_a_plane_that_never_changes_in_training_is_not_blown_up() -> None:
    still = np.full((3, 1, 120), 0.1, dtype=np.float32)
    stages = learned_stages([FOLDED, CORPUS], SETTING, lambda: in_batches(still, (2, 1)))
    assert stages[1]["standardise"]["deviation"] == [1.0]


def test_without_having_learned_only_silence_passes() -> None:
    chain = Chain([FOLDED, CORPUS], SETTING)
    assert not chain(Batch.of(torch.zeros(1, 2, 120))).values.any()
    with pytest.raises(StageError, match=r"has not learned its mean and deviation.*use the trained model"):
        chain(in_batches(samples_of(2, 0), (2,))[0])


def test_nothing_can_be_learned_from_nothing() -> None:
    with pytest.raises(StageError, match="training side is empty"):
        learned_stages([FOLDED, CORPUS], SETTING, list)


def test_figures_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ConfigError, match="go together"):
        parse_stage({"standardise": {"per": "corpus", "mean": [1.0]}})
    with pytest.raises(ConfigError, match="above 0"):
        parse_stage({"standardise": {"mean": [1.0], "deviation": [0.0]}})
    with pytest.raises(ConfigError, match=r"per: row takes each image's own figures"):
        parse_stage({"standardise": {"per": "row", "mean": [0.0], "deviation": [1.0]}})
    _, older = parse_stage({"standardise": {"mean": [0.5], "deviation": [2.0]}})
    assert older == StandardiseConfig(per="corpus", mean=(0.5,), deviation=(2.0,))
