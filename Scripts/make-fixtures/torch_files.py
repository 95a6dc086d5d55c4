"""Small files written by torch.save, and the same tensors as safetensors; WeightFilesTests compares them.

    pip install torch==2.11.0 safetensors==0.8.0 numpy==2.4.6
    python3 Scripts/make-fixtures/torch_files.py
"""
import collections
import pathlib
import sys
import types

import numpy as np
import torch
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parents[2] / "Tests/WeightFilesTests/Fixtures"


def lightning_callback():
    """A class of the name that training checkpoints of Stable Diffusion 1 mention as a key."""
    module = types.ModuleType("pytorch_lightning.callbacks.model_checkpoint")
    kind = type("ModelCheckpoint", (), {"__module__": module.__name__})
    module.ModelCheckpoint = kind
    for name in ("pytorch_lightning", "pytorch_lightning.callbacks", module.__name__):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules[module.__name__] = module
    return kind


def tensors():
    numbers = torch.arange(24)
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4) / 4 - 1
    return {
        "double": (numbers.double() / 3).reshape(2, 3, 4),
        "single": base,
        "half": base.half(),
        "brain": base.bfloat16(),
        "int64": numbers * 2**40,
        "int32": numbers.int(),
        "int16": numbers.short(),
        "int8": (numbers - 12).to(torch.int8),
        "uint8": numbers.to(torch.uint8),
        "bool": numbers % 3 == 0,
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 4),
        # Views of one storage: rows, columns turned, every other element.
        "rows": base[1:],
        "turned": base.T,
        "sparse": base[:, ::2],
        "single row": base[:1].T,
    }


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    plain = tensors()
    save_file({name: value.contiguous().clone() for name, value in plain.items()}, OUT / "torch.safetensors")
    torch.save(plain, OUT / "plain.pt")
    torch.save(plain, OUT / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(plain, OUT / "protocol4.pt", pickle_protocol=4)
    layer = torch.nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(6.0).reshape(2, 3))
        layer.bias.copy_(torch.tensor([7.0, 8.0]))
    torch.save({
        "epoch": 3, "global_step": 875000, "pytorch-lightning_version": "1.4.2", "loss": 0.25,
        "callbacks": {lightning_callback(): {"best": np.float64(0.5), "path": "x", "current": torch.tensor(1.0)}},
        "lr_schedulers": [{"base_lrs": [1e-4], "last": None, "done": False}], "large": 2**70, "negative": -(2**40),
        "state_dict": collections.OrderedDict(layer.state_dict(prefix="first_stage_model."),
                                              other=torch.nn.Parameter(torch.ones(2))),
        "size": torch.Size([2, 3]), "sets": {1, 2},
    }, OUT / "lightning.ckpt")
    print(*(f"{file.name}: {file.stat().st_size}" for file in sorted(OUT.iterdir())), sep="\n")


if __name__ == "__main__":
    main()
