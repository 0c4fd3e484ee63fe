"""The house as pictures, from the code's own imports: run it, and `house.svg` and `imports.svg` are in `docs/figures`.

Floors are the layers of the contract in `pyproject.toml`, words the first line of each room's docstring, lines what
rooms import of one another. `house.svg` leaves out what follows from other lines (the transitive reduction);
`imports.svg` is the whole table. A test holds what is committed against this.
"""

import ast
import textwrap
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGE = "pipeline"
FIGURES = ROOT / "docs" / "figures"

WIDTH, MARGIN, GAP = 1000, 20, 14
BOX_HEIGHT, FLOOR_HEIGHT = 74, 104
LETTER = 5.9
"""Width of a letter of the small print, in units of the drawing."""

CELL, NAMES_WIDTH, NAMES_HEIGHT = 22, 110, 100
STYLE = (
    "text{font-family:sans-serif;fill:#1a1a1a}.name{font-size:14px;font-weight:bold}.words{font-size:11px}"
    ".box{fill:#f3f6f9;stroke:#37474f}.line{fill:none;stroke:#0072b2;stroke-opacity:.55;stroke-width:1.4}"
    ".cell{fill:#0072b2}.grid{stroke:#d0d7de}.self{fill:#e4e8ec}.page{fill:#ffffff}"
)

Imports = dict[str, frozenset[str]]


class Box(NamedTuple):
    """Where a room is drawn."""

    left: float
    top: float
    width: float

    @property
    def middle(self) -> float:
        """Of its width."""
        return self.left + self.width / 2


def floors() -> list[list[str]]:
    """The layers of the contract, the highest first, each with its rooms."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = (contract["layers"] for contract in tools["contracts"] if contract.get("containers") == ["pipeline"])
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def room_of(module: str) -> str:
    """The room that a module belongs to; empty for the package itself, and for others.

    Example:
        >>> room_of("pipeline.batch.store.lease"), room_of("numpy.fft")
        ('batch', '')
    """
    package, *inside = module.split(".")
    return inside[0] if package == PACKAGE and inside else ""


def imported(source: str) -> Iterator[str]:
    """The modules that a source imports, wherever in it.

    Example:
        >>> list(imported("from pipeline import terminal, options"))
        ['pipeline.terminal', 'pipeline.options']
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports(rooms: list[str]) -> Imports:
    """Which rooms each room imports."""
    found: dict[str, set[str]] = {room: set() for room in rooms}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        here = path.relative_to(ROOT / PACKAGE).with_suffix("").parts[0]
        if here in found:
            found[here] |= {room_of(module) for module in imported(path.read_text(encoding="utf-8"))} & set(rooms)
    return {room: frozenset(others - {room}) for room, others in found.items()}


def reduced(found: Imports) -> Imports:
    """The imports that do not follow from others.

    Example:
        >>> chain = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset()}
        >>> sorted((room, *others) for room, others in reduced(chain).items())
        [('a', 'b'), ('b', 'c'), ('c',)]
    """
    reach: dict[str, frozenset[str]] = {}

    def below(room: str) -> frozenset[str]:
        if room not in reach:
            reach[room] = found[room].union(*(below(other) for other in found[room]))
        return reach[room]

    return {
        room: frozenset(other for other in others if not any(other in below(third) for third in others - {other}))
        for room, others in found.items()
    }


def words_of(room: str) -> str:
    """What a room says of itself, in the first line of its docstring, after the colon where there is one."""
    path = ROOT / PACKAGE / f"{room}.py"
    path = path if path.exists() else ROOT / PACKAGE / room / "__init__.py"
    line = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
    return (line.partition(": ")[2] or line).rstrip(".").replace("`", "")


def placed(layers: list[list[str]]) -> dict[str, Box]:
    """Every room's place, floor by floor."""
    found = {}
    for floor, rooms in enumerate(layers):
        width = min(320.0, (WIDTH - 2 * MARGIN - GAP * (len(rooms) - 1)) / len(rooms))
        left = (WIDTH - width * len(rooms) - GAP * (len(rooms) - 1)) / 2
        for place, room in enumerate(rooms):
            found[room] = Box(left + place * (width + GAP), MARGIN + floor * FLOOR_HEIGHT, width)
    return found


def box(room: str, place: Box, below: frozenset[str]) -> str:
    """A room as a box with its name and words."""
    lines = textwrap.wrap(words_of(room), int((place.width - 14) / LETTER), max_lines=3, placeholder=" ...")
    text = "".join(
        f'<text class="words" x="{place.middle:g}" y="{place.top + 36 + 13 * number:g}" text-anchor="middle">'
        f"{escape(line)}</text>"
        for number, line in enumerate(lines)
    )
    return (
        f"<g><title>{room} imports {escape(', '.join(sorted(below)) or 'no other room')}</title>"
        f'<rect class="box" x="{place.left:g}" y="{place.top:g}" width="{place.width:g}" height="{BOX_HEIGHT}" rx="5"/>'
        f'<text class="name" x="{place.middle:g}" y="{place.top + 19:g}" text-anchor="middle">{room}</text>{text}</g>'
    )


def line(upper: Box, lower: Box) -> str:
    """An import, from the foot of a room to the head of another."""
    start, end = upper.top + BOX_HEIGHT, lower.top
    bend = min(60.0, (end - start) / 2 + 10)
    return (
        f'<path class="line" d="M{upper.middle:g} {start:g} C{upper.middle:g} {start + bend:g} '
        f'{lower.middle:g} {end - bend:g} {lower.middle:g} {end:g}"/>'
    )


def house(layers: list[list[str]], found: Imports) -> str:
    """Floors, rooms, and the imports that do not follow from others."""
    places = placed(layers)
    lines = [line(places[room], places[other]) for room, others in reduced(found).items() for other in sorted(others)]
    boxes = [box(room, place, found[room]) for room, place in places.items()]
    height = 2 * MARGIN + FLOOR_HEIGHT * len(layers) - (FLOOR_HEIGHT - BOX_HEIGHT)
    return drawing(WIDTH, height, "The house: rooms by floors, and what they import", [*lines, *boxes])


def matrix(rooms: list[str], found: Imports) -> str:
    """A row and a column for each room, a dot where the row imports the column; downhill is right of the middle."""
    side = NAMES_WIDTH + CELL * len(rooms)
    parts = [cells(place, room, rooms, found[room]) for place, room in enumerate(rooms)]
    return drawing(side + MARGIN, side - NAMES_WIDTH + NAMES_HEIGHT + MARGIN, "Which room imports which", parts)


def cells(place: int, room: str, rooms: list[str], below: frozenset[str]) -> str:
    """A row of the table, and the name of the column of the same room."""
    top, left = NAMES_HEIGHT + CELL * place, NAMES_WIDTH + CELL * place
    dots = "".join(
        f'<circle class="cell" cx="{NAMES_WIDTH + CELL * (column + 0.5):g}" cy="{top + CELL / 2:g}" r="6"/>'
        for column, other in enumerate(rooms)
        if other in below
    )
    right = NAMES_WIDTH + CELL * len(rooms)
    return (
        f'<rect class="self" x="{left}" y="{top}" width="{CELL}" height="{CELL}"/>'
        f'<line class="grid" x1="{NAMES_WIDTH}" x2="{right}" y1="{top + CELL}" y2="{top + CELL}"/>'
        f'<text class="words" x="{NAMES_WIDTH - 6}" y="{top + 15}" text-anchor="end">{room}</text>'
        f'<text class="words" transform="translate({left + 15} {NAMES_HEIGHT - 6}) rotate(-90)">{room}</text>{dots}'
    )


def drawing(width: float, height: float, title: str, parts: list[str]) -> str:
    """An SVG that stands on a page of its own, on white, whatever the colours around it."""
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">\n'
        f"<title>{title}</title>\n"
        f'<style>{STYLE}</style>\n<rect class="page" width="{width:g}" height="{height:g}"/>\n{body}\n</svg>\n'
    )


def drawn() -> dict[str, str]:
    """Every picture by the name of its file."""
    layers = floors()
    rooms = [room for layer in layers for room in layer]
    found = imports(rooms)
    return {"house.svg": house(layers, found), "imports.svg": matrix(rooms, found)}


if __name__ == "__main__":
    for name, picture in drawn().items():
        (FIGURES / name).write_text(picture, encoding="utf-8")
