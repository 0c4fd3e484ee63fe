"""The pictures of these pages, as the notebooks draw them: run it, and `docs/figures/*.png` are written.

A cell tagged `figure-NAME` draws `NAME.png`; nothing is drawn twice in the sources. Needs no network.
"""

import base64
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

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
    for notebook in sorted((ROOT / "notebooks").glob("02_*.ipynb")):
        for name, picture in drawn(notebook):
            (folder / f"{name}.png").write_bytes(with_palette(picture))
