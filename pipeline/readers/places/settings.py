"""Settings: what a connection is opened with, beside what the user set for fsspec and its backends."""

import os
from collections.abc import Mapping
from typing import Any

from pipeline.readers.places.credentials import userinfo_of
from pipeline.readers.places.place import scheme_of

S3 = ("s3", "s3a")
WEB = ("http", "https")


def settings_of(url: str) -> dict[str, Any]:
    """Options for the file system of a URL; what the user set goes first wherever safety allows.

    Example:
        >>> settings_of("memory://a.wav")
        {}
        >>> settings_of("https://plant/a.wav")["headers"]
        {'Accept-Encoding': 'identity'}
    """
    from fsspec.config import conf

    scheme = scheme_of(url)
    if scheme in S3:
        return _bucket(url, conf.get("s3", {}))
    return _web(conf.get(scheme, {})) if scheme in WEB else {}


def _bucket(url: str, said: Mapping[str, Any]) -> dict[str, Any]:
    # Five attempts, as is usual, take up to fifteen seconds to say that a server is gone.
    patience = {} if "AWS_MAX_ATTEMPTS" in os.environ else {"retries": {"total_max_attempts": 2, "mode": "standard"}}
    options: dict[str, Any] = {"config_kwargs": patience | dict(said.get("config_kwargs", {}))}
    userinfo = userinfo_of(url)
    if userinfo:
        # URLs of buckets have no place for a user; a key and a secret are what was meant.
        options["key"], _, options["secret"] = userinfo.partition(":")
    return options


def _web(said: Mapping[str, Any]) -> dict[str, Any]:
    # Files come as they are stored: if they were packed on the way, a megabyte could unpack to gigabytes here.
    return {
        "headers": {**said.get("headers", {}), "Accept-Encoding": "identity"},
        "client_kwargs": {**said.get("client_kwargs", {}), "auto_decompress": False},
    }
