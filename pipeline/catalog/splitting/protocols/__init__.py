"""Protocols: published splits by name, each a function from a catalog and a split's config to a split."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.catalog.catalog import Catalog
    from pipeline.catalog.splitting.split import Split, SplitConfig

PROTOCOLS: "Registry[Callable[[Catalog, SplitConfig], Split]]" = Registry(
    "protocol",
    {"cwru_bearingwise": "pipeline.catalog.splitting.protocols.cwru_bearingwise:cwru_bearingwise"},
    group="faultprint.protocols",
)

__all__ = ["PROTOCOLS"]
