"""Paragraphs: text in lines no wider than the page, measured in the letters that are drawn."""

from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font, LoadFlags

from pipeline.reporting.drawing import drawable

LONGEST = 2000
"""Letters of a paragraph; what comes after them was never going to fit."""


def wrapped(text: str, width_in: float, size_pt: float, most: int, weight: str = "normal") -> list[str]:
    """Text in lines that fit, as the figures' font can draw it; of more lines the first ones, and an ellipsis.

    Args:
        text: what is said; words longer than a line are broken.
        width_in: of a line.
        size_pt: of the letters.
        most: how many lines there is room for.
        weight: "normal" or "bold".

    Example:
        >>> wrapped("one two three", width_in=0.5, size_pt=8.0, most=2)
        ['one two', 'three']
        >>> wrapped("one two three", width_in=0.5, size_pt=8.0, most=1)
        ['one tw…']
    """
    room_pt = width_in * 72
    rest = drawable(text, LONGEST).replace(r"\$", "$")
    lines: list[str] = []
    while rest and len(lines) < most:
        fits = _fitting(rest, room_pt, size_pt, weight)
        if fits == len(rest):
            line, rest = rest, ""
        elif len(lines) == most - 1:
            line, rest = f"{rest[: max(fits - 2, 1)].rstrip()}…", ""
        else:
            cut = rest.rfind(" ", 0, fits + 1)
            cut = fits if cut <= 0 else cut
            line, rest = rest[:cut].rstrip(), rest[cut:].lstrip()
        lines.append(line.replace("$", r"\$"))
    return lines


def _fitting(text: str, room_pt: float, size_pt: float, weight: str) -> int:
    """How many letters of a text fit, one at least."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _width_pt(text[:middle], size_pt, weight) <= room_pt else (low, middle - 1)
    return low


def _width_pt(text: str, size_pt: float, weight: str) -> float:
    font = _font(weight)
    font.set_size(size_pt, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    width, _ = font.get_width_height()
    return float(width) / 64


@cache
def _font(weight: str) -> FT2Font:
    return get_font(findfont(FontProperties(weight=weight)))
