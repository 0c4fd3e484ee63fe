"""Zone: the name of this machine's time zone, in which schedules are meant."""

import os
from zoneinfo import ZoneInfo

from pipeline.errors import RequestError


def local_zone() -> str | None:
    """Such as `Europe/Berlin`; None where the machine does not tell it by name.

    Raises:
        RequestError: when the environment names a zone that is none.
    """
    try:
        from tzlocal import get_localzone, get_localzone_name
    except ModuleNotFoundError:
        return None
    try:
        get_localzone()  # which minds a TZ that is none; the name alone does not
        name = get_localzone_name()
        return ZoneInfo(name).key if name else None
    except (LookupError, ValueError, OSError):
        if "TZ" not in os.environ:
            return None
        raise RequestError(f"TZ={os.environ['TZ']}: needs the name of a time zone, such as Europe/Berlin") from None
