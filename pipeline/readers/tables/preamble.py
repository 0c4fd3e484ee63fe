"""Preamble: what the lines above a table state in words: rate or sampling interval, speed, load.

Loggers and oscilloscopes write `Sampling rate: 25600 Hz`, `# fs=51200`, `Sample Interval,4e-06`, `Delta_X<tab>3.9e-5`.
"""

import math
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from pipeline.readers.increment import rate_of_increment
from pipeline.readers.stated import agreed, stated_facts

UNITS = {"hz": 1.0, "s/s": 1.0, "sa/s": 1.0, "sps": 1.0, "samples/s": 1.0, "khz": 1e3, "ks/s": 1e3, "ksa/s": 1e3}
UNITS |= {"mhz": 1e6, "ms/s": 1e6, "msa/s": 1e6}
"""Units of a sampling rate in small letters -> hertz; nobody samples at millihertz and writes it so."""

POWERS = {"s": 0, "sec": 0, "seconds": 0, "ms": -3, "us": -6, "µs": -6, "ns": -9}
"""Units of a sampling interval -> power of ten."""

RATE_KEY = re.compile(
    r"(?:sampl(?:e|ing)|scan|acquisition|data)_(?:rate|freq|frequency)|samples_per_second|abtastrate|abtastfrequenz"
)
INTERVAL_KEY = re.compile(
    r"sampl(?:e|ing)_(?:interval|period|spacing)|delta_?[xt]|dt|(?:x_|horizontal_)?increment|x_?incr|time_?step"
    r"|time_(?:increment|interval)|abtastintervall"
)
AFTER = r"k?hz|mhz|[km]?sa?/s|sps|samples/s|rpm|[mun]?s|µs|sec|seconds"
# Atomic, so that 51,200 is not read as 51.
PAIR = r"""(?P<key>[^\W\d_][\w .-]*?)\s*(?:[\[(]\s*(?P<unit>[^\])]*?)\s*[\])])?
    \s*(?P<sign>[:=,;\t]|\s(?=[-+.\d]))[\s:=,;"]*
    (?P<number>[-+]?(?>(?:\d+(?:{mark}\d*)?|{mark}\d+)(?:e[-+]?\d+)?))(?![\w.]|,\d{{3}}(?!\d))
    (?:[\s,;"]*(?P<after>{after})(?![\w/])(?!\s*[:=]) | \s+(?P<strange>[^\W\d]\w*)(?!\s*[:=\w]))?"""
PAIRS = {
    decimal: re.compile(PAIR.format(mark=mark, after=AFTER), re.IGNORECASE | re.VERBOSE)
    for decimal, mark in ((".", r"\."), (",", r"[.,]"))
}


class Pair(NamedTuple):
    """A word and the number behind it: the key in small letters with `_` for spaces, the number as printed."""

    key: str
    number: str
    unit: str


def preamble_facts(lines: Sequence[str], decimal: str = ".") -> dict[str, Any]:
    """What lines state, in the words Faultprint uses; what two of them state differently is left out.

    Args:
        lines: above the numbers.
        decimal: the table's decimal mark.

    Returns:
        Some of rate_hz, speed_rpm, load.

    Example:
        >>> preamble_facts(["# pump 7, fs=51200", "Speed (rpm): 1797"])
        {'rate_hz': 51200.0, 'speed_rpm': 1797.0}
        >>> preamble_facts(["Sample Interval,1.95312e-05"]), preamble_facts(["Abtastrate;25,6 kHz"], ",")
        ({'rate_hz': 51200.0}, {'rate_hz': 25600.0})
        >>> preamble_facts(["Sampling rate: 51,200 Hz"])
        {}
    """
    pairs = [pair for line in lines for pair in pairs_in(line, decimal)] + columned_pairs(lines)
    rates = [rate for rate in map(stated_rate, pairs) if rate is not None]
    values: dict[str, list[float]] = {}
    for pair in pairs:
        for key in {pair.key, f"{pair.key}_{pair.unit}"}:
            values.setdefault(key, []).append(float(pair.number))
    others = stated_facts({key: said[0] for key, said in values.items() if agreed(said)})
    facts = {"rate_hz": rates[0]} if agreed(rates) else {}
    return facts | {word: fact for word, fact in others.items() if word != "rate_hz"}


def pairs_in(line: str, decimal: str = ".") -> Iterator[Pair]:
    """Every word of a line that a number follows.

    Example:
        >>> list(pairs_in('"Sample rate (kHz)","25.6"'))
        [Pair(key='sample_rate', number='25.6', unit='khz')]
        >>> list(pairs_in("# sampling rate 25600 Hz"))
        [Pair(key='sampling_rate', number='25600', unit='hz')]
        >>> list(pairs_in("RPM 1, RPM 2"))
        []
    """
    for found in PAIRS[decimal].finditer(line.replace('"', "")):
        unit = (found["unit"] or found["after"] or found["strange"] or "").lower()
        key = re.sub(r"[\s.\-_]+", "_", found["key"].strip()).strip("_")
        # Without a sign between them, only a unit shows that word and number belong together.
        if found["sign"] != " " or (found["after"] and unit != key.lower()):
            key, unit = key_unit(key, unit)
            yield Pair(key, found["number"].replace(",", "."), unit)


def key_unit(key: str, unit: str) -> tuple[str, str]:
    """A key in small letters, and the unit that stands in it. `FS` is full scale, so it stays as it is.

    Example:
        >>> key_unit("Sampling_Rate_Hz", ""), key_unit("fs", "hz"), key_unit("FS", "")
        (('sampling_rate', 'hz'), ('fs', 'hz'), ('FS', ''))
    """
    plain = key if key == "FS" else key.lower()
    if not unit and plain.endswith(("_hz", "_khz")) and plain != "rate_hz":
        plain, _, unit = plain.rpartition("_")
    return plain, unit


def columned_pairs(lines: Sequence[str]) -> list[Pair]:
    """Words with their numbers in the line below, as Rigol's `Start,Increment` over `-6e-03,1e-05`.

    Example:
        >>> columned_pairs(["X,CH1,Start,Increment", "Sequence,VOLT,-6.0e-03,1.0e-05"])
        [Pair(key='increment', number='1.0e-05', unit='')]
    """
    pairs = []
    for upper, lower in pairwise(lines):
        for word, number in zip(upper.split(","), lower.split(","), strict=False):
            if word.strip().lower() == "increment" and re.fullmatch(r"\s*\d+\.?\d*(?:[eE][-+]?\d+)?\s*", number):
                pairs.append(Pair("increment", number.strip(), ""))
    return pairs


def stated_rate(pair: Pair) -> float | None:
    """The sampling rate that a pair states, None if it states something else.

    Example:
        >>> stated_rate(Pair("sample_interval", "0.04", "ms")), stated_rate(Pair("rate", "25", "hz"))
        (25000.0, None)
    """
    if is_rate(pair.key):
        rate_hz = float(pair.number) * UNITS.get(pair.unit or "hz", math.nan)
        return rate_hz if 0.0 < rate_hz < math.inf else None
    power = POWERS.get(pair.unit or "s")
    if INTERVAL_KEY.fullmatch(pair.key) and power is not None:
        inverse = rate_of_increment(str(Decimal(pair.number).scaleb(power)))
        # The inverse of 4e-05 is 24999.999999999996 in binary.
        return round(inverse, 6) if inverse else None
    return None


def is_rate(key: str) -> bool:
    """Whether a key names a sampling rate; a bare `rate` is only our own, which says `rate_hz`.

    Example:
        >>> is_rate("sampling_rate"), is_rate("fs"), is_rate("rate"), is_rate("FS")
        (True, True, False, False)
    """
    return bool(RATE_KEY.fullmatch(key)) or "rate_hz" in stated_facts({key: 1.0})
