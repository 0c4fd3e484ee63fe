"""Audit: the proof that nothing leaks, or the error that names the leak."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from pipeline.catalog.auditing.leaks import SharedPart, SharedSamples, shared_parts, shared_recordings, shared_samples
from pipeline.catalog.auditing.samples import SampleAudit
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.sides import LEAKY, SAME_PART, Split
from pipeline.errors import LeakError


@dataclass(frozen=True)
class Audit:
    """What was checked, and what was found and declared.

    Attributes:
        specimens_train, specimens_test: how many parts each side hears, where stated.
        shared_specimens: parts on both sides (declared, or there would be none); "" stands for unstated ones.
        overlapping: pairs of signals with common samples on both sides; more than none in leaky splits only.
        shared_recordings: recordings heard on both sides, through other channels or in other parts.
        stamps: "same part", "leaky".
        samples: what the samples tell, where they were looked at; see `audit_samples`.

    Example:
        >>> Audit(12, 6).to_dict()["specimens"]
        {'train': 12, 'test': 6}
    """

    specimens_train: int
    specimens_test: int
    shared_specimens: tuple[str, ...] = ()
    overlapping: int = 0
    shared_recordings: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    samples: SampleAudit | None = None

    def with_samples(self, samples: SampleAudit) -> Self:
        """The same audit, and what the samples tell."""
        return replace(self, samples=samples)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user must know of the split, one line each.

        Example:
            >>> Audit(1, 1, shared_recordings=("a.mat", "b.mat")).warnings
            ('2 recordings are heard on both sides, through other channels or in other parts: a.mat, b.mat',)
        """
        shared = self.shared_recordings
        named = ", ".join(shared[:3]) + ", ..." * (len(shared) > 3)
        what = "1 recording is" if len(shared) == 1 else f"{len(shared)} recordings are"
        told = (f"{what} heard on both sides, through other channels or in other parts: {named}",) if shared else ()
        return told + (self.samples.warnings if self.samples else ())

    def to_dict(self) -> dict[str, Any]:
        """As plain values, ready for JSON; `duplicates` and `shortcuts` where the samples were looked at."""
        plain = asdict(replace(self, samples=None))
        del plain["samples"]
        counts = {"train": plain.pop("specimens_train"), "test": plain.pop("specimens_test")}
        lists = {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}
        looked = self.samples.to_dict() if self.samples else {}
        return {"specimens": counts} | lists | looked | {"warnings": list(self.warnings)}


def audit(split: Split, same_specimen: bool, leaky: bool) -> Audit:
    """Check that no part, and no sample, is on both sides.

    Args:
        split: the sides.
        same_specimen: whether the config declares that one part may be on both sides.
        leaky: whether the config declares random parts.

    Raises:
        LeakError: naming the common samples, or the random parts, unless `leaky`; or naming the specimen and a signal
            of each side, unless `same_specimen` or `leaky`.

    Example:
        >>> a, b = (Row(name, f"{name}.wav", specimen="pump 7") for name in "ab")
        >>> audit(Split((a,), (b,)), same_specimen=False, leaky=False)
        Traceback (most recent call last):
        ...
        pipeline.errors.LeakError: specimen 'pump 7' is on both sides: 'a' trains, 'b' tests; split by specimen, ...
        >>> audit(Split((a,), (b,)), same_specimen=True, leaky=False).stamps
        ('same part',)
    """
    overlaps = list(shared_samples(split.train, split.test))
    if overlaps and not leaky:
        raise LeakError(overlap_told(overlaps[0]))
    if LEAKY in split.stamps and not leaky:
        raise LeakError(f"{split.protocol}: parts of one recording are on both sides at random; declare leaky: true")
    parts = shared_parts(split.train, split.test)
    if parts and not (same_specimen or leaky):
        raise LeakError(part_told(parts[0]))
    return Audit(
        specimens_train=specimens(split.train),
        specimens_test=specimens(split.test),
        shared_specimens=tuple(part.specimen for part in parts),
        overlapping=len(overlaps),
        shared_recordings=shared_recordings(split.train, split.test),
        stamps=(LEAKY,) if leaky else (SAME_PART,) if parts else (),
    )


def specimens(rows: tuple[Row, ...]) -> int:
    """How many parts are heard, those stated."""
    return len({row.specimen for row in rows if row.specimen})


def overlap_told(pair: SharedSamples) -> str:
    """The line that names common samples."""
    return (
        f"samples [{pair.start}, {'end' if pair.stop is None else pair.stop}) of {pair.test.source} are on both sides: "
        f"'{pair.train.signal}' trains, '{pair.test.signal}' tests; list each part of a recording once"
    )


def part_told(part: SharedPart) -> str:
    """The line that names a part on both sides."""
    sides = f"'{part.train.signal}' trains, '{part.test.signal}' tests"
    if not part.specimen:
        unsaid = part.test if part.train.specimen else part.train
        return (
            f"a leak cannot be ruled out: the specimen of '{unsaid.signal}' is not stated ({sides}); "
            "fill the column specimen, or declare same_specimen: true"
        )
    return (
        f"specimen '{part.specimen}' is on both sides: {sides}; split by specimen, "
        "or declare same_specimen: true, which stamps every result 'same part'"
    )
