"""Witness words: what physics says of a file, as rows of a table and the lines below it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.diagnosis.witness.witness import NO_BEARING, NO_GEAR

Entry = Mapping[str, Any]

PARTS = frozenset({"outer_race", "inner_race", "ball", "cage", "gear_tooth"})
"""Labels of a bearing or a gear."""

WITNESS_COLUMNS = ("file", "channel", "label", "says", "order", "hz", "harmonics", "db", "p", "band_hz")


def witness_rows(entry: Entry) -> list[Sequence[Any]]:
    """A line per channel and label that could be asked."""
    name = entry["source"].rpartition("/")[2]
    rows: list[Sequence[Any]] = []
    for channel in entry["channels"]:
        witness = channel.get("witness") or {}
        for line in (*witness.get("lines", ()), *witness.get("absent", ())):
            measured = [f"{line['order']:.4g}", f"{line['hz']:.5g}", line["harmonics"], f"{line['snr_db']:.1f}"]
            band = "-".join(map(str, line["band_hz"])) if "band_hz" in line else None
            rows.append((name, channel["name"], line["label"], _says(line), *measured, f"{line['p_value']:.3g}", band))
    return rows


def _says(line: Entry) -> str:
    return "found" if line["found"] else "hint" if line["hint"] else "no"


def witness_lines(entry: Entry) -> list[str]:
    """Notes, foreign lines, what was not asked and why, each reason once; what p means, where something was asked."""
    told = [f"warning: {entry['source']}: {line}" for line in entry["warnings"]]
    for channel in entry["channels"]:
        witness = channel.get("witness")
        if witness:
            where = f"{entry['source']} {channel['name']}"
            told += [f"note: {where}: {each['label']}: {each['note']}" for each in _noted(witness)]
            told += [
                f"note: {where}: lines at {_place(each)}, which no part of this bearing makes"
                for each in witness["others"]
            ]
            told += [f"not asked: {where}: {line}" for line in _unasked(witness)]
    asked = [channel["witness"] for channel in entry["channels"] if is_asked(channel)]
    if asked:
        told.append(
            f"p: how often random orders of the same recording do as well, at least {asked[0]['floor']:.3g}; found at "
            f"{asked[0]['level']:g} over all labels of bearing and gear; hints need levels or directions"
        )
    return told + ([f"not read: {entry['reason']}"] if entry["reason"] else [])


def is_asked(channel: Entry) -> bool:
    """Whether anything could be asked of a channel."""
    witness = channel.get("witness") or {}
    return bool(witness.get("lines") or witness.get("absent"))


def _noted(witness: Entry) -> list[Entry]:
    return [line for line in (*witness["lines"], *witness["absent"]) if line.get("note")]


def _place(other: Entry) -> str:
    return f"order {other['order']:.4g}, {other['hz']:.5g} Hz"


def _unasked(witness: Entry) -> list[str]:
    """Labels of one reason together; where a bearing or a gear was asked, that the other is not known is no news."""
    asked = {line["label"] for line in (*witness["lines"], *witness["absent"])}
    of_reason: dict[str, list[str]] = {}
    for label, reason in witness["not_asked"].items():
        if not (asked & PARTS and reason in (NO_BEARING, NO_GEAR)):
            of_reason.setdefault(reason, []).append(label)
    return [f"{', '.join(labels)}: {reason}" for reason, labels in of_reason.items()]
