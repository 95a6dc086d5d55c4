"""The pinned wheels: which files, from which projects, with which SHA-256, for which machine."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from pathlib import Path

from trouble import Trouble


@dataclass(frozen=True)
class Wheel:
    """One pinned file of the Python package index."""

    file: str
    project: str
    version: str
    sha256: str
    bytes: int
    unpacked: int
    """Bytes that this wheel adds to a set-up for the CPU."""
    unpacked_gpu: int
    """Bytes that it adds to a set-up for NVIDIA GPUs."""


@dataclass(frozen=True)
class Lock:
    """The wheels of one platform."""

    platform: str
    cpu: list[Wheel]
    gpu: list[Wheel]
    """What NVIDIA GPUs need besides; empty where there are none."""

    def wheels(self, cuda: bool) -> list[Wheel]:
        return self.cpu + (self.gpu if cuda else [])


def this_platform() -> str:
    system = {"Linux": "linux", "Darwin": "macos"}.get(platform.system(), platform.system().lower())
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(
        platform.machine().lower(), platform.machine().lower())
    return f"{system}-{machine}"


def read_lock(path: Path, name: str) -> Lock:
    """The part of the lock file that is for the platform `name`."""
    everything = json.loads(path.read_text())
    if name not in everything["platforms"]:
        known = ", ".join(sorted(everything["platforms"]))
        raise Trouble(
            f"There is no pinned libtorch for this machine in {path.name}.",
            ["Use one of those machines, or add the wheels of yours to the file, with their SHA-256."],
            expected=known, found=name)
    chosen = everything["platforms"][name]
    wheels = {entry["file"]: Wheel(**{key: entry[key] for key in Wheel.__dataclass_fields__})
              for entry in everything["wheels"]}
    return Lock(name, [wheels[file] for file in chosen["cpu"]], [wheels[file] for file in chosen["gpu"]])
