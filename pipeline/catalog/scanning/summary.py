"""Summary: what a catalog that a scan made holds, counted."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pipeline.catalog.scanning.scan import Scanned

UNKNOWN = "unknown"


def summary_of(scanned: Scanned) -> dict[str, Any]:
    """What a catalog holds, counted.

    Returns:
        `files`, `signals`, `labels` (sorted), `signals_per_label`, `unlabelled`, `rates_hz` and `units` with the number
        of signals of each, `specimens`, `without_specimen`, `agreement` where labellers voted, `files_known` (taken
        from before), `files_changed` and `files_gone` since the earlier catalog, `notes`, `skipped`.
    """
    catalog = scanned.catalog
    groups = counted(row.agreement for row in catalog if row.agreement)
    return {
        "files": scanned.n_files,
        "signals": len(catalog),
        "labels": list(catalog.labels),
        "signals_per_label": counted(label for row in catalog for label in row.labels),
        "unlabelled": sum(not row.labels for row in catalog),
        "rates_hz": counted(UNKNOWN if row.rate_hz is None else f"{row.rate_hz:.15g}" for row in catalog),
        "units": counted(row.unit or UNKNOWN for row in catalog),
        "specimens": len({row.specimen for row in catalog if row.specimen}),
        "without_specimen": sum(not row.specimen for row in catalog),
        **({"agreement": groups} if groups else {}),
        "files_known": scanned.n_known,
        "files_changed": scanned.n_changed,
        "files_gone": scanned.n_gone,
        "notes": list(catalog.notes),
        "skipped": [{"file": file, "reason": reason} for file, reason in catalog.skipped],
    }


def counted(words: Iterable[str]) -> dict[str, int]:
    """How often each word comes, sorted by word.

    Example:
        >>> counted(["g", "unknown", "g"])
        {'g': 2, 'unknown': 1}
    """
    return dict(sorted(Counter(words).items()))
