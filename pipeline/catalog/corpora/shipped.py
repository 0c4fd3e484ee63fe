"""Shipped: the manifests that come with the package, and those of other packages."""

from pathlib import Path

from pipeline.registry import Registry

HERE = Path(__file__).parent
CWRU = HERE / "cwru.yaml"
HIT_SM = HERE / "hit_sm.yaml"
GEARBOX = HERE / "gearbox.yaml"
MFPT = HERE / "mfpt.yaml"
FEMTO = HERE / "femto.yaml"
UCONN_GEAR = HERE / "uconn_gear.yaml"
SEU = HERE / "seu.yaml"
PADERBORN = HERE / "paderborn.yaml"
UORED = HERE / "uored.yaml"

CORPORA: Registry[Path] = Registry(
    "corpus",
    {
        "cwru": "pipeline.catalog.corpora.shipped:CWRU",
        "hit_sm": "pipeline.catalog.corpora.shipped:HIT_SM",
        "gearbox": "pipeline.catalog.corpora.shipped:GEARBOX",
        "mfpt": "pipeline.catalog.corpora.shipped:MFPT",
        "femto": "pipeline.catalog.corpora.shipped:FEMTO",
        "uconn_gear": "pipeline.catalog.corpora.shipped:UCONN_GEAR",
        "seu": "pipeline.catalog.corpora.shipped:SEU",
        "paderborn": "pipeline.catalog.corpora.shipped:PADERBORN",
        "uored": "pipeline.catalog.corpora.shipped:UORED",
    },
    group="faultprint.corpora",
)
"""Name -> the YAML file that describes the corpus."""
