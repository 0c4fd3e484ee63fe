"""Every stage of the registry in the runtimes of exported models: raw samples in, torch's values out."""

import math
from pathlib import Path

import pytest
import torch
from preprocessing.test_stages import COLUMNS, EXAMPLES, KINDS, N_SAMPLES, RATE_HZ, ROWS, example
from torch import Tensor, nn

from pipeline.models.engines.engine import Exported
from pipeline.models.export import RUNTIMES, write_onnx
from pipeline.preprocessing.base import Batch

pytest.importorskip("onnxruntime", reason="needs the extra deploy")
pytest.importorskip("openvino", reason="needs the extra deploy")

CHANNELS = 3


class EveryStage(nn.Module):
    """All stages side by side in one graph, because exporting them one by one takes minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleDict({f"a_{name}": example(name) for name in KINDS}).eval()

    def outcomes(self, batch: Batch) -> dict[str, Tensor]:
        image = batch._replace(values=batch.values.reshape(-1, CHANNELS, ROWS, COLUMNS).abs())
        stages = {name: self.stages[f"a_{name}"] for name in KINDS}
        return {
            name: stage(image if stage.takes == "image" else batch).values.flatten(1) for name, stage in stages.items()
        }

    def forward(self, samples: Tensor, *facts: Tensor) -> Tensor:
        speed_hz, orders = facts
        batch = Batch.of(samples, RATE_HZ)._replace(speed_hz=speed_hz, orders=orders)
        return torch.cat(list(self.outcomes(batch).values()), dim=1)


def windows(count: int) -> Batch:
    """Noise, knocks and near silence, at speeds and orders of their own, one order unknown."""
    draw = torch.Generator().manual_seed(7)
    samples = torch.randn(count, CHANNELS, N_SAMPLES, generator=draw)
    samples[0, :, ::37] += 9.0
    samples[-1] *= 1e-3
    speed_hz = torch.linspace(19.0, 31.0, count)
    orders = torch.tensor([3.6, 5.4, 4.7, 0.4]) * torch.linspace(1.0, 1.2, count)[:, None]
    orders[-1, 2] = math.nan
    return Batch(samples, torch.full((count,), RATE_HZ), speed_hz, orders)


@pytest.fixture(scope="module")
def graph() -> EveryStage:
    return EveryStage()


@pytest.fixture(scope="module")
def runtimes(graph: EveryStage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Exported]:
    path: Path = tmp_path_factory.mktemp("stages") / "model.onnx"
    write_onnx(graph, ("samples", "speed_hz", "orders"), windows(3), path)
    return {kind: runtime(path) for kind, runtime in RUNTIMES.items()}


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("kind", RUNTIMES)
def test_every_stage_gives_torchs_values_in_other_runtimes(
    graph: EveryStage, runtimes: dict[str, Exported], kind: str, count: int
) -> None:
    batch = windows(count)
    ours = graph.outcomes(batch)
    theirs = runtimes[kind].logits(batch).split([part.shape[1] for part in ours.values()], dim=1)
    assert len(ours) == len(EXAMPLES)
    errors = {
        name: float((part - other).abs().nan_to_num(math.inf).max() / part.abs().max())
        for (name, part), other in zip(ours.items(), theirs, strict=True)
    }
    assert {name: error for name, error in errors.items() if error > 1e-4} == {}
