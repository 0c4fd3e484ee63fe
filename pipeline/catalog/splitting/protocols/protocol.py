"""Protocol: a published split as an object that knows which options it takes and which splits it has."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.config import SplitConfig
from pipeline.catalog.splitting.sides import Split
from pipeline.errors import CatalogError

OPTIONS = ("seed", "side", "faults_only", "fold", "test")
"""What a config can say to a protocol; each takes some of them."""


def as_it_is(catalog: Catalog, config: SplitConfig) -> Iterable[SplitConfig]:  # noqa: ARG001 - what every protocol is asked
    """The splits of a protocol that has one: the config itself."""
    return (config,)


@dataclass(frozen=True)
class Protocol:
    """A published split by name.

    Attributes:
        make: from a catalog and a split's config to the two sides; its docstring is the protocol's.
        takes: the options it understands; any other is refused, as it would silently change nothing.
        every: the configs of all its splits that fit a config.
        signals: the rows of a catalog that take part in any of them, as they take part; None where all do.
    """

    make: Callable[[Catalog, SplitConfig], Split]
    takes: frozenset[str] = frozenset()
    every: Callable[[Catalog, SplitConfig], Iterable[SplitConfig]] = as_it_is
    signals: Callable[[Catalog], Iterable[Row]] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "__doc__", self.make.__doc__)

    def __call__(self, catalog: Catalog, config: SplitConfig) -> Split:
        """The two sides, after a look at the options.

        Raises:
            CatalogError: for an option that the protocol does not know, or when the catalog lacks what it needs.
        """
        known = self.takes | ({"seed"} if config.leaky else set())  # which then deals the random parts
        astray = [name for name in OPTIONS if getattr(config, name) and name not in known]
        if astray:
            takes = ", ".join(name for name in OPTIONS if name in self.takes) or "no options"
            raise CatalogError(f"split: {config.protocol} takes {takes}; remove {' and '.join(astray)}")
        return self.make(catalog, config)
