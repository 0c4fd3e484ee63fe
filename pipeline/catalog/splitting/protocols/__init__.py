"""Protocols: published splits by name, each from a catalog and a split's config to a split."""

from typing import TYPE_CHECKING

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.catalog.splitting.protocols.protocol import Protocol

PROTOCOLS: "Registry[Protocol]" = Registry(
    "protocol",
    {
        name: f"pipeline.catalog.splitting.protocols.{name}:{name.upper()}"
        for name in (
            "cwru_bearingwise",
            "cwru_sizewise",
            "gearbox_load",
            "severity",
            "cross_machine",
            "paderborn_bearingwise",
        )
    },
    group="faultprint.protocols",
)

__all__ = ["PROTOCOLS"]
