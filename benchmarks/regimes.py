"""One config under the four regimes: what each scores on parts it never saw, and what it costs.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/regimes.py --json regimes.json

Without the public recordings, and with --quick, the same runs on a few simulated machines (their weights may then be
random ones: the row says which).
"""

import tempfile
from pathlib import Path

from ledger import Ledger, arguments

from pipeline.catalog.export import write_signals
from pipeline.catalog.scanning.scan import scan
from pipeline.config import RunConfig, load_config
from pipeline.signals.simulation.fleet import demo_fleet
from pipeline.training.learn import versions
from pipeline.workflow.train import train

CONFIGS = Path(__file__).parents[1] / "configs"
REGIMES = ("head", "last_blocks", "full", "scratch")


def simulated(folder: Path) -> Path:
    """A catalog of a few simulated machines."""
    write_signals(demo_fleet(seed=0)[0][:48], folder / "recordings")
    scan(folder / "recordings").write(folder / "catalog.csv")
    return folder / "catalog.csv"


def main() -> None:
    """Train the config once per regime."""
    options = arguments(__doc__)
    ledger = Ledger("regimes.py")
    with tempfile.TemporaryDirectory() as scratch:
        settings: tuple[str, ...] = ()
        path = CONFIGS / "cwru_wavelet_squeezenet.yaml"
        if options.quick or not options.data:
            catalog = simulated(Path(scratch))
            settings = (f"data={{catalog: {catalog}}}", "task=multiclass", "window={seconds: 0.5, per_signal: 1}")
            settings += ("split={group: specimen, test_share: 0.34}", "fit.epochs=1", "branches.0.weights=random")
        for regime in REGIMES:
            config: RunConfig = load_config(path, (*settings, f"branches.0.regime={regime}"))
            metrics = train(config, Path(scratch) / regime)
            figures = metrics["test"]
            branch = config.branches[0]
            ledger.add(
                method=config.name,
                image="wavelet",
                backbone=branch.backbone,
                weights="random" if regime == "scratch" or branch.weights == "random" else "imagenet",
                regime=regime,
                splits=1,
                macro_auroc=figures["windows"]["macro_auroc"],
                std=None,
                recordings_auroc=figures["recordings"].get("macro_auroc"),
                accuracy=figures["windows"]["accuracy"],
                majority=figures["windows"]["majority"],
                specimens=metrics["specimens"]["train"],
                seconds=metrics["seconds"],
            )
    ledger.note(f"torch {versions()['torch']}; protocol: {metrics['protocol']}")
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
