"""LRP: a label's logit, handed down layer by layer to the cells it came from."""

from copy import deepcopy

import torch
from torch import Tensor, nn

from pipeline.diagnosis.explanation.carried_back import carried_back
from pipeline.diagnosis.explanation.lrp_rules import composite
from pipeline.diagnosis.explanation.relevance_shares import SharedMean, SumsShared, Unscaled
from pipeline.diagnosis.explanation.view import Relevance, View
from pipeline.errors import RequestError
from pipeline.preprocessing.scaling.rivals import VIEWS, questions
from pipeline.preprocessing.scaling.to_imagenet import ToImagenet

TOLERANCE = 0.05
"""Of the relevance moved through the net, what may be lost on the way down before the answer is refused."""


class LabelNet(nn.Module):
    """A branch from the picture to one label's logit, every step of which relevance can be handed down through.

    Args:
        view: whose branch; it is copied, as a bundle never changes.

    Example:
        >>> from pipeline.diagnosis.explanation.view import view_of
        >>> from pipeline.models.branch import BranchConfig
        >>> from pipeline.models.classifier import Classifier
        >>> from pipeline.preprocessing.base import Batch, Setting
        >>> branch = BranchConfig(stages=["to_imagenet"], backbone="small")
        >>> net = Classifier([{"fold": {"rows": 32, "columns": 32}}], [branch], Setting(None, 1024), ["a"]).eval()
        >>> view = view_of(net, Batch.of(torch.randn(1, 1, 1024)), place=0)
        >>> steps = LabelNet(view)
        >>> bool(torch.isclose(steps(view.picture(view.image)) + steps.bias, view.logit(view.image)))
        True
    """

    def __init__(self, view: View) -> None:
        super().__init__()
        branch = deepcopy(view.branch).requires_grad_(False).eval()
        head = branch.head
        row = 0 if branch.shared else view.place
        self.body, self.hidden = branch.backbone, head.hidden
        self.last = nn.Linear(head.linear.in_features, 1, bias=False)
        self.last.weight.data = head.linear.weight[row : row + 1] / view.scale
        self.bias = float(head.linear.bias[row]) / view.scale
        self.highest = nn.AdaptiveMaxPool2d(1) if branch.config.pool == "mean_max" else None
        self.own = int(branch.place_of_label[view.place]) if branch.shared else None
        n_asked = len(questions(branch.chain.axes())) if branch.shared else 0
        self.which = torch.eye(n_asked)[self.own : self.own + 1] if self.own is not None else torch.zeros(1, 0)
        self.which.requires_grad_()
        self.standardised = head.standardised

    def forward(self, picture: Tensor) -> Tensor:
        """(1, plane, row, column) -> logit less the last layer's bias, (1,)."""
        own = picture if self.own is None else picture[:, len(VIEWS) * self.own :][:, : len(VIEWS)]
        assert self.body is not None
        cells = self.body(own)
        features = SharedMean.apply(cells)  # type: ignore[no-untyped-call]
        if self.highest is not None:
            features = torch.cat([features, self.highest(cells).flatten(1)], dim=1)
        features = torch.cat([features, self.which], dim=1)
        # What counts is how far a feature is from the training side's mean: that is what the head weighs.
        scaled = Unscaled.apply(features, self.standardised(features))  # type: ignore[no-untyped-call]
        last = self.hidden(scaled)
        self.moved = (last * self.last.weight).abs().sum().detach()
        weighed: Tensor = self.last(last)
        return weighed[:, 0]


def lrp(view: View, nothing: Tensor) -> Relevance:  # noqa: ARG001 - it knows no image of nothing
    """The label's logit less its bias, handed down; what arrives at the picture's pixels is carried to the cells.

    Layers follow the rules of `lrp_rules`. Short cuts and means share by magnitude; the head's features count from the
    training side's mean. Biases take nothing, so the sum stays, and `off_by` says how nearly; a head that all planes
    share is told which plane it is asked about, and what that alone is worth belongs to no cell.

    Raises:
        RequestError: for a branch without a backbone; for a net in which relevance gets lost; where zennit is not
            installed.

    Source: Grezmak et al. (2019), IEEE Sensors Journal 20, 3172-3181 (LRP of a CNN for motors).
    """
    if view.branch.backbone is None:
        raise RequestError("lrp goes down through a net's layers, and this model has no net; take integrated_gradients")
    net = LabelNet(view)
    with torch.no_grad():
        picture = view.picture(view.image)
    picture = picture.detach().clone().requires_grad_()
    with composite(_black(view)).context(net) as hooked:
        with SumsShared():
            weighed = hooked(picture)
        found, told = torch.autograd.grad(weighed, (picture, net.which), weighed.detach())
        logit = view.logit(view.image).detach()
    # Merged where it should not be, the net would answer something else.
    changed = float((weighed.detach() + net.bias - logit).abs().max() / net.moved)
    lost = float((found.sum() + told.sum() - weighed.detach().sum()).abs() / net.moved)
    off_by = max(lost, changed)
    if not off_by <= TOLERANCE:
        raise RequestError(
            f"lrp loses {100 * off_by:.3g} % of the relevance in {view.branch.backbone.name}, which has layers that "
            "its rules do not know; take integrated_gradients"
        )
    values = carried_back(found, view.image, view.finishing)[0].to(torch.float32)
    return Relevance(values, off_by=off_by)


def _black(view: View) -> Tensor | None:
    """The lowest that a picture's pixels can be; None where no stage says."""
    pixels = next((stage for stage in reversed(view.finishing) if isinstance(stage, ToImagenet)), None)
    return None if pixels is None else (-pixels.mean / pixels.std)[None]
