"""Shipped: the manifests that come with the package, and those of other packages."""

from pathlib import Path

from pipeline.registry import Registry

HERE = Path(__file__).parent
CWRU = HERE / "cwru.yaml"
HIT_SM = HERE / "hit_sm.yaml"
GEARBOX = HERE / "gearbox.yaml"
MFPT = HERE / "mfpt.yaml"

CORPORA: Registry[Path] = Registry(
    "corpus",
    {
        "cwru": "pipeline.catalog.corpora.shipped:CWRU",
        "hit_sm": "pipeline.catalog.corpora.shipped:HIT_SM",
        "gearbox": "pipeline.catalog.corpora.shipped:GEARBOX",
        "mfpt": "pipeline.catalog.corpora.shipped:MFPT",
    },
    group="faultprint.corpora",
)
"""Name -> the YAML file that describes the corpus."""
