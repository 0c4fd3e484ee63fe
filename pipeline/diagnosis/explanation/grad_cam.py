"""Grad-CAM: where in its last feature map a net finds what speaks for a label."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from pipeline.diagnosis.explanation.view import Relevance, View
from pipeline.errors import RequestError
from pipeline.models.engines.installed import installed


def grad_cam(view: View, nothing: Tensor) -> Relevance:  # noqa: ARG001 - it knows no image of nothing
    """The feature map's channels, weighted by the mean gradient of the label's logit, what is above 0 of their sum.

    The map covers the picture and so the image; it is spread over the image's cells between its own (bilinear). It says
    the same of every plane, and nothing finer than its own grid.

    Raises:
        RequestError: for a branch without a backbone; where captum is not installed.

    Source: Selvaraju et al. (2017), Grad-CAM, ICCV, equations 1 and 2.
    """
    if view.branch.backbone is None:
        raise RequestError("grad_cam looks at a net's feature map, and this model has none; take integrated_gradients")
    captum = installed("captum.attr", "grad_cam", "explain")
    weighted = captum.LayerGradCam(view.logit, view.branch.backbone)
    maps = weighted.attribute(view.image.clone().requires_grad_(), relu_attributions=True).detach()
    # A shared branch sends every label's picture through the net.
    own = maps[view.place if view.branch.shared else 0, 0]
    planes, rows, columns = view.image.shape[1:]
    spread = interpolate(own[None, None].to(torch.float32), (rows, columns), mode="bilinear", antialias=True)
    every = spread[0].expand(planes, -1, -1).clone()
    return Relevance(every, tells_planes=planes == 1, grid=(own.shape[0], own.shape[1]))
