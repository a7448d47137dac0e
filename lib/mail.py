"""Mail by SMTP, to a server that may not answer."""

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend


class SmtpBackend(EmailBackend):
    """Little time to be let in (`EMAIL_TIMEOUT`), and more until each word of a letter is taken.

    A server that is up greets at once; it may well look through a letter before it takes it.
    """

    def open(self) -> bool | None:
        opened = super().open()
        if opened and self.connection and self.connection.sock:
            self.connection.sock.settimeout(settings.EMAIL_TAKING_TIMEOUT)
        return opened
