"""Cache folder: where everything lies that can be made or fetched again."""

import os
import sys
from pathlib import Path

VARIABLE = "FAULTPRINT_CACHE"


def default_folder() -> Path:
    """`FAULTPRINT_CACHE`, or the place the platform has for caches."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "faultprint" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "faultprint"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "faultprint"
