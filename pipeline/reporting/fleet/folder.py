"""Folder: where the pages of a report lie; an earlier report is replaced page by page, anything else is left alone."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from pipeline.errors import RequestError
from pipeline.reporting.templates import encoded
from pipeline.whole_file import write_text, write_whole

MARK = "faultprint-report.json"
PARTS = ("datatables.min.js", "datatables.LICENSE.txt", "tables.js")
SLUG_LETTERS = 40


class Folder:
    """A folder of pages.

    Args:
        out: made if it is not there.
        inboxes: where recordings come in, and pages would be taken for such.

    Raises:
        RequestError: when it lies in an inbox, holds something else than an earlier report, or cannot be written.
    """

    def __init__(self, out: Path, inboxes: Sequence[Path] = ()) -> None:
        real = Path(os.path.realpath(out))
        if any(real.is_relative_to(inbox) for inbox in inboxes):
            raise RequestError(f"--out {out}: lies in an inbox, whose batch would read the pages; name another folder")
        if out.exists() and not out.is_dir():
            raise RequestError(f"--out {out}: is a file, and a folder is needed; name another")
        try:
            if out.exists() and any(out.iterdir()) and not (out / MARK).is_file():
                raise RequestError(f"--out {out}: holds something else than an earlier report; name another folder")
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RequestError(f"--out {out}: cannot be used ({(error.strerror or 'error').lower()})") from None
        self.out = out
        self._written: set[Path] = set()
        self.mark({"complete": False})

    def mark(self, facts: dict[str, object]) -> None:
        """Note what the folder holds, for whoever finds it and for the next report."""
        write_text(self.out / MARK, json.dumps(facts, indent=1) + "\n")

    def write(self, name: str, text: Iterable[str]) -> Path:
        """Write a page; what its names hold that is no character is shown as a code."""
        path = self.out / name
        self._written.add(path)
        return write_whole(path, encoded(text))

    def write_parts(self) -> None:
        """What the pages use."""
        for name in PARTS:
            write_whole(self.out / "parts" / name, [files(__package__).joinpath("parts", name).read_bytes()])

    def finish(self, facts: dict[str, object], made_at: datetime) -> None:
        """Take away pages of an earlier report that this one does not have, and note that it is complete."""
        for old in (*self.out.glob("machines/*.html"), *self.out.glob("sheets/*.html"), *self.out.glob("*.html")):
            if old not in self._written:
                old.unlink(missing_ok=True)
        self.mark({"complete": True, "made_at": made_at.isoformat(), **facts})


def page_of(machine: str, site: str = "") -> str:
    """The page of a machine: the same every night, so that links to it last; safe on every file system.

    Args:
        machine: its name.
        site: where it stands; two machines of one name on two sites have a page each.

    Example:
        >>> page_of("Hall 2/pump 7"), page_of("<b>")
        ('machines/hall-2-pump-7-be9126c5.html', 'machines/b-507ca5a2.html')
    """
    slug = re.sub(r"[^a-z0-9]+", "-", machine.lower())[:SLUG_LETTERS].strip("-") or "machine"
    whole = f"{machine}\n{site}" if site else machine
    told_apart = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"machines/{slug}-{told_apart}.html"
