"""LRP rules: which rule hands relevance down through which layer of a net, in zennit's words."""

from typing import Any

import torch
from torch import Tensor, nn

from pipeline.models.engines.installed import installed
from pipeline.models.torchvision_adapter import torchvision

FAINT = 1e-9
"""What every input of a convolution counts for beside what it brought, so that all share what a bias alone lit."""

STABILISER = 1e-15
"""Against 0 / 0."""


def composite(black: Tensor | None) -> Any:
    """Epsilon in the head, z+ in convolutions, batch norms merged into the convolutions before them.

    In the first convolution what counts is how far a pixel is above black, so that relevance lies where something is to
    be seen, plane by plane. The usual rules there would not do: flat gives every plane of a picture the same, and z-B
    (Montavon et al. 2017) nearly so, as it also credits pixels for what they are not.

    Args:
        black: the lowest that pixels of the picture can be, (1, plane, 1, 1); without it, the first convolution is like
            the others.

    Raises:
        RequestError: where zennit is not installed.

    Source: Bach et al. (2015), PLoS ONE 10, e0130140 (epsilon); Montavon et al. (2017), Pattern Recognition 65,
        211-222 (z+).
    """
    kinds = _zennit("types")
    return _zennit("composites").SpecialFirstLayerMapComposite(
        layer_map=[
            *_zennit("composites").layer_map_base(),
            (kinds.Convolution, plus()),
            (nn.Linear, _zennit("rules").Epsilon(zero_params=["bias"])),
        ],
        first_map=[(kinds.Convolution, plus(black))],
        canonizers=[_merged()],
    )


def _merged() -> Any:
    """Batch norms merged into the convolutions that stand right before them and give as many channels.

    In some nets (DenseNet) a convolution stands before a batch norm that reads something else: the sizes tell those.
    """
    canonizers, kinds = _zennit("canonizers"), _zennit("types")

    class Merged(canonizers.SequentialMergeBatchNorm):  # type: ignore[misc, name-defined]
        def apply(self, root_module: nn.Module) -> list[Any]:
            found: list[Any] = []
            before: Any = None
            for leaf in _zennit("core").collect_leaves(root_module):
                fits = isinstance(before, kinds.Convolution) and isinstance(leaf, kinds.BatchNorm)
                if fits and before.out_channels == leaf.num_features:
                    found.append(self.copy())
                    found[-1].register((before,), leaf)
                before = leaf
            return found

    return Merged()


def plus(zero: Tensor | None = None) -> Any:
    """z+, whose biases take nothing: where no input speaks for a cell, its relevance goes to all of them evenly.

    Args:
        zero: what inputs are counted from; 0 if absent.
    """
    core, rules = _zennit("core"), _zennit("rules")
    stable = core.Stabilizer(epsilon=STABILISER)
    even = core.ParamMod(lambda param, _: torch.ones_like(param), zero_params=["bias"], require_params=False)

    def counted(cells: Tensor) -> Tensor:
        return cells if zero is None else cells - zero

    return core.BasicHook(
        input_modifiers=[
            lambda cells: counted(cells).clamp(min=0),
            lambda cells: counted(cells).clamp(max=0),
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
    # zennit imports torchvision, which the adapter must have mended before.
    assert torchvision
    return installed(f"zennit.{part}", "lrp", "explain")
