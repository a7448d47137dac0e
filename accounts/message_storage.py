"""Messages to people, kept in their browser: a row that is written twice is dear for a sentence."""

from typing import Any

from django.conf import settings
from django.contrib.messages.storage import cookie, fallback, session
from django.core import signing


class PersonalCookie(cookie.CookieStorage):
    """Signed for whoever is signed in: the next person in the same browser is not shown them."""

    cookie_name = settings.MESSAGE_COOKIE_NAME

    def _decode(self, data: str | None) -> Any:
        self.signer = self._signer()
        return super()._decode(data)  # type: ignore[misc]  # not in the stubs

    def _encode_parts(self, messages: Any, encode_empty: bool = False) -> Any:  # noqa: FBT001, FBT002 (Django's own signature)
        self.signer = self._signer()
        return super()._encode_parts(messages, encode_empty=encode_empty)  # type: ignore[misc]

    def _signer(self) -> Any:
        return signing.get_cookie_signer(salt=f"{self.key_salt}:{self.request.user.pk}")


class MessageStorage(fallback.FallbackStorage):
    """What is too long for a cookie goes to the session."""

    storage_classes = (PersonalCookie, session.SessionStorage)
