"""Row: one signal as a catalog knows it, before any sample is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Self

from pipeline.errors import CatalogError
from pipeline.signals.bearing import Bearing
from pipeline.signals.gear import Gear


@dataclass(frozen=True, slots=True)
class Row:
    """One signal: which channel of which file, what it listens to, and what is known of it.

    Attributes:
        signal: unique id in the catalog, such as "105/DE"; parts of one recording keep the id of the whole.
        source: the file, relative to the catalog's root (with "/"), or absolute.
        channel: name or glob in the file, such as "*DE_time"; None where the file has only one.
        point, machine, specimen: where on which machine, and the physical part (the group key of splits).
        labels: known truth; empty where nobody has said.
        rate_hz, speed_rpm: None where the catalog does not know (the file may).
        rate_from, speed_from: who says so: "file", "side file", "file name", "table", "manifest", "inferred" or
            "nominal" (of a manifest); empty where nobody said who.
        bearing, gear: the part the signal listens to.
        unit: of the samples.
        n_samples: length of the whole recording in the file.
        reader: name of the reader, where the content does not decide.
        start, stop: the part [start, stop) of the recording, in samples of the file; None is its end.
        condition: load, severity and the like, under the names of the `condition.*` columns.
        sha256: hash of the file, where known.
        size_bytes, modified: size and time of the file when it was scanned, by which a later scan knows it again.
        label_shares: label -> share of the labellers who gave it, where several looked; empty otherwise.
        agreement: "unambiguous_defect", "ambiguous" or "no_defect", where several labellers looked.

    Example:
        >>> row = Row("105/DE", "cwru/105.mat", channel="*DE_time", labels=("inner_race",), n_samples=121265)
        >>> row.span, row.part(0, 60000).span, row.recording
        ((0, 121265), (0, 60000), 'cwru/105.mat')
    """

    signal: str
    source: str
    channel: str | None = None
    point: str = ""
    machine: str = ""
    specimen: str = ""
    labels: tuple[str, ...] = ()
    rate_hz: float | None = None
    rate_from: str = ""
    speed_rpm: float | None = None
    speed_from: str = ""
    bearing: Bearing | None = None
    gear: Gear | None = None
    unit: str | None = None
    n_samples: int | None = None
    reader: str | None = None
    start: int = 0
    stop: int | None = None
    condition: Mapping[str, str | float] = field(default_factory=dict, hash=False)
    sha256: str | None = None
    size_bytes: int | None = None
    modified: str = ""
    label_shares: Mapping[str, float] = field(default_factory=dict, hash=False)
    agreement: str = ""

    @property
    def operating(self) -> dict[str, str | float]:
        """Of its conditions those that belong to running a machine beside its speed: load and temperature.

        Example:
            >>> Row("a", "a.wav", condition={"load_hp": 2, "severity": 7}).operating
            {'load_hp': 2}
        """
        return {name: value for name, value in self.condition.items() if name.startswith(("load", "temperature"))}

    def __post_init__(self) -> None:
        if not self.signal or not self.source:
            raise CatalogError(f"a row needs a signal and a source, got {self.signal!r} and {self.source!r}")
        if parted := next((label for label in self.labels if "|" in label), None):
            raise CatalogError(
                f"signal '{self.signal}': label '{parted}' would be two labels in a catalog, where | parts them; "
                "give it another name"
            )
        end = self.stop if self.stop is not None else self.n_samples
        if self.start < 0 or (end is not None and end <= self.start):
            raise CatalogError(f"signal '{self.signal}': a part [{self.start}, {end}) of it holds no samples")
        if self.n_samples is not None and end is not None and end > self.n_samples:
            raise CatalogError(f"signal '{self.signal}': a part ends at {end}, but it has {self.n_samples} samples")

    @property
    def recording(self) -> str:
        """The file, spelt one way, so that `./a.wav` and `a.wav` are one recording."""
        return str(PurePosixPath(self.source))

    @property
    def span(self) -> tuple[int, int]:
        """First sample and end of the part this row means.

        Raises:
            CatalogError: when the end is not known.
        """
        stop = self.stop if self.stop is not None else self.n_samples
        if stop is None:
            raise CatalogError(
                f"signal '{self.signal}': its length is not known, so it cannot be cut in time; "
                "scan its folder again, or fill the column n_samples"
            )
        return self.start, stop

    def part(self, start: int, stop: int) -> Self:
        """The same signal, samples [start, stop) of the file only."""
        return replace(self, start=start, stop=stop)

    def changed(self, **changes: Any) -> Self:
        """A copy with some attributes replaced."""
        return replace(self, **changes)
