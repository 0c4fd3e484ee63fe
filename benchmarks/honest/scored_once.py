"""Scored once: the scores of one training, laid out so that many figures can be read of them."""

import numpy as np
import torch
from torch import Tensor

from honest.protocol import Protocol
from honest.scorers import Scorer, fixed


def scored_once(setting: Protocol, train: Tensor, test: Tensor, scorer: Scorer) -> Scorer:
    """Train once, and answer for any part of the windows that were tested.

    Args:
        setting: whose windows.
        train, test: places of the windows that train and of all that are asked for.
        scorer: what trains and scores.

    Returns:
        Scores as they were found, NaN for windows that were not tested.
    """
    scores = torch.from_numpy(np.asarray(scorer(train, test)))
    whole = torch.full((len(setting.windows.signal_of_window), scores.shape[1]), torch.nan, dtype=scores.dtype)
    whole[test] = scores
    return fixed(whole)
