"""The ready model again, from its seed: simulated machines, a net, a bundle; and whether it is the one that ships.

    python benchmarks/rebuild_ready.py

Writes `model.yaml`, `weights.safetensors` and `reference.safetensors` of `pipeline/models/ready/` anew. The same seed
gives the same weights on the same machine and libraries; on others the last digits may differ, and with them the file.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from ledger import count

from pipeline.models.bundle_files import CARD, REFERENCE, WEIGHTS, sha256_of
from pipeline.models.ready import FOLDER
from pipeline.training.simulated.ready_model import N_SIGNALS, SEED
from pipeline.workflow.rebuild_ready import rebuild


def main() -> None:
    """Rebuild, compare, put in place."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--signals", type=count, default=N_SIGNALS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=count, default=2)
    parser.add_argument("--compare", action="store_true", help="only say whether the result is the one that ships")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "ready"
        rebuild(made, options.signals, options.seed, workers=options.workers)
        same = sha256_of(made / WEIGHTS) == sha256_of(FOLDER / WEIGHTS)
        print("the same weights as those that ship" if same else "other weights than those that ship")
        if not options.compare:
            for name in (CARD, WEIGHTS, REFERENCE):
                shutil.copyfile(made / name, FOLDER / name)


if __name__ == "__main__":
    main()
