"""Results page: `docs/results.md` from the JSON of every benchmark, and from nothing else.

    python benchmarks/results_page.py

The page follows from the folder `benchmarks/results` alone, so that a test can compare it with the one that is kept.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from result_sections import SECTIONS, Row, Section

ROOT = Path(__file__).parents[1]
RESULTS, PAGE = ROOT / "benchmarks" / "results", ROOT / "docs" / "results.md"

HEAD = """# Results

Written from `benchmarks/results/*.json` by `make bench`, or by `python benchmarks/results_page.py` alone; not to be
edited. One section per benchmark: what it asks, its table, what is known of it besides, and what ran it. Losses stand
with the rest, and so do targets that were missed.

- AUROC and accuracy are in percent; "±" is the standard deviation over splits, not an error of the mean.
- Figures are **honest** unless a column says otherwise: no part that tests has trained. **LEAKY** is windows dealt at
  random, as most papers do; **same part** is another load, speed or time of a part that has trained.
- Published figures and first sketches carry a mark: **R** read in the source itself, **S** in another text that quotes
  it, **M** from memory and to be checked, **O** our own first sketch.
"""

HEADINGS = {
    "macro_auroc": "AUROC",
    "auroc": "AUROC",
    "recordings_auroc": "recordings AUROC",
    "random_windows_leaky": "random windows: LEAKY",
    "load_out_same_part": "load out: same part",
    "random_over_honest": "LEAKY adds",
    "load_out_over_honest": "same part adds",
    "accuracy_any": "accuracy, any",
    "ms_per_image": "ms",
    "level_db": "first measured, dB",
    "else_found": "found besides",
    "single_p_percent": "single p ≤ 0.05, %",
    "iqr_ms": "±",
    "iqr_s": "±",
}
COUNTED = {"batch": "batch {}", "threads": "threads {}", "windows_per_signal": "windows {}", "loads": "loads {}"}
"""How a value reads in a heading, where the value alone would not say what it is."""


def page(results: Path) -> str:
    """The whole page.

    Args:
        results: the folder with `NAME.json`, and `NAME.png` where there is a figure.
    """
    parts = [section_text(section, results) for section in SECTIONS]
    return "\n".join([HEAD, contents(results), *parts])


def contents(results: Path) -> str:
    """One line per section, with those that have no result yet."""
    lines = []
    for section in SECTIONS:
        missing = "" if (results / f"{section.name}.json").exists() else " (missing)"
        lines.append(f"- [{section.title}](#{anchor(section.title)}){missing}")
    return "\n".join([*lines, ""])


def anchor(title: str) -> str:
    """A heading as the fragment that links to it.

    Example:
        >>> anchor("H3: a load never seen (SpectraQuest gearbox): a smoke test")
        'h3-a-load-never-seen-spectraquest-gearbox-a-smoke-test'
    """
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def section_text(section: Section, results: Path) -> str:
    """A section, or where it would come from."""
    start = f"## {section.title}\n\n{section.asks}\n" + "".join(f"\nPublished: {line}.\n" for line in section.published)
    path = results / f"{section.name}.json"
    if not path.exists():
        command = f"python benchmarks/{section.name}.py --json benchmarks/results/{section.name}.json"
        return f"{start}\n**Missing.** No result is kept; `{command}` writes it.\n"
    found = json.loads(path.read_text())
    picture = f"![{section.title}](../benchmarks/results/{section.name}.png)\n"
    drawn = [picture] if path.with_suffix(".png").exists() else []
    return "\n".join([start, *table_text(section, found["rows"]), *drawn, *notes_text(found), ran_text(found)])


def table_text(section: Section, rows: Sequence[Row]) -> Iterator[str]:
    """The rows that are shown, and what was left out."""
    shown = [together(row) for row in rows if section.keep is None or section.keep(row)]
    if not shown:
        yield "No rows.\n"
        return
    lines = spread_out(section, shown) if section.spread else shown
    wanted = [*section.columns, *(name for name in lines[0] if section.spread and name not in section.columns)]
    columns = [name for name in wanted if any(line.get(name) is not None for line in lines)]
    yield "\n".join(markdown([HEADINGS.get(name, name.replace("_", " ")) for name in columns], columns, lines)) + "\n"
    if len(shown) < len(rows):
        yield f"{len(shown)} of {len(rows)} rows: {section.kept}.\n"


def together(row: Row) -> dict[str, Any]:
    """A row, with what reads better as one: a mean with its spread, a net with its weights, a target with its end.

    Example:
        >>> row = {"macro_auroc": 94.1, "std": 5.3, "backbone": "vgg16", "weights": "random", "target": 94.0}
        >>> found = together(row | {"reached": "reached"})
        >>> found["auroc"], found["net"], found["goal"]
        ('94.10 ± 5.30', 'vgg16, random', '94: reached')
    """
    mean, spread = row.get("macro_auroc"), row.get("std")
    reached = row.get("reached")
    goal = [cell(row.get("target")), ("missed", "reached")[reached] if isinstance(reached, bool) else reached]
    return {
        **row,
        "auroc": f"{mean:.2f} ± {spread:.2f}" if mean is not None and spread is not None else mean,
        "both": None if mean is None else f"{mean:.1f} / {row.get('accuracy') or 0.0:.1f}",
        "net": ", ".join(row[name] for name in ("backbone", "weights") if row.get(name)) or None,
        "goal": ": ".join(str(part) for part in goal if part) or None,
    }


def spread_out(section: Section, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows that differ in some columns only as one, those columns' values as columns.

    Example:
        >>> section = Section("noise", "", "", ("method",), spread=("snr",))
        >>> rows = [{"method": "a", "snr": 10, "macro_auroc": 90.0}, {"method": "a", "snr": 0, "macro_auroc": 80.0}]
        >>> spread_out(section, rows)
        [{'method': 'a', '10': 90.0, '0': 80.0}]
    """
    headings = dict.fromkeys(heading(section, row, figure) for row in rows for figure in section.figures)
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        same = {name: row.get(name) for name in section.columns}
        line = lines.setdefault(tuple(same.values()), same | dict.fromkeys(headings))
        line.update({heading(section, row, figure): row.get(figure) for figure in section.figures})
    return list(lines.values())


def heading(section: Section, row: Row, figure: str) -> str:
    """What a value of the spread columns is called, and the figure where there are several."""
    values = ", ".join(COUNTED.get(name, "{}").format(row.get(name)) for name in section.spread)
    return values if len(section.figures) == 1 else f"{values}: {HEADINGS.get(figure, figure)}"


def markdown(titles: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    """A table, line by line; numbers to the right."""
    numeric = [all(isinstance(row.get(name), int | float | None) for row in rows) for name in columns]
    yield "| " + " | ".join(map(escaped, titles)) + " |"
    yield "|" + "|".join("---:" if right else "---" for right in numeric) + "|"
    for row in rows:
        yield "| " + " | ".join(cell(row.get(name)) for name in columns) + " |"


def cell(value: Any) -> str:
    """A value as a cell shows it.

    Example:
        >>> [cell(value) for value in (94.0625, 100.0, None, True, 100000, "a|b", 4e-05)]
        ['94.06', '100', '', 'yes', '100,000', 'a\\\\|b', '4e-05']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return escaped(str(value))


def escaped(text: str) -> str:
    """Text that neither ends a cell nor opens a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def notes_text(found: Mapping[str, Any]) -> list[str]:
    """What a benchmark says below its table: what is published, what was reached and what was missed, its traps."""
    broken = [] if found.get("finished", True) else ["Broken off: these are the rows so far."]
    lines = [f"- {escaped(line)}" for line in (*broken, *found.get("notes", ()))]
    return ["\n".join(lines) + "\n"] if lines else []


def ran_text(found: Mapping[str, Any]) -> str:
    """The command, the machine, the versions, the commit."""
    machine = found["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    place = f"{machine['processor']}, {machine['cores']} cores, {counted(machine['threads'], 'thread')}"
    return f"`{found['command']}`\n\n{place}; commit {(found['commit'] or 'unknown')[:10]}; {versions}.\n"


def counted(count: int, what: str) -> str:
    """A number and its noun.

    Example:
        >>> counted(1, "thread"), counted(2, "thread")
        ('1 thread', '2 threads')
    """
    return f"{count} {what}{'s' * (count != 1)}"


if __name__ == "__main__":
    PAGE.write_text(page(RESULTS))
