"""How the set-up speaks: troubles that say what to do, sizes, and one line of progress."""

from __future__ import annotations

import errno
import shutil
import sys
import time
from pathlib import Path

OUT_OF_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class Trouble(Exception):
    """A failure that a person can act on: what and where, expected and found, what to do."""

    def __init__(self, what: str, advice: list[str], expected: str | None = None, found: str | None = None):
        super().__init__(what)
        self.what, self.advice, self.expected, self.found = what, advice, expected, found

    def __str__(self) -> str:
        lines = [self.what]
        if self.expected is not None:
            lines.append(f"  expected: {self.expected}")
        if self.found is not None:
            lines.append(f"  found:    {self.found}")
        return "\n".join(lines + [f"  → {line}" for line in self.advice])


def disk_full(folder: Path, needed: int | None = None) -> Trouble:
    """The trouble of a full disk, with what is free where."""
    free = shutil.disk_usage(folder).free
    return Trouble(
        f"The disk that holds {folder} is full." if needed is None
        else f"The disk that holds {folder} has too little room.",
        ["Free some space and run this again: what was downloaded is kept and goes on from there.",
         "Or put the libraries on another disk: DARKROOM_DEPS=/some/where Scripts/bootstrap"],
        expected="room to write (a quota or a file limit counts too)" if needed is None else f"{size(needed)} free",
        found=f"{size(free)} free")


def size(count: int | float) -> str:
    """A number of bytes as people write it."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Progress:
    """A line that counts up on a terminal; a line every ten seconds elsewhere."""

    def __init__(self, label: str, total: int, done: int = 0):
        self.label, self.total, self.start = label, total, done
        self.began = self.shown = time.monotonic()
        self.terminal = sys.stderr.isatty()

    def update(self, done: int) -> None:
        now = time.monotonic()
        if now - self.shown < (0.2 if self.terminal else 10):
            return
        self.shown = now
        rate = (done - self.start) / max(now - self.began, 1e-3)
        left = f", {(self.total - done) / rate:.0f} s left" if rate > 0 else ""
        share = 100 * done // max(self.total, 1)
        line = f"  {self.label}: {share} % of {size(self.total)}, {size(rate)}/s{left}"
        print(f"\r\033[K{line}" if self.terminal else line, end="" if self.terminal else "\n",
              file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
