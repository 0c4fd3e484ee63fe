"""States: which recordings a new one is compared to, where it is asked whether a label could be true of it."""

import numpy as np
import numpy.typing as npt

from pipeline.diagnosis.calibration.conformal import Known, fewest_parts, known

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

ENOUGH = 2
"""A promise of its own takes so many times the parts at which a set could leave out anything: with those alone it could
leave out none but signals stranger than all."""


def by_state(strangeness: Array, state: Places, part: Places, n_states: int, alpha: float) -> tuple[Known, ...]:
    """Recordings to compare to, per state that a signal may be in.

    A state of enough parts is compared to its own recordings. Scarcer ones share theirs; where even together they are
    too few, all states share all. Every recording so answers in one group only, and each group keeps the promise.

    Args:
        strangeness: of each recording for the state that it is in, (recording,).
        state: by number, (recording,); multiclass: the label; multilabel: 1 where the label is there.
        part: the specimen, by number, (recording,).
        n_states: how many there are, recordings or not.
        alpha: 1 - level.

    Source: Vovk, Gammerman, Shafer (2005), chapter 4.5, Mondrian predictors; Ding et al. (2023), Class-conditional
    conformal prediction with many classes, for those that share.

    Example:
        >>> few = by_state(np.arange(12.0), np.repeat([0, 1], 6), np.arange(12), 2, alpha=0.3)
        >>> [one.n_parts for one in few]  # from 4.67 on each answers for itself
        [6, 6]
        >>> [one.n_parts for one in by_state(np.arange(12.0), np.repeat([0, 1], 6), np.arange(12), 2, alpha=0.2)]
        [12, 12]
    """
    wanted = ENOUGH * fewest_parts(1 - alpha)
    groups = {one: [one] for one in range(n_states)}
    scarce = [one for one in groups if _n_parts(state, part, [one]) < wanted]
    if _n_parts(state, part, scarce) < wanted:
        scarce = list(groups) if scarce else []
    groups |= dict.fromkeys(scarce, scarce)
    return tuple(_among(strangeness, state, part, group) for group in groups.values())


def _n_parts(state: Places, part: Places, states: list[int]) -> int:
    return len(np.unique(part[np.isin(state, states)]))


def _among(strangeness: Array, state: Places, part: Places, states: list[int]) -> Known:
    chosen = np.isin(state, states)
    return known(strangeness[chosen], part[chosen])
