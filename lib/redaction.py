"""Keeps credentials out of the logs, whatever a library or an error message writes."""

import logging
import re

SECRET_SHAPES = re.compile(
    r"(?P<keep>(?:authorization|cookie|set-cookie|x-api-key|password|token|secret)[\"']?\s*[:=]\s*[\"']?"
    r"(?:basic\s+|bearer\s+)?)[^\s\"',;}]+"
    r"|flo_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}_[0-9a-f]{8}"
    r"|lin_api_[A-Za-z0-9]+"
    r"|(?P<path>/(?:push|hooks)/|[?&]code=)[^/&\s\"']+"
    r"|(?P<url>://[^/\s:@]*:)[^@\s/]+(?=@)",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """`text` with everything that looks like a credential replaced by `[redacted]`."""

    def replaced(match: re.Match[str]) -> str:
        return (match["keep"] or match["path"] or match["url"] or "") + "[redacted]"

    return SECRET_SHAPES.sub(replaced, text)


class RedactSecrets(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True
