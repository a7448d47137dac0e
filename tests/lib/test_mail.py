"""A mail server that accepts and never answers is soon left alone; a slow one is not."""

from collections.abc import Iterator
from smtplib import SMTPServerDisconnected

import pytest
from django.conf import LazySettings, settings

from lib.mail import SmtpBackend
from tests.background.post_office import PostOffice, post_office


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


def caller(office: PostOffice) -> SmtpBackend:
    return SmtpBackend(host="127.0.0.1", port=office.port, use_tls=False)


def test_a_server_that_never_greets_is_left_alone(
    office: PostOffice, settings: LazySettings
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    office.silent_at = "greeting"
    with pytest.raises(SMTPServerDisconnected, match="timed out"):
        caller(office).open()


def test_a_server_that_let_us_in_may_take_its_time(office: PostOffice) -> None:
    with caller(office) as server:
        assert server.connection
        assert server.connection.sock
        assert server.connection.sock.gettimeout() == settings.EMAIL_TAKING_TIMEOUT
    assert settings.EMAIL_TAKING_TIMEOUT > settings.EMAIL_TIMEOUT


def test_an_open_connection_is_not_opened_again(office: PostOffice) -> None:
    with caller(office) as server:
        assert server.open() is False
    assert office.callers == 1
