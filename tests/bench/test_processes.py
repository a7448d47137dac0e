"""The memory of a process at its peak."""

from multiprocessing import get_context
from multiprocessing.connection import Connection

from bench.processes import forget_peak, peak_memory

KILOBYTES_HELD = 64 * 1024


def hold_twice(pipe: Connection) -> None:
    """Tell how far something held lifts the peak, and what is left of that later."""
    before = forget_peak()
    held = b"x" * (KILOBYTES_HELD * 1024)
    grown = peak_memory() - before
    del held
    pipe.send((grown, forget_peak() - before))


def test_the_peak_of_a_fork_begins_with_what_it_holds_then() -> None:
    ours, theirs = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=hold_twice, args=(theirs,))
    process.start()
    grown, left = ours.recv()
    process.join()
    assert grown >= KILOBYTES_HELD * 0.95
    assert left < KILOBYTES_HELD * 0.1
