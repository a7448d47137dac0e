"""A mail server for tests: keeps what it is given, and falls silent when told to."""

import select
import socket
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
    lines: list[socket.socket] = field(default_factory=list)
    # Held while lines are looked at, so that none is closed meanwhile.
    switchboard: threading.RLock = field(default_factory=threading.RLock)
    # How many ever were on the line at once.
    most_at_once: int = 0
    port: int = 0

    @property
    def settings(self) -> dict[str, str]:
        return {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(self.port), "EMAIL_USE_TLS": "no"}

    @property
    def on_the_line(self) -> int:
        """Who is on the line now. Who hung up is not, even before the office has noticed."""
        with self.switchboard:
            return sum(not has_hung_up(line) for line in self.lines)

    def note_caller(self, line: socket.socket) -> None:
        with self.switchboard:
            self.callers += 1
            self.lines.append(line)
            self.most_at_once = max(self.most_at_once, self.on_the_line)

    def forget_caller(self, line: socket.socket) -> None:
        with self.switchboard:
            self.lines.remove(line)

    def titles_to(self, address: str) -> list[str]:
        return [str(each["Subject"]) for each in self.letters if each["To"] == address]


def has_hung_up(line: socket.socket) -> bool:
    """Whether nothing but the end of the call is left to read."""
    readable, _, _ = select.select([line], [], [], 0)
    try:
        return bool(readable) and not line.recv(1, socket.MSG_PEEK)
    except ConnectionError:
        return True


class Conversation(socketserver.StreamRequestHandler):
    server: "Counter"

    def setup(self) -> None:
        super().setup()
        self.server.office.note_caller(self.request)

    def finish(self) -> None:
        self.server.office.forget_caller(self.request)
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
