"""The pictures of these pages, as notebooks and commands draw them: run it, and `docs/figures/*.png` are written.

A cell tagged `figure-NAME` draws `NAME.png`; nothing is drawn twice in the sources. `verdict.png` is the upper half of
a sheet of `faultprint explain`. Needs no network.
"""

import base64
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from PIL import Image

from pipeline import cli
from pipeline.catalog.export import write_signals
from pipeline.signals.simulation.fleet import demo_fleet

ROOT = Path(__file__).parents[1]
TAG = "figure-"


def drawn(notebook: Path) -> Iterator[tuple[str, bytes]]:
    """Name and PNG of every tagged picture, the notebook being run from its first cell."""
    story = nbformat.read(notebook, as_version=4)
    NotebookClient(story, resources={"metadata": {"path": notebook.parent}}).execute()
    for cell in story.cells:
        names = [tag.removeprefix(TAG) for tag in cell.metadata.get("tags", []) if tag.startswith(TAG)]
        pictures = [output.data["image/png"] for output in cell.get("outputs", []) if "data" in output]
        yield from zip(names, map(base64.b64decode, pictures), strict=False)


MACHINE = 2
"""Of the demo's inbox: an inner race at 1064 rpm, a recording of README."""

UPPER_HALF = (0.03, 0.48)
"""Of a sheet: verdict, waveform, probabilities and image; shares of its height."""


def sheet(machine: int) -> bytes:
    """PNG of the upper half of what `faultprint explain ready` says of a machine of the demo."""
    with TemporaryDirectory() as folder:
        _, unseen = demo_fleet(seed=0)
        path = write_signals(unseen[: machine + 1], Path(folder), with_labels=False)[machine]
        if cli.run(["explain", "ready", str(path), "--out", f"{folder}/sheets", "--quiet"]):
            raise SystemExit("no sheet was drawn")
        (drawn_sheet,) = Path(folder, "sheets").glob("*.png")
        whole, file = Image.open(drawn_sheet), BytesIO()
        top, bottom = (round(share * whole.height) for share in UPPER_HALF)
        whole.crop((0, top, whole.width, bottom)).save(file, "png")
        return file.getvalue()


def with_palette(picture: bytes) -> bytes:
    """The same picture in 128 colours: a third of the size."""
    file = BytesIO()
    Image.open(BytesIO(picture)).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, "png", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    # The real recordings are not ours to publish: pages show simulated signals, wherever they are drawn.
    os.environ.pop("FAULTPRINT_DATA", None)
    folder = ROOT / "docs" / "figures"
    folder.mkdir(exist_ok=True)
    (folder / "verdict.png").write_bytes(with_palette(sheet(MACHINE)))
    for notebook in sorted((ROOT / "notebooks").glob("02_*.ipynb")):
        for name, picture in drawn(notebook):
            (folder / f"{name}.png").write_bytes(with_palette(picture))
