"""A number in a JSON document behind an address, fetched with the headers that open it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar, Self
from urllib.parse import urlsplit

from integrations.ports import (
    AccessLost,
    AuthenticationFailed,
    ProviderError,
    RateLimited,
    RemoteUnavailable,
    SelectionRefused,
    UnexpectedReply,
)
from integrations.providers.json_pull.credentials import JsonAddress
from integrations.providers.json_pull.mapping import NoNumber, document_of, number_at
from integrations.providers.transport import asked_wait, reached
from lib.outbound import OutboundClient, Reply

# Status → what it means and what to do, where the advice of the error is about connections.
REFUSALS: dict[int, tuple[type[ProviderError], str, str]] = {
    401: (AuthenticationFailed, "the service does not accept the headers", "Enter new headers."),
    403: (AuthenticationFailed, "the service refuses this number to us",
          "Enter headers of an account that may read it."),
    404: (AccessLost, "nothing is at this address", "Correct the address."),
    410: (AccessLost, "what was at this address is gone", "Correct the address."),
}  # fmt: skip
CHECK_ADDRESS = "Check the address: it should answer with JSON."
CHECK_PATH = "Correct the path, or ask whoever runs the service what changed."


class JsonPull:
    """One address, one path, one number."""

    name: ClassVar[str] = "json"

    def __init__(self, outbound: OutboundClient, address: JsonAddress, path: str) -> None:
        self._outbound = outbound
        self._address = address
        self._path = path

    @classmethod
    def connect(
        cls, outbound: OutboundClient, url: str, path: str, headers: dict[str, str]
    ) -> Self:
        """ValueError for an address or header that no request could carry."""
        return cls(outbound, JsonAddress(url, headers), path)

    def read(self) -> Decimal:
        request = f"GET {urlsplit(self._address.url).netloc}{urlsplit(self._address.url).path}"
        with reached(self.name, request):
            reply = self._outbound.get(self._address.url, headers=self._address.headers)
        require_success(request, reply)
        try:
            document_of(reply.body)
        except NoNumber:
            detail = "the service answered with something that is no JSON"
            raise UnexpectedReply(self.name, request, detail, advice=CHECK_ADDRESS) from None
        try:
            return number_at(reply.body, self._path)
        except NoNumber as error:
            detail = str(error).removesuffix(".")
            raise SelectionRefused(self.name, request, detail, advice=CHECK_PATH) from None


def require_success(request: str, reply: Reply) -> None:
    status = reply.status
    if status == 200:
        return
    if status == 429:
        detail = "the service was asked too often"
        wait = asked_wait(reply.headers, datetime.now(UTC))
        raise RateLimited(JsonPull.name, request, detail, status=status, retry_after=wait)
    if status in REFUSALS:
        kind, detail, advice = REFUSALS[status]
        raise kind(JsonPull.name, request, detail, status=status, advice=advice)
    if status >= 500:
        detail = f"the service answered {status}"
        raise RemoteUnavailable(JsonPull.name, request, detail, status=status)
    detail = f"the service answered {status}"
    raise UnexpectedReply(JsonPull.name, request, detail, status=status, advice=CHECK_ADDRESS)
