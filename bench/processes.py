"""Memory of processes, as Linux tells it."""

import re
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
# Fields of /proc/<pid>/stat after the name, which stands in brackets and may hold spaces.
PARENT, RESIDENT_PAGES = 1, 21


def stat_of(pid: int) -> list[str] | None:
    """The fields after the name; None when there is no such process."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def forget_peak() -> int:
    """Let this process' peak begin anew, at what it holds now, in kilobytes.

    A fork would begin with its parent's.
    """
    (PROC / "self/clear_refs").write_text("5")
    return peak_memory()


def peak_memory() -> int:
    """The most memory that this process held, in kilobytes."""
    return int(PEAK.findall((PROC / "self/status").read_text())[0])


def family(pid: int) -> list[int]:
    """A process and those that it started, oldest first."""
    children = [
        int(path.name)
        for path in PROC.iterdir()
        if path.name.isdigit() and parent_of(int(path.name)) == pid
    ]
    return [pid, *sorted(children)]


def parent_of(pid: int) -> int | None:
    found = stat_of(pid)
    return int(found[PARENT]) if found else None


def resident_pages(pids: Iterable[int]) -> list[int]:
    """Pages in memory of each process; 0 for one that has gone."""
    return [int(found[RESIDENT_PAGES]) if (found := stat_of(pid)) else 0 for pid in pids]
