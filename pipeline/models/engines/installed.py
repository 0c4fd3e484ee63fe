"""Installed: libraries that only exporting and other engines than torch need."""

import importlib
from types import ModuleType

from pipeline.errors import RequestError


def installed(library: str, what: str) -> ModuleType:
    """A library of the extra `deploy`, imported.

    Args:
        library: its import name.
        what: asks for it, for the message.

    Raises:
        RequestError: when it is not installed.

    Example:
        >>> installed("no_such_runtime", "engine none")
        Traceback (most recent call last):
        ...
        pipeline.errors.RequestError: engine none needs no_such_runtime; pip install 'faultprint[deploy]'
    """
    try:
        return importlib.import_module(library)
    except ImportError:
        raise RequestError(f"{what} needs {library}; pip install 'faultprint[deploy]'") from None
