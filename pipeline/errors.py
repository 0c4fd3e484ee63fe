"""Every error a user can cause, as one family.

FaultprintError                 what was needed, what came, what to do; one line; exit code 2
├── RequestError                an option or argument is wrong
├── LockedError                 another process is doing this already; exit code 4
├── AwayError                   what was there before is not there now; exit code 4
├── StoreError                  a database cannot be reached, read or written; exit code 4
├── ConfigError                 a config file or override is wrong
├── ReadError                   a file cannot be read; in a run over many files, a row with this reason
├── FactError                   a machine fact (rate, speed, bearing, channel) is missing, ambiguous or impossible
├── CatalogError                a catalog, manifest or split is wrong
│   └── LeakError               a split has one part on both sides
├── StageError                  an image cannot be made from these samples
├── WeightsError                a weights file is missing, damaged, or belongs to another net
├── BundleError                 a trained model cannot be saved or loaded
└── UnusableError               one signal cannot be diagnosed; its verdict is UNUSABLE with this reason

Only the command line catches them and exits; nothing here prints.
"""

import difflib
from collections.abc import Iterable


class FaultprintError(Exception):
    """Something a user can mend; the message is one line saying how."""

    exit_code = 2


class RequestError(FaultprintError):
    """An option or argument is wrong."""


class LockedError(FaultprintError):
    """Another process is doing this already."""

    exit_code = 4


class AwayError(FaultprintError):
    """What was there before is not there now, such as a share that is not mounted; later it may be again."""

    exit_code = 4


class StoreError(FaultprintError):
    """A store cannot be reached, read or written."""

    exit_code = 4


class ConfigError(FaultprintError):
    """A config file or an override is wrong."""


class ReadError(FaultprintError):
    """A file cannot be read as a recording."""


class FactError(FaultprintError):
    """A fact about the machine or recording is missing, ambiguous or impossible."""


class CatalogError(FaultprintError):
    """A catalog, corpus manifest or split is wrong."""


class LeakError(CatalogError):
    """A split puts one part, or the same samples, on both sides."""


class StageError(FaultprintError):
    """An image cannot be made from these samples."""


class WeightsError(FaultprintError):
    """A weights file is missing, damaged, or belongs to another net."""


class BundleError(FaultprintError):
    """A trained model cannot be saved or loaded."""


class UnusableError(FaultprintError):
    """One signal cannot be diagnosed; the message becomes the reason in its verdict."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest known name as half a sentence, or nothing.

    Example:
        >>> did_you_mean("wavlet", ["stft", "wavelet"])
        "; did you mean 'wavelet'?"
        >>> did_you_mean("zzz", ["stft", "wavelet"])
        ''
    """
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
