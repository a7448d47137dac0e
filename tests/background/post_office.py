"""A mail server for tests: keeps what it is given, and falls silent when told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class PostOffice:
    """`silent_at` is "greeting" or "letter": there it takes what comes and answers nothing."""

    silent_at: str = ""
    letters: list[Message] = field(default_factory=list)
    callers: int = 0
    # Who is on the line now, and how many ever were at once.
    on_the_line: int = 0
    most_at_once: int = 0
    port: int = 0

    @property
    def settings(self) -> dict[str, str]:
        return {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(self.port), "EMAIL_USE_TLS": "no"}

    def note_caller(self) -> None:
        self.callers += 1
        self.on_the_line += 1
        self.most_at_once = max(self.most_at_once, self.on_the_line)

    def titles_to(self, address: str) -> list[str]:
        return [str(each["Subject"]) for each in self.letters if each["To"] == address]


class Conversation(socketserver.StreamRequestHandler):
    server: "Counter"

    def setup(self) -> None:
        super().setup()
        self.server.office.note_caller()

    def finish(self) -> None:
        self.server.office.on_the_line -= 1
        super().finish()

    def handle(self) -> None:
        if not self.answer("greeting", "220 here"):
            return
        while line := self.rfile.readline().decode().strip().upper():
            if line == "DATA":
                self.say("354 go on")
                self.server.office.letters.append(self.read_letter())
                if not self.answer("letter", "250 taken"):
                    return
            else:
                self.say("221 bye" if line == "QUIT" else "250 fine")

    def read_letter(self) -> Message:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        return message_from_bytes(b"".join(lines))

    def answer(self, at: str, words: str) -> bool:
        """Say `words`, unless the office is silent here: then wait until the caller hangs up."""
        if self.server.office.silent_at != at:
            self.say(words)
            return True
        self.rfile.read()
        return False

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Counter(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    office: PostOffice


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """An office on a free port of this machine."""
    office = PostOffice()
    with Counter(("127.0.0.1", 0), Conversation) as counter:
        counter.office, office.port = office, counter.server_address[1]
        threading.Thread(target=counter.serve_forever, daemon=True).start()
        yield office
        counter.shutdown()
