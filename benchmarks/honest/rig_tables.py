"""Rig tables: what is scored on the rigs other than CWRU's."""

from honest.gearbox import levels, side_by_side, statistics
from honest.h1_table import CELLS, FOLD, ORDERS, RANDOM, SAME_NET, SIDE_BANDS, SMALL, STFT, WAVELET
from honest.methods import Method, trained
from honest.table import (
    CELLS_NET,
    CELLS_RANDOM,
    CELLS_RIDGE,
    CLASSIC,
    LEVEL,
    MAJORITY,
    READY,
    SHARED,
    SHARED_HEAD,
    STFT_NET,
    STFT_RANDOM,
    UNTRAINED,
)
from honest.unchanged import from_cwru

NET, RANDOM_NET = STFT_NET.name, STFT_RANDOM.name
PIXELS, LOUD_PIXELS = "pixels, level-free, ridge", "pixels with level, ridge"
LOUD = "stages=[{stft: {n_fft: 256, hop: 64}}, {decibels: {reference: 1, floor_db: 200}}]"
"""The short-time spectrum as loud as it is; the config's own takes each picture's maximum as 0 dB."""

PICTURES = (
    Method(LOUD_PIXELS, "stft", trained(STFT, LOUD, SMALL)),
    Method(PIXELS, "stft", trained(STFT, SMALL), quick=True),
    STFT_NET,
    STFT_RANDOM,
    Method(NET, "wavelet", trained(WAVELET)),
    Method(RANDOM_NET, "wavelet", trained(WAVELET, RANDOM)),
)
FROM_CWRU = tuple(
    Method(f"CWRU's {name}, unchanged", image, from_cwru(file, *settings), quick=quick)
    for name, image, file, settings, quick in (
        (PIXELS, "stft", STFT, (SMALL,), False),
        (CELLS_RIDGE.name, "fault_order", ORDERS, (CELLS,), False),
        (SHARED_HEAD.name, "fault_order", ORDERS, (SIDE_BANDS, SHARED), True),
        (NET, "fault_order", ORDERS, (), False),
        (RANDOM_NET, "fault_order", ORDERS, (RANDOM,), False),
    )
)
BEARINGS = (
    *(MAJORITY, LEVEL._replace(quick=True), CLASSIC),
    *PICTURES,
    *(UNTRAINED, CELLS_RIDGE, SHARED_HEAD, CELLS_NET, CELLS_RANDOM),
)
CROSS_MACHINE = (*BEARINGS, READY)
"""H5: all are trained on CWRU there, or on no recording at all."""
SEVERITY = (*BEARINGS, *FROM_CWRU, READY)
"""H4: trained on the rig itself, and what CWRU and simulated machines taught, unchanged."""

SQUARE = "stages=[{fold: {rows: 64, columns: 64}}, standardise]"
"""The 4096 samples of a window, all of them."""
WAVELET_OF_GEARS = "gearbox_wavelet_squeezenet.yaml"
GEARBOX = (
    MAJORITY,
    Method(LEVEL.name, None, levels, quick=True),
    Method("time statistics, random forest", None, statistics, quick=True),
    Method(LOUD_PIXELS, "stft", side_by_side(STFT, LOUD, SMALL)),
    Method(PIXELS, "stft", side_by_side(STFT, SMALL), quick=True),
    Method(NET, "stft", side_by_side(STFT, *SAME_NET)),
    Method(RANDOM_NET, "stft", side_by_side(STFT, *SAME_NET, RANDOM)),
    Method(PIXELS, "fold", side_by_side(FOLD, SQUARE, SMALL)),
    Method(NET, "fold", side_by_side(FOLD, SQUARE, *SAME_NET)),
    Method(RANDOM_NET, "fold", side_by_side(FOLD, SQUARE, *SAME_NET, RANDOM)),
    Method(NET, "wavelet", side_by_side(WAVELET_OF_GEARS)),
    Method(RANDOM_NET, "wavelet", side_by_side(WAVELET_OF_GEARS, RANDOM)),
)
GEARBOX_CURVES = tuple(method for method in GEARBOX if method.make is statistics or method.image == "stft")
"""Methods that are followed down to a few windows and into noise, on samples or STFT images."""
