"""What looks like a credential never reaches the logs."""

import logging

import pytest

from lib.redaction import RedactSecrets, redact


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
        ('{"token": "abc"}', '{"token": "[redacted]"}'),
        ("Unprocessable Entity: /push/k3y_-x/", "Unprocessable Entity: /push/[redacted]/"),
        ("POST /hooks/k3y_-x/ 404", "POST /hooks/[redacted]/ 404"),
        ("GET /authorized/?code=k3y&a=b", "GET /authorized/?code=[redacted]&a=b"),
        ("postgres://app:geheim@db/flotilla", "postgres://app:[redacted]@db/flotilla"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_a_secret_is_taken_out_of_a_line(text: str, written: str) -> None:
    assert redact(text) == written


def test_what_a_line_is_filled_with_is_looked_at_as_well() -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 0, "%s: %s", ("Gone", "/push/k3y/"), None)
    RedactSecrets().filter(record)
    assert record.getMessage() == "Gone: /push/[redacted]/"
