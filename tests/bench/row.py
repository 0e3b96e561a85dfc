"""One measured figure, and how times are taken."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple


class Row(NamedTuple):
    """One figure in seconds unless ``unit`` says otherwise; ``ratio`` as its budget has it."""

    what: str
    figure: float
    peer: float | None
    ratio: float | None
    budget: str
    held: bool
    unit: str = "s"

    def line(self) -> str:
        """Return the row as a line of the table."""

        def shown(value: float) -> str:
            return f"{value * 1000:.2f} ms" if self.unit == "s" else f"{value:.1f} {self.unit}"

        peer = f"peer {shown(self.peer)}" if self.peer is not None else ""
        ratio = f"{self.ratio:.2f}x" if self.ratio is not None else ""
        verdict = "held" if self.held else "MISSED"
        return f"{self.what:<58} {shown(self.figure):>12}  {peer:<18} {ratio:>8}  {self.budget:<10} {verdict}"


def best(action: Callable[[], object], tries: int) -> float:
    """Return the least time of several tries, in seconds: what else the machine does only adds."""
    times = []
    for _ in range(tries):
        begin = perf_counter()
        action()
        times.append(perf_counter() - begin)
    return min(times)
