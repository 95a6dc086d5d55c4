"""Fills `.deps` with libtorch and the word vectors. Called by Scripts/bootstrap; needs the standard library only."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import sys
from pathlib import Path

from download import fetch, length
from index import Index
from layout import components
from lock import Lock, Wheel, read_lock, this_platform
from trouble import OUT_OF_SPACE, Trouble, disk_full, say, size
from unpack import in_place, put_in_place, sweep

HERE = Path(__file__).resolve().parent
PKG_CONFIG = """prefix={prefix}
Name: darkroom-libtorch
Description: libtorch, the tensor engine under Darkroom
Version: {version}
Cflags: -I"${{prefix}}/include" -I"${{prefix}}/include/torch/csrc/api/include"
Libs: -L"${{prefix}}/lib" -ltorch_cpu -lc10
"""


def fill(deps: Path, lock: Lock, cuda: bool, keep: bool, ask_pip: bool) -> None:
    """Makes every folder that is missing or not from the pinned wheels, then tidies up."""
    downloads = deps / "downloads"
    missing = [part for part in components(lock, cuda) if not in_place(part, deps)]
    if missing:
        downloads.mkdir(exist_ok=True)
        needed = {wheel.file: wheel for part in missing for wheel in part.wheels}
        for part in missing:
            sweep(deps, part.folder)
        make_sure_of_room(downloads, list(needed.values()), cuda)
        index, there = Index(ask_pip), {}
        for wheel in needed.values():
            say(f"  fetching {wheel.project} {wheel.version} ({size(wheel.bytes)})")
            try:
                there[wheel.file] = fetch(wheel, downloads, index)
            except Trouble as trouble:
                if any(wheel in part.wheels for part in missing if part.needed):
                    raise
                say(f"bootstrap: goes on without {wheel.project}, which score cards alone use. {trouble}")
        for part in missing:
            if any(wheel.file not in there for wheel in part.wheels):
                continue
            say(f"  unpacking {deps / part.folder}")
            put_in_place(part, there, deps)
    write_pkg_config(deps, lock)
    if not keep and downloads.exists():
        for wheel in lock.wheels(cuda):
            for leftover in (downloads / wheel.file, downloads / (wheel.file + ".partial")):
                leftover.unlink(missing_ok=True)
        if not any(downloads.iterdir()):
            downloads.rmdir()


def make_sure_of_room(downloads: Path, wheels: list[Wheel], cuda: bool) -> None:
    """Stops before the first byte when the disk cannot hold what is to come."""
    needed = 0
    for wheel in wheels:
        there = max(length(downloads / wheel.file), length(downloads / (wheel.file + ".partial")))
        needed += max(wheel.bytes - there, 0)
    needed += sum(wheel.unpacked_gpu if cuda else wheel.unpacked for wheel in wheels)
    if shutil.disk_usage(downloads).free < needed:
        raise disk_full(downloads, needed)


def write_pkg_config(deps: Path, lock: Lock) -> None:
    """The `.pc` file by which SwiftPM finds headers and libraries; rewritten only when it would differ."""
    version = next(wheel.version for wheel in lock.cpu if wheel.project == "torch")
    text = PKG_CONFIG.format(prefix=deps / "libtorch", version=version)
    path = deps / "pkgconfig" / "darkroom-libtorch.pc"
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="Scripts/wheels", description=__doc__)
    parser.add_argument("--deps", type=Path, required=True, help="the folder to fill")
    parser.add_argument("--lock", type=Path, default=HERE / "wheels.json", help="the file with the pins")
    parser.add_argument("--platform", default=this_platform(), help="for another machine than this one")
    parser.add_argument("--cuda", action="store_true", help="with what NVIDIA GPUs need")
    parser.add_argument("--keep", action="store_true", help="keep the wheels after unpacking")
    parser.add_argument("--without-pip", action="store_true", help="take settings from PIP_… variables alone")
    arguments = parser.parse_args()
    deps: Path = arguments.deps
    try:
        lock = read_lock(arguments.lock, arguments.platform)
        if arguments.cuda and not lock.gpu:
            raise Trouble(f"CUDA=1 has no meaning on {lock.platform}.", ["Run it without CUDA=1."])
        deps.mkdir(parents=True, exist_ok=True)
        deps = deps.resolve()
        with open(deps / ".lock", "w") as gate:
            try:
                fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("  another bootstrap is at work here; waiting for it")
                fcntl.flock(gate, fcntl.LOCK_EX)
            fill(deps, lock, arguments.cuda, arguments.keep, not arguments.without_pip)
        return 0
    except Trouble as trouble:
        say(f"bootstrap: {trouble}")
    except OSError as error:
        if error.errno in OUT_OF_SPACE:
            say(f"bootstrap: {disk_full(deps if deps.exists() else Path.cwd())}")
        else:
            say(f"bootstrap: {error.filename or deps}: {os.strerror(error.errno) if error.errno else error}\n"
                "  → Check that the folder may be written to, then run this again.")
    except KeyboardInterrupt:
        say("\nbootstrap: interrupted; run it again and it goes on from here")
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
