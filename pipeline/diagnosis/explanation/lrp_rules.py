"""LRP rules: which rule hands relevance down through which layer of a net, in zennit's words."""

from typing import Any

import torch
from torch import Tensor, nn

from pipeline.models.engines.installed import installed

FAINT = 1e-4
"""What every input of a convolution counts for beside what it brought: where a bias alone lit a cell, all share alike."""

STABILISER = 1e-9
"""Against 0 / 0."""


def composite(limits: tuple[Tensor, Tensor] | None) -> Any:
    """Epsilon in the head, z+ in convolutions, z-B in the first, batch norms merged into the convolutions before them.

    Args:
        limits: black and white of the picture that comes in, (1, plane, row, column) each; without them, the first
            convolution is like the others.

    Raises:
        RequestError: where zennit is not installed.

    Source: Bach et al. (2015), PLoS ONE 10, e0130140 (epsilon); Montavon et al. (2017), Pattern Recognition 65,
        211-222 (z+, z-B).
    """
    rules, kinds = _zennit("rules"), _zennit("types")
    first = plus() if limits is None else rules.ZBox(*limits, stabilizer=STABILISER, zero_params=["bias"])
    return _zennit("composites").SpecialFirstLayerMapComposite(
        layer_map=[
            *_zennit("composites").layer_map_base(),
            (kinds.Convolution, plus()),
            (nn.Linear, rules.Epsilon(zero_params=["bias"])),
        ],
        first_map=[(kinds.Convolution, first)],
        canonizers=[_zennit("canonizers").SequentialMergeBatchNorm()],
    )


def plus() -> Any:
    """z+, whose biases take nothing: where no input speaks for a cell, its relevance goes to all of them evenly."""
    core, rules = _zennit("core"), _zennit("rules")
    stable = core.Stabilizer(epsilon=STABILISER)
    even = core.ParamMod(lambda param, _: torch.ones_like(param), zero_params=["bias"], require_params=False)
    return core.BasicHook(
        input_modifiers=[
            lambda cells: cells.clamp(min=0),
            lambda cells: cells.clamp(max=0),
            lambda cells: torch.full_like(cells, FAINT),
        ],
        param_modifiers=[
            rules.ClampMod(min=0.0, zero_params=["bias"]),
            rules.ClampMod(max=0.0, zero_params=["bias"]),
            even,
        ],
        output_modifiers=[lambda output: output] * 3,
        gradient_mapper=lambda arrived, outputs: [arrived / stable(sum(outputs))] * 3,
        reducer=lambda inputs, gradients: sum(one * by for one, by in zip(inputs, gradients, strict=True)),
    )


def _zennit(part: str) -> Any:
    return installed(f"zennit.{part}", "lrp", "explain")
