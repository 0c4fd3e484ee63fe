"""One suite for every stage: a stage that is registered is tested here, and one without an example fails."""

import importlib
from typing import Any

import pytest
import torch
from torch import Tensor

from pipeline.errors import ConfigError, StageError
from pipeline.preprocessing import STAGES
from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Setting, Stage
from pipeline.preprocessing.chain import as_spec, parse_stage

RATE_HZ, N_SAMPLES = 1000.0, 600
SPEED_HZ, ORDERS = 20.0, (3.6, 5.4, 4.7, 0.4)
ROWS, COLUMNS = 20, 30

EXAMPLES: dict[str, dict[str, Any]] = {
    "per_sensor": {"mean": [0.5] * N_SAMPLES, "deviation": [2.0] * N_SAMPLES},
    "bandpass": {"min_hz": 50.0, "max_hz": 300.0},
    "whiten": {"exponent": 0.9},
    "envelope": {"min_hz": 100.0},
    "order": {"turns": 8, "samples_per_turn": 32},
    "fold": {"rows": 12, "columns": 50, "per_turn": True},
    "stft": {"n_fft": 64, "hop": 16},
    "wavelet": {"rows": 24, "columns": 32},
    "fault_order": {"carriers": 3, "carrier_hz": 200.0, "sidebands": ["shaft", "cage"]},
    "planes": {"images": [[{"stft": {"n_fft": 64}}, "decibels", "standardise"]], "rows": 16, "columns": 24},
    "decibels": {},
    "standardise": {},
    "carrier_mean": {},
    "rivals": {},
    "crop": {"rows": 7, "columns": [5, 15]},
    "resize": {"rows": 16, "columns": 40},
    "to_imagenet": {"colours": "viridis"},
    "time_shift": {},
    "gain": {"flip": True},
    "noise": {"share": 0.5},
    "resonance": {"frequency_hz": [100.0, 400.0]},
    "speed_change": {"most_percent": 20.0},
    "mask": {"bands": 2},
}
"""Options with which each stage is tested."""

ELSEWHERE: dict[str, dict[str, Any]] = {"echoes": {"rows": 4, "columns": 100}}
"""The same of stages of other packages, tested where these are installed: `tests/plugin_example`."""

EXAMPLES |= {name: options for name, options in ELSEWHERE.items() if name in STAGES}

KINDS = sorted(STAGES)


def counted(n: int) -> Axis:
    return Axis("place", "1", tuple(float(value) for value in range(n)))


def example(name: str) -> Stage[Any]:
    kind = STAGES[name]
    axes = ImageAxes(counted(ROWS), counted(COLUMNS)) if kind.takes == "image" else None
    return kind(kind.Config(**EXAMPLES[name]), Setting(RATE_HZ, N_SAMPLES, axes))


def random_batch(stage: Stage[Any], count: int = 5, channels: int = 3) -> Batch:
    generator = torch.Generator().manual_seed(1)
    shape = (N_SAMPLES,) if stage.takes == "samples" else (ROWS, COLUMNS)
    values = torch.randn(count, channels, *shape, generator=generator)
    return Batch.of(values if stage.takes == "samples" else values.abs(), RATE_HZ, SPEED_HZ, ORDERS)


SAMPLES_TO_SAMPLES = {"per_sensor", "bandpass", "whiten", "envelope", "order"}
PLANES = {"fault_order": 3, "rivals": 3}
"""Of every channel, for the stages that make more than one of it."""

AUGMENT_SAMPLES = {"time_shift", "gain", "noise", "resonance", "speed_change"}


def draws(stage: Stage[Any]) -> bool:
    """Whether images come out; the few stages that hand on samples are named, so that no other does."""
    return type(stage) not in {STAGES[name] for name in SAMPLES_TO_SAMPLES | AUGMENT_SAMPLES}


def test_every_stage_has_an_example() -> None:
    assert set(STAGES) == set(EXAMPLES)


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_stage_keeps_batch_and_facts_and_gives_float32_images_or_samples(name: str) -> None:
    stage = example(name)
    batch = random_batch(stage)
    after = stage(batch._replace(values=batch.values.double()))
    assert after.values.dtype == torch.float32
    assert after.values.dim() == (4 if draws(stage) else 3)
    axes = stage.axes()
    assert after.values.shape[:2] == (5, 3 * PLANES.get(name, 1))
    assert axes is None or len(axes.planes) in (0, PLANES.get(name, 1))
    assert all(kept is given for kept, given in zip(after[1:], batch[1:], strict=True))


def test_stage_names_as_many_rows_and_columns_as_it_draws(name: str) -> None:
    stage = example(name)
    axes = stage.axes()
    if not draws(stage):
        assert axes is None
        return
    assert axes is not None
    assert stage(random_batch(stage)).values.shape[-2:] == (len(axes.rows.values), len(axes.columns.values))


def test_stage_is_deterministic_and_built_twice_alike(name: str) -> None:
    stage, again = example(name), example(name)
    batch = random_batch(stage)
    assert torch.equal(stage(batch).values, stage(batch).values)
    assert torch.equal(stage(batch).values, again(batch).values)


def test_stage_sees_each_window_by_itself(name: str) -> None:
    stage = example(name)
    batch = random_batch(stage)
    together: Tensor = stage(batch).values
    apart = torch.cat([stage(batch.rows(slice(i, i + 1))).values for i in range(5)])
    assert (together - apart).abs().max() <= 1e-6 * together.abs().max()


@pytest.mark.parametrize("level", [0.0, 1.0, 1e-30])
def test_stage_gives_finite_images_and_slopes_where_nothing_moves(name: str, level: float) -> None:
    stage = example(name)
    batch = random_batch(stage)
    still = torch.full_like(batch.values, level).requires_grad_()
    image = stage(batch._replace(values=still)).values
    image.sum().backward()
    assert image.isfinite().all()
    assert still.grad is not None
    assert still.grad.isfinite().all()


def test_stage_is_the_same_in_training_and_evaluation_unless_it_augments(name: str) -> None:
    """Then it is the identity in evaluation, and until somebody trains: bit for bit, facts included."""
    stage = example(name)
    batch = random_batch(stage)
    if not stage.augments:
        assert torch.equal(stage.train()(batch).values, stage.eval()(batch).values)
        return
    fresh, trained = stage(batch), stage.train()(batch)
    assert not torch.equal(trained.values, batch.values)
    for after in (fresh, stage.eval()(batch)):
        assert all(kept is given for kept, given in zip(after, batch, strict=True))


def test_stage_keeps_every_constant_in_a_buffer_that_moves(name: str) -> None:
    stage = example(name)
    for module in stage.modules():
        assert not [key for key, value in vars(module).items() if isinstance(value, Tensor)]
    assert not list(stage.parameters())
    assert all(buffer.dtype in (torch.float32, torch.int64) for buffer in stage.buffers())
    assert all(buffer.is_meta for buffer in stage.to("meta").buffers())
    assert stage(Batch(*(part.to("meta") for part in random_batch(stage)))).values.is_meta


def test_stage_computes_in_float32_inside_autocast(name: str) -> None:
    stage = example(name)
    batch = random_batch(stage)
    alone = stage(batch).values
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(stage(batch).values, alone)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_stage_gives_the_same_on_a_gpu(name: str) -> None:
    stage = example(name)
    batch = random_batch(stage)
    here: Tensor = stage(batch).values
    there = stage.to("cuda")(Batch(*(part.to("cuda") for part in batch))).values.cpu()
    assert (here - there).abs().max() <= 1e-5 * here.abs().max()


def test_stage_config_survives_being_written_and_read(name: str) -> None:
    parsed = parse_stage({name: EXAMPLES[name]})
    assert parse_stage(as_spec(*parsed)) == parsed
    assert parse_stage(name) == (name, STAGES[name].Config())


def test_stage_names_the_nearest_option_to_an_unknown_one(name: str) -> None:
    option = next(iter(STAGES[name].Config.model_fields), None)
    if option is None:  # nothing to be near to
        with pytest.raises(ConfigError, match="unexpected"):
            parse_stage({name: {"unexpected": 1}})
        return
    with pytest.raises(ConfigError, match=rf"stages\.{name}\.{option}s: unknown option.*did you mean '{option}'"):
        parse_stage({name: {f"{option}s": 1}})


def test_stage_refuses_values_of_the_wrong_kind(name: str) -> None:
    stage = example(name)
    wrong = torch.zeros(2, 1, 8, 8) if stage.takes == "samples" else torch.zeros(2, 1, 8)
    with pytest.raises(StageError, match=r"takes (samples|image) \(batch, "):
        stage(Batch.of(wrong))


def test_stage_stands_beside_a_documented_function_with_an_example(name: str) -> None:
    module = importlib.import_module(STAGES[name].__module__)
    functions = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
    assert STAGES[name].__doc__
    assert any(">>>" in (value.__doc__ or "") for value in functions if not isinstance(value, type))


def test_stage_needs_only_facts_that_a_batch_carries(name: str) -> None:
    assert example(name).needs <= set(Batch._fields) - {"values"}


def test_stage_exports_with_any_batch_size(name: str) -> None:
    stage = example(name)

    class Bare(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stage = stage

        def forward(self, values: Tensor) -> Tensor:
            out: Tensor = self.stage(Batch.of(values, RATE_HZ, SPEED_HZ, ORDERS)).values
            return out

    batch = random_batch(stage)
    exported = torch.export.export(
        Bare(), (batch.values[:3],), dynamic_shapes={"values": {0: torch.export.Dim("batch", min=1, max=64)}}
    )
    assert torch.allclose(exported.module()(batch.values), stage(batch).values, atol=1e-6)
