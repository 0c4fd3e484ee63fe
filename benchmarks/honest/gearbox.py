"""H3: the gearbox, one load left out, four accelerometers taken together; a smoke test, never a headline.

Nobody states the sampling rate, so windows are 4096 samples. A recording's four channels are cut alike; what a method
finds in each of them stands side by side as the features of one window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import torch
from torch import Tensor

from honest.amounts import number_in_signal
from honest.classic import log_level, time_statistics
from honest.methods import CONFIGS, Made, Make, columns, start_of, without_net
from honest.noisy import at_level, with_noise
from honest.protocol import Protocol, ProtocolSplit, cut
from honest.scorers import forest, head
from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.splitting.split import SplitConfig, splits
from pipeline.config import load_config
from pipeline.models.features import FeatureCache
from pipeline.models.intake import Intake
from pipeline.progress import Tick, unwatched
from pipeline.training.heads import HeadConfig
from pipeline.training.window_features import compute_features
from pipeline.training.window_set import WindowSet
from pipeline.windows import WindowConfig

SAMPLES = 4096
RATE_HZ = 4266.67
"""Inferred, as the corpus says; it names the rows of the wavelet and moves nothing else."""
INTAKE = Intake(rate_hz=RATE_HZ, window=WindowConfig(samples=SAMPLES))
GIVEN = (f"rate_hz={RATE_HZ}", f"window={{samples: {SAMPLES}}}")


def gearbox(tick: Tick = unwatched) -> Protocol:
    """Open the recordings, cut their windows, put the channels together, and leave each load out in turn.

    Returns:
        Splits named "load out: 0" and so on, stamped "same part"; both states of the gear are labels.

    Raises:
        CatalogError: when recordings are missing or cannot be used.
    """
    catalog = load_corpus("gearbox")
    made = list(splits(catalog, SplitConfig(protocol="gearbox_load", same_specimen=True)))
    rows = sorted((*made[0].train, *made[0].test), key=lambda row: row.signal)
    alone, labels = cut(catalog, rows, INTAKE, "multiclass", tick)
    together = all_channels(alone)
    places = []
    for sides in made:
        audit(sides, same_specimen=True, leaky=False)
        train, test = (_places({row.source for row in side}, together) for side in (sides.train, sides.test))
        parts = len({row.specimen for row in sides.train})
        name = f"load out: {sides.test[0].condition['load']:g}"
        places.append(ProtocolSplit(name, train, test, parts, sides.stamps))
    return Protocol(together, labels, "multiclass", INTAKE, tuple(places), made[0])


def all_channels(alone: WindowSet) -> WindowSet:
    """Signals of one channel each as recordings of all channels: windows (window, channel, time)."""
    order = sorted(range(len(alone.rows)), key=lambda place: (alone.rows[place].source, alone.rows[place].signal))
    found = [list(places) for _, places in groupby(order, key=lambda place: alone.rows[place].source)]
    batches = []
    for places in found:
        first = alone.batches[places[0]]
        batches.append(first._replace(values=torch.cat([alone.batches[place].values for place in places], dim=1)))
    firsts = [places[0] for places in found]
    return WindowSet(tuple(alone.rows[place] for place in firsts), tuple(batches), alone.targets[firsts])


def _places(sources: set[str], windows: WindowSet) -> Tensor:
    inside = torch.tensor([index for index, row in enumerate(windows.rows) if row.source in sources])
    return torch.isin(windows.signal_of_window, inside).nonzero().flatten()


def each_channel(windows: WindowSet) -> Iterator[WindowSet]:
    """The same windows, one channel at a time."""
    for channel in range(windows.batches[0].values.shape[1]):
        kept = [batch._replace(values=batch.values[:, channel : channel + 1]) for batch in windows.batches]
        yield replace(windows, batches=tuple(kept))


def side_by_side(file: str, *overrides: str) -> Make:
    """A config's features of every channel, and one head on all of them."""

    def make(setting: Protocol) -> Made:
        config = load_config(CONFIGS / file, (*GIVEN, *overrides))
        net = start_of(config, setting).classifier
        found = [compute_features(net, channel, FeatureCache())[0] for channel in each_channel(setting.windows)]
        features, targets = torch.cat(found, dim=1), setting.windows.window_targets
        return Made(columns(config), head(features, targets, config.branches[0].head))

    return make


def statistics(setting: Protocol) -> Made:
    """RMS, peak to peak, kurtosis, skewness, crest factor of every channel; no geometry is known to look for lines."""
    features = torch.cat([time_statistics(batch.values).flatten(1) for batch in setting.windows.batches])
    return Made(without_net(None), forest(features, setting.windows.window_targets))


def levels(setting: Protocol) -> Made:
    """What loudness alone tells, channel by channel."""
    found = [[log_level(batch) for batch in channel.batches] for channel in each_channel(setting.windows)]
    features = torch.cat([torch.cat(parts) for parts in found], dim=1)
    return Made(without_net("head"), head(features, setting.windows.window_targets, HeadConfig()))


def first_windows(setting: Protocol, per_recording: int) -> Protocol:
    """The same splits, with the first few windows of each recording to train on; all still test."""
    number = number_in_signal(setting.windows)
    fewer = [replace(one, train=one.train[number[one.train] < per_recording]) for one in setting.splits]
    return with_splits(setting, fewer)


def noisy_tests(setting: Protocol, snrs_db: tuple[float, ...]) -> Protocol:
    """Trained on clean windows and tested on their copies in white noise, level by level.

    Returns:
        Splits named as before, with the level: "load out: 0 at 10 dB".
    """
    count = len(setting.windows.signal_of_window)
    levels = [
        replace(one, name=f"{one.name} at {snr_db:g} dB", test=at_level(one.test, snr_db, count, snrs_db))
        for snr_db in snrs_db
        for one in setting.splits
    ]
    return with_splits(with_noise(setting, snrs_db), levels)


def with_splits(setting: Protocol, wanted: Sequence[ProtocolSplit]) -> Protocol:
    """A protocol with other splits."""
    return replace(setting, splits=tuple(wanted))
