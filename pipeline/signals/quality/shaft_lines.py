"""Shaft lines: a turning shaft leaves lines at 1x, 2x, 3x, ... of its speed; they check the rate and speed stated.

Imbalance, misalignment, couplings and clearances repeat every turn, so their vibration is a comb of lines at whole
multiples of the speed. In cycles per sample the comb stands at speed / rate, whatever anybody says of either: a comb
that is complete at 1/4, 1/2, 3/4, ... of the stated speed tells a recording read at a quarter of its rate.
Source: Randall (2021), Vibration-based Condition Monitoring, 2nd ed., chapter 2; Smith and Randall (2015), MSSP 64-65,
100-131, for speeds read from harmonics.
"""

from collections.abc import Sequence

from pipeline.signals.quality.combs import N_LINES, PRESENT_DB, Comb, CombSearch
from pipeline.signals.quality.finding import Finding
from pipeline.units import hz_from_rpm

COMPLETE = 9
"""Of ten lines: a comb of another shaft, or of the mains, leaves more of them out."""

SPEED_SEARCH, RATE_SEARCH = 0.04, 0.02
"""Shares of the speed on either side within which lines are looked for at the stated rate, and at any other."""

SAME_SPEED = 0.004
"""Lines this near to the stated speed, as a share of it, are its own: as fine as speeds are written down."""

WRONG_SPEED = 0.01
"""Slip under load moves an induction motor by less than this from one reading to the next."""

CLEARLY_BETTER_DB = 2.5
"""By so much, averaged over ten lines, another speed's comb must stand out more before the stated one is doubted."""

HINT_DB, AS_GOOD_DB = 12.5, 1.5
"""A rate that nobody states is hinted at by a strong comb only; of combs about as strong the lowest has the shaft.

Chosen on CWRU's 12 and 48 kHz files with a speed: 93 hints of 103, all right.
"""

COMMON_RATES_HZ: tuple[float, ...] = (
    1000, 2000, 2048, 2560, 4000, 4096, 5000, 5120, 6400, 8000, 8192, 10000, 10240, 12000, 12800, 16000, 16384, 20000,
    20480, 24000, 25000, 25600, 32000, 40000, 44100, 48000, 48828, 50000, 51200, 64000, 65536, 96000, 97656, 100000,
    102400,
)  # fmt: skip
"""Rates that data loggers and sound cards run at."""

FURTHEST = 8.2
"""Rates further apart than this are not mistaken for each other."""

FEW_IN_PLACE = 0.3
"""Share of a comb's lines that chance, mains hum and other shafts put in place where there is no comb."""

FITTING = 8
"""Of ten lines, where a speed or rate is only told and nothing contradicts another."""


def shaft_lines(search: CombSearch, rate_hz: float | None, speed_rpm: float) -> list[Finding]:
    """Whether the lines of the shaft stand where rate and speed say, and if not, which rate or speed would fit.

    Args:
        search: the recording.
        rate_hz: as stated; None where nobody says.
        speed_rpm: as stated.

    Returns:
        At most one finding: "rate" (another common rate fits), "speed" (the lines are at another speed close by), or
        "rate_unknown" (no rate is stated, and a common one fits); none where the lines are too weak to tell.
    """
    base = hz_from_rpm(speed_rpm)
    if rate_hz is None:
        found = rate_hint(search, base)
    else:
        found = wrong_rate(search, base, rate_hz) or wrong_speed(search, base, rate_hz)
    return [found] if found else []


def wrong_rate(search: CombSearch, speed_hz: float, rate_hz: float) -> Finding | None:
    """A common rate at which the comb is complete, where the stated rate cannot be right.

    Read m times too slowly, a recording shows lines between the shaft's, at 1/m, 2/m, ...; read m times too fast it
    lacks all lines but every m-th. At any other ratio nothing stands where it should.
    """
    own = search.comb(speed_hz / rate_hz, SPEED_SEARCH)
    if own is None:
        return None
    rivals = [
        (rate, comb)
        for rate in COMMON_RATES_HZ
        if 1 / FURTHEST < rate / rate_hz < FURTHEST and abs(rate / rate_hz - 1) > SPEED_SEARCH + RATE_SEARCH
        and (comb := search.comb(speed_hz / rate, RATE_SEARCH)) is not None
        and comb.n_present >= COMPLETE and _contradicts(own, comb)
    ]  # fmt: skip
    if not rivals:
        return None
    rate, comb = _lowest(rivals, speed_hz)
    told = f"the lines of {60 * speed_hz:.5g} rpm do not fit {rate_hz:g} Hz but {rate:g} Hz"
    between = f": there are lines at 1/{_whole(rate / rate_hz)}, 2/{_whole(rate / rate_hz)}, ... of the speed"
    return Finding(
        "rate",
        f"rate_hz: {told}{between if _whole(rate / rate_hz) > 1 else ''}; check --rate-hz",
        numbers={"rate_hz": rate_hz, "fits_hz": rate, "lines": comb.n_present},
    )


def _contradicts(own: Comb, rival: Comb) -> bool:
    ratio = own.base / rival.base
    finer, coarser = _whole(ratio), _whole(1 / ratio)
    if finer > 1:
        return rival.share_but_every(finer) > 1 - FEW_IN_PLACE
    if coarser > 1:
        return own.levels_db[0] < PRESENT_DB and own.share_but_every(coarser) < FEW_IN_PLACE
    return own.n_present <= FEW_IN_PLACE * N_LINES


def _whole(ratio: float) -> int:
    """The whole number above 1 that a ratio is, or 1."""
    return round(ratio) if ratio > 1.5 and abs(ratio / round(ratio) - 1) < SAME_SPEED else 1


def _lowest(combs: Sequence[tuple[float, Comb]], speed_hz: float) -> tuple[float, Comb]:
    """The rate whose comb has the lowest first line, for its multiples fit too; of near ones the nearest in speed."""
    lowest = min(comb.base for _, comb in combs)
    near = [(rate, comb) for rate, comb in combs if comb.base < lowest * (1 + 2 * RATE_SEARCH)]
    return min(near, key=lambda item: abs(item[1].base * item[0] / speed_hz - 1))


def wrong_speed(search: CombSearch, speed_hz: float, rate_hz: float) -> Finding | None:
    """A comb close to the stated speed that fits clearly better than at the stated speed."""
    stated = search.comb(speed_hz / rate_hz, SAME_SPEED)
    found = search.comb(speed_hz / rate_hz, SPEED_SEARCH)
    if stated is None or found is None or found.n_present < FITTING:
        return None
    off = found.base * rate_hz / speed_hz - 1
    if abs(off) <= WRONG_SPEED or found.score_db < stated.score_db + CLEARLY_BETTER_DB:
        return None
    rpm, lines_rpm = 60 * speed_hz, 60 * search.sharpened(found) * rate_hz
    told = f"stated {rpm:.5g} rpm, but the shaft's lines stand at 1x to 10x of {lines_rpm:.0f} rpm"
    numbers = {"speed_rpm": rpm, "lines_rpm": lines_rpm, "lines": found.n_present}
    return Finding("speed", f"speed_rpm: {told} ({found.n_present} of 10 found); check --speed-rpm", numbers=numbers)


def rate_hint(search: CombSearch, speed_hz: float) -> Finding | None:
    """The common rate at which a speed's lines are there, where no rate is stated; a hint, never used as the rate."""
    fitting = [
        (rate, comb)
        for rate in COMMON_RATES_HZ
        if (comb := search.comb(speed_hz / rate, WRONG_SPEED)) is not None and comb.n_present >= FITTING
    ]
    best_db = max((comb.score_db for _, comb in fitting), default=0.0)
    if best_db < HINT_DB:
        return None
    rate, comb = _lowest([item for item in fitting if item[1].score_db > best_db - AS_GOOD_DB], speed_hz)
    told = f"nothing states it; the lines of {60 * speed_hz:.5g} rpm would fit {rate:g} Hz"
    return Finding(
        "rate_unknown",
        f"rate_hz: {told} ({comb.n_present} of 10 found); give --rate-hz",
        "info",
        numbers={"fits_hz": rate, "lines": comb.n_present},
    )
