"""One suite for every augmentation: whatever is registered and augments is trained here."""

import contextlib
from typing import Any

import pytest
import torch
from torch import nn

from pipeline.errors import ConfigError
from pipeline.preprocessing import STAGES
from pipeline.preprocessing.augment.augmentation import Augmentation, augmenting
from pipeline.preprocessing.base import Batch, Setting, Stage
from pipeline.preprocessing.chain import Chain, parse_stage

RATE_HZ, N_SAMPLES = 1000.0, 400
AUGMENTATIONS = sorted(name for name in STAGES if STAGES[name].augments)


@pytest.fixture(params=AUGMENTATIONS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def built(name: str, **options: Any) -> Stage[Any]:
    return STAGES[name](STAGES[name].Config(**options), Setting(RATE_HZ, N_SAMPLES))


def batch_for(stage: Stage[Any], count: int = 6, channels: int = 2) -> Batch:
    shape = (N_SAMPLES,) if stage.takes == "samples" else (12, 15)
    values = torch.randn(count, channels, *shape, generator=torch.Generator().manual_seed(1))
    return Batch.of(values, RATE_HZ, speed_hz=25.0, orders=(3.5, 5.4, 4.7, 0.4))


def seeded(stage: Stage[Any], batch: Batch, seed: int = 0) -> Batch:
    torch.manual_seed(seed)
    after: Batch = stage(batch)
    return after


def same(one: Batch, other: Batch) -> bool:
    return all(torch.equal(first, second) for first, second in zip(one, other, strict=True))


def test_there_are_augmentations_and_all_of_them_stand_on_one_base() -> None:
    assert len(AUGMENTATIONS) >= 6
    assert all(issubclass(STAGES[name], Augmentation) for name in AUGMENTATIONS)


def test_the_same_seed_changes_windows_alike_and_another_seed_otherwise(name: str) -> None:
    stage = built(name).train()
    batch = batch_for(stage)
    first, again, other = (seeded(stage, batch, seed) for seed in (3, 3, 4))
    assert same(first, again)
    assert not torch.equal(first.values, other.values)


def test_each_window_draws_for_itself(name: str) -> None:
    stage = built(name).train()
    single = batch_for(stage, count=1)
    batch = single.rows(torch.zeros(16, dtype=torch.int64))
    changed = seeded(stage, batch).values
    assert len({tuple(window.flatten().tolist()) for window in changed}) > 8


def test_a_share_of_windows_is_touched_and_the_others_not_by_a_bit(name: str) -> None:
    stage = built(name, share=0.3).train()
    batch = batch_for(stage, count=400, channels=1)
    after = seeded(stage, batch)
    moved = (after.values != batch.values).flatten(1).any(dim=1)
    # Of 120 expected, with a deviation of 9; a band may be drawn 0 wide, a shift 0 long.
    assert 70 < int(moved.sum()) < 150
    assert (after.speed_hz[~moved] == 25.0).all()
    assert same(seeded(built(name, share=0.0).train(), batch), batch)


@pytest.mark.parametrize("level", [0.0, 1.0, 1e-30, 1e30])
def test_windows_where_nothing_moves_stay_finite_and_still(name: str, level: float) -> None:
    stage = built(name, share=1.0).train()
    batch = batch_for(stage)
    still = seeded(stage, batch._replace(values=torch.full_like(batch.values, level))).values
    assert still.isfinite().all()
    assert (still - still.mean(dim=-1, keepdim=True)).abs().max() <= 1e-5 * level


@pytest.mark.parametrize("level", [1e-25, 1e25])
def test_the_unit_of_the_samples_does_not_matter(name: str, level: float) -> None:
    stage = built(name).train()
    batch = batch_for(stage)
    plain = seeded(stage, batch).values
    scaled = seeded(stage, batch._replace(values=batch.values * level)).values
    assert torch.allclose(scaled / level, plain, atol=1e-4)


def test_changes_carry_no_gradients_and_are_float32_inside_autocast(name: str) -> None:
    stage = built(name).train()
    batch = batch_for(stage)
    alone = seeded(stage, batch)
    with torch.autocast("cpu", torch.bfloat16):
        inside = seeded(stage, batch._replace(values=batch.values.clone().requires_grad_()))
    assert not inside.values.requires_grad
    assert inside.values.dtype == torch.float32
    assert same(inside, alone)


def test_training_keeps_shapes_and_runs_on_a_device_without_numbers(name: str) -> None:
    stage = built(name, share=0.5).train()
    batch = batch_for(stage)
    after = stage(batch)
    assert [field.shape for field in after] == [field.shape for field in batch]
    nowhere = stage.to("meta")(Batch(*(field.to("meta") for field in batch)))
    assert all(field.is_meta and field.shape == given.shape for field, given in zip(nowhere, batch, strict=True))


def test_only_a_speed_change_changes_a_fact(name: str) -> None:
    stage = built(name).train()
    batch = batch_for(stage)
    after = seeded(stage, batch)
    changed = {field for field in Batch._fields[1:] if not torch.equal(getattr(after, field), getattr(batch, field))}
    assert changed == ({"speed_hz"} if name == "speed_change" else set())


def test_an_augmentation_vanishes_from_an_exported_net(name: str) -> None:
    class Bare(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stage = built(name)

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return 2.0 * self.stage(Batch.of(values)).values

    exported = torch.export.export(Bare().eval(), (batch_for(built(name)).values,))
    (outcome,) = exported.graph.output_node().args[0]
    before, factor = outcome.args
    assert (str(outcome.target), factor) == ("aten.mul.Tensor", 2.0)
    assert (before.op, before.name) == ("placeholder", "values")


def test_augmenting_wakes_augmentations_and_nothing_else() -> None:
    net = nn.ModuleList([Chain(["gain", "fold"], Setting(RATE_HZ, N_SAMPLES)), nn.BatchNorm2d(1)]).eval()
    gain, fold, norm = net[0].stages[0], net[0].stages[1], net[1]
    with contextlib.suppress(KeyError), augmenting(net):
        assert [gain.training, fold.training, norm.training] == [True, False, False]
        raise KeyError
    assert not gain.training


def test_a_chain_fresh_from_its_config_is_not_in_training() -> None:
    chain = Chain([{"noise": {}}], Setting(RATE_HZ, N_SAMPLES))
    batch = batch_for(chain.stages[0])
    assert same(chain(batch), batch)
    assert not torch.equal(chain.train()(batch).values, batch.values)
    assert chain.augments


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"noise": {"snr_db": [20, 5]}}, "a range goes from low to high, got 20 and 5"),
        ({"gain": {"share": 1.5}}, "less than or equal to 1"),
        ({"resonance": {"damping": [0, 0.1]}}, "damping must be above 0, got 0"),
        ({"resonance": {"frequency_hz": [-10, 100]}}, "frequency_hz must be above 0, got -10"),
    ],
)
def test_an_impossible_range_is_answered_with_what_would_be_right(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_stage(spec)
