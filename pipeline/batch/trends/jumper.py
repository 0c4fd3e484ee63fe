"""Jumper: a bet, night after night, that p-values are smaller than chance lets them be; what it has won is evidence.

Capital begins at 1 and stays a fair game's as long as nothing has changed: by Ville's inequality it ever reaches 100 in
1 % of such histories at most, however long they are and however often somebody looks. Only the bet on small values is
offered: recordings that become more like those trained on need nobody.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

STAKES = np.array([0.0, 1.0, 2.0])
"""How much is bet against each value: nothing, half, as much as may be lost."""

RATES = np.array([0.001, 0.01, 0.1])
"""Shares of the capital that are dealt out anew among the stakes before each value, for changes late and soon."""


def log10_capital(values: Floats) -> Floats:
    """What betting on small values has made of a capital of 1.

    For each rate J the capital lies on the stakes e, a third on each at first. With every value p

        C_e <- ((1 - J) C_e + J C / 3) (1 + e (1/2 - p)),    C = sum of all C_e;

    the capitals of all rates are averaged. The factor is linear in p, so it is fair, of mean 1, for every p of mean 1/2
    given those before it, even or not.

    Args:
        values: in time, each in [0, 1], shape (..., night).

    Returns:
        Decimal logarithm of the capital after each, same shape.

    Source: Vovk, Petej, Nouretdinov, Ahlberg, Carlsson and Gammerman (2021), Retrain or not retrain: conformal test
    martingales for change-point detection, PMLR 152, algorithm 1 (Simple Jumper) and its mean over rates (Composite
    Jumper), here for stakes on one side; Vovk, Gammerman and Shafer (2005), Algorithmic learning in a random world.

    Example:
        >>> log10_capital(np.full(20, 0.5))[-1].round(6) + 0.0, log10_capital(np.full(20, 0.1))[-1].round(1)
        (np.float64(0.0), np.float64(4.5))
    """
    shares = np.full((*values.shape[:-1], len(RATES), len(STAKES)), 1.0 / (len(RATES) * len(STAKES)))
    rates = RATES[:, None]
    log10, found = np.zeros(values.shape[:-1]), np.empty(values.shape)
    for night in range(values.shape[-1]):
        shares = (1.0 - rates) * shares + rates * shares.mean(axis=-1, keepdims=True)
        shares = shares * (1.0 + STAKES * (0.5 - values[..., night, None, None]))
        capital = shares.sum(axis=(-2, -1))
        shares /= capital[..., None, None]  # a year of strange nights is a number beyond all numbers
        log10 = log10 + np.log10(capital)
        found[..., night] = log10
    return found
