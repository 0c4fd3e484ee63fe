"""Explanation: where in an image a label's score comes from, as plain arrays and numbers, with what speaks for it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pipeline.preprocessing.base import ImageAxes

Array = npt.NDArray[np.float32]
Agrees = Literal["yes", "no", "not applicable"]


@dataclass(frozen=True)
class Occlusion:
    """What deleting cells does to the score.

    Attributes:
        passed: whether deleting what the explanation points at lowers the score, and more than deleting as much
            elsewhere, at the 5 % level; None where no cell speaks for the label.
        drop: of the logit, without the cells it points at.
        elsewhere: the median drop without as many other cells.
        p_value: how often other cells lower it as much, (1 + count) / (1 + draws).
        share: of all cells, deleted each time.
        draws: of other cells.
        patch: rows and columns deleted together.
    """

    passed: bool | None
    drop: float
    elsewhere: float
    p_value: float
    share: float
    draws: int
    patch: tuple[int, int]


@dataclass(frozen=True)
class LineCheck:
    """Whether relevance lies where physics has the fault.

    Attributes:
        agrees: "yes", "no", or "not applicable" where the image has no axis that can tell, or speed and geometry are
            not known.
        told: why, in one sentence.
        looked_at: "plane" (the cells of a fault's own plane), "beat" (relevance rises and falls at the fault's rate),
            "band" (the band that relevance points at beats so), or "" for nothing.
        share: of the positive relevance in the label's own plane; None for other images.
        chance: the share of cells, or of bands as wide, that would agree as well.
        fault_hz: where the fault's line is.
        p_value, snr_db: of the beat: how often other rates stand out as much, and by how much this one does.
        band_hz: the narrowest band with half of the positive relevance.
    """

    agrees: Agrees
    told: str
    looked_at: Literal["plane", "beat", "band", ""] = ""
    share: float | None = None
    chance: float | None = None
    fault_hz: float | None = None
    p_value: float | None = None
    snr_db: float | None = None
    band_hz: tuple[float, float] | None = None


@dataclass(frozen=True)
class Explanation:
    """Where in an image a label's score comes from.

    Attributes:
        label, method: what is explained, and how.
        image: what the model draws of the window, (plane, row, column).
        relevance: of every cell, same shape; above 0 speaks for the label, below 0 against it. In logits, but for
            Grad-CAM, which has no unit.
        pointed_at: the cells that matter most, a tenth of all at most, same shape.
        axes: what rows, columns and planes stand for, where the stages say.
        unit: of the image's values; empty where nobody can say.
        logit, nothing: of the label, for this image and for one in which nothing is to be seen.
        fill: what that one holds, one value per plane; cells where nothing can be read hold 0.
        tells_planes: whether the method tells planes apart.
        grid: rows and columns that the method itself tells apart; None for the image's own.
        off_by: how far the relevance's sum is from what the method promises, as a share of what was moved.
        window, windows: which was explained, from 1, of how many that were looked at.
        branch, branches: which branch of the model was explained, from 1, of how many.
        occlusion, lines: whether it can be believed; None where it was not asked.
    """

    label: str
    method: str
    image: Array
    relevance: Array
    pointed_at: npt.NDArray[np.bool_]
    axes: ImageAxes | None
    unit: str
    logit: float
    nothing: float
    fill: tuple[float, ...]
    tells_planes: bool
    grid: tuple[int, int] | None
    off_by: float | None
    window: int
    windows: int
    branch: int
    branches: int
    occlusion: Occlusion | None = None
    lines: LineCheck | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: all but the arrays."""
        arrays = {"image", "relevance", "pointed_at", "axes"}
        plain = {key: value for key, value in asdict(self).items() if key not in arrays}
        return plain | {"shape": list(self.image.shape)}
