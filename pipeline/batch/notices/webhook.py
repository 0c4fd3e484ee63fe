"""Webhook: each message is posted to a URL, of which only the host is ever told: the rest may be a secret."""

import json
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from pipeline.batch.notices.notifier import PATIENCE_S, Notifier, UndeliveredError, UnreachableError
from pipeline.errors import RequestError


class Webhook(Notifier):
    """Posts to a URL, as JSON where a message is JSON, else as text.

    Args:
        target: such as `https://hooks.plant/T0/B1/secret`.

    Example:
        >>> Webhook("https://hooks.plant/secret").host
        'hooks.plant'
    """

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.host = urlsplit(target).hostname or ""
        if not self.host:
            raise RequestError("--notify: a URL without a host; give https://HOST/...")
        self.name = self.host

    def tell(self, message: str) -> None:
        """Post it; an answer but 2xx, or none in time, is a message that did not arrive."""
        headers = {"Content-Type": f"{kind_of(message)}; charset=utf-8", "User-Agent": "faultprint"}
        request = Request(self.target, message.encode(), headers, method="POST")  # noqa: S310 - http or https
        try:
            with urlopen(request, timeout=PATIENCE_S):  # noqa: S310
                pass
        except HTTPError as error:
            with error:
                raise UndeliveredError(f"{self.host} answered {error.code}") from None
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            said = getattr(reason, "strerror", None) or type(reason).__name__
            raise UnreachableError(f"{self.host} cannot be reached: {str(said).lower()}") from None


def kind_of(message: str) -> str:
    """A message's media type.

    Example:
        >>> kind_of('{"text": "pump 7"}'), kind_of("pump 7")
        ('application/json', 'text/plain')
    """
    try:
        json.loads(message)
    except ValueError:
        return "text/plain"
    return "application/json"
