"""Integrated gradients: what every cell adds to a logit on the way from an image of nothing to this one."""

import torch
from torch import Tensor

from pipeline.diagnosis.explanation.view import Relevance, View
from pipeline.models.engines.installed import installed

STEPS, AT_ONCE = 48, 8
"""Points of the Gauss-Legendre rule between the two images, and how many go through the net together."""


def integrated_gradients(view: View, nothing: Tensor, steps: int = STEPS) -> Relevance:
    """Gradients of the label's logit, averaged on the straight way from `nothing` to the image, times the difference.

    The sum over all cells is the difference of the two logits (completeness); `off_by` says how well the steps reach
    that.

    Args:
        view: what is explained.
        nothing: where the way begins, shape as the image.
        steps: how many gradients are averaged.

    Raises:
        RequestError: where captum is not installed.

    Source: Sundararajan, Taly and Yan (2017), Axiomatic attribution for deep networks, ICML, equation 1.
    """
    captum = installed("captum.attr", "integrated_gradients", "explain")
    found, gap = captum.IntegratedGradients(view.logit, multiply_by_inputs=True).attribute(
        view.image.clone().requires_grad_(),
        baselines=nothing,
        n_steps=steps,
        internal_batch_size=AT_ONCE,
        return_convergence_delta=True,
    )
    values = found.detach()[0].to(torch.float32)
    moved = float(values.abs().sum())
    return Relevance(values, off_by=abs(float(gap)) / moved if moved else 0.0)
