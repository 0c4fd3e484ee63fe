"""H4: the HIT-SM rig, one severity left out, or one speed; the one healthy bearing is cut in time.

Two severities and the first half of the healthy recordings train, the third severity and the second half test. With a
speed left out, all recordings at one speed test and those at the others train: the same bearings on both sides.
"""

from honest.h1 import INTAKE
from honest.one_window_set import proven, smallest_parts
from honest.protocol import Protocol, cut
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.splitting.split import Split, SplitConfig, configs_of, split
from pipeline.progress import Tick, unwatched
from pipeline.windows import WindowConfig

SEVERITY, SPEED = "severity out", "speed out"
ALL_WINDOWS = INTAKE.model_copy(update={"window": WindowConfig(samples=12000)})
"""Seconds at 12 kHz, as in H1, and all of them: 10 turns at 600 rpm, 20 at 1200."""


def hit_sm(tick: Tick = unwatched) -> Protocol:
    """Open the rig's recordings, cut their windows, and make both kinds of splits.

    Returns:
        Splits named "severity out: 2" and "speed out: 600", all stamped "same part".

    Raises:
        CatalogError: when recordings are missing or cannot be used.
    """
    catalog = load_corpus("hit_sm")
    made = {**severities_out(catalog), **speeds_out(catalog)}
    windows, labels = cut(catalog, smallest_parts(made.values()), ALL_WINDOWS, "multilabel", tick)
    splits = tuple(proven(name, sides, windows, same_specimen=True) for name, sides in made.items())
    return Protocol(windows, labels, "multilabel", ALL_WINDOWS, splits, next(iter(made.values())))


def severities_out(catalog: Catalog) -> dict[str, Split]:
    """By name: each severity tests once, with the second half of the healthy recordings."""
    configs = configs_of(catalog, SplitConfig(protocol="severity", same_specimen=True))
    return {f"{SEVERITY}: {one.test[0]}": split(catalog, one) for one in configs if one and one.test}


def speeds_out(catalog: Catalog) -> dict[str, Split]:
    """By name: each speed tests once, healthy recordings too."""
    configs = configs_of(catalog, SplitConfig(leave_one_out="speed", same_specimen=True))
    made = [split(catalog, one) for one in configs]
    return {f"{SPEED}: {one.test[0].speed_rpm:g}": one for one in made}
