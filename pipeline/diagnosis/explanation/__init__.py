"""Explanation: which cells of an image a net's answer comes from, and whether that can be believed."""

from typing import TYPE_CHECKING

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.diagnosis.explanation.view import Method

METHODS: "Registry[Method]" = Registry(
    "explanation",
    {
        "grad_cam": "pipeline.diagnosis.explanation.grad_cam:grad_cam",
        "integrated_gradients": "pipeline.diagnosis.explanation.integrated_gradients:integrated_gradients",
        "lrp": "pipeline.diagnosis.explanation.lrp:lrp",
    },
    group="faultprint.explanations",
)
"""How relevance is found: a `View` in, relevance of every cell out. captum and zennit are imported when used."""

USUAL = "integrated_gradients"
"""Asks nothing of a model but gradients, so it explains every one."""
