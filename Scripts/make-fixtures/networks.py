"""Golden fixtures of the networks: tiny random twins with every activation and every gradient.

usage: networks.py [OUTPUT FOLDER]      (needs torch 2.11.0 and safetensors 0.8.0, see requirements.txt)

One safetensors file a network:
    weight/PATH       every parameter, random (nothing is left at its zero start)
    input/NAME        x, timestep, vectors, dropped, and `cotangent`, shaped like the output
    activation/PATH   what the network shows to its probe, in single precision
    output            the prediction
    gradient/PATH     of sum(output · cotangent), with respect to every parameter and to input/x
Everything is computed in double precision and stored in single, so the file holds the truth and not one machine's
rounding. Widths differ wherever they may, so that a wrong wire cannot fit.
"""
import dataclasses
import importlib.metadata
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file

import twins

PINNED = {"torch": "2.11.0", "safetensors": "0.8.0"}
RESOLUTION, BATCH, VECTOR_WIDTH = 16, 2, 10
TEXT = twins.TextSize(width=12, layers=2, heads=3, tokens=5)
NETWORKS = {
    "unet": (1, twins.UNetSize(
        channels=(8, 16, 12), blocks=(2, 1, 2), attention=("none", "text", "full"), heads=2, patch=2, text=TEXT)),
    "unet-directions": (3, twins.UNetSize(
        channels=(8, 12), blocks=(1, 1), attention=("text", "full"), heads=2, patch=2, positions=True,
        text=dataclasses.replace(TEXT, width=16, heads=4, directions=True))),
    "pixel-transformer": (2, twins.TransformerSize(patch=4, width=16, depth=2, heads=2, text=TEXT)),
}


def randomized(model, generator):
    """Gives every parameter random values of a size that keeps activations near one."""
    for path, parameter in model.named_parameters():
        values = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 1 and path.endswith("weight"):
            values = 1 + 0.2 * values
        elif parameter.dim() == 1:
            values = 0.2 * values
        elif parameter.dim() == 3:
            values = 0.5 * values
        else:
            values = values / parameter[0].numel() ** 0.5
        parameter.data.copy_(values)


def fixture(seed, size):
    generator = torch.Generator().manual_seed(seed)
    model = twins.TextToImage(size, RESOLUTION, VECTOR_WIDTH)
    randomized(model, generator)
    model.double()
    inputs = {
        "x": torch.randn(BATCH, 3, RESOLUTION, RESOLUTION, generator=generator),
        # Powers of two: the products with the embedding's rates are then exact in single precision.
        "timestep": torch.tensor([256.0, 512.0]),
        "vectors": torch.randn(BATCH, TEXT.tokens, VECTOR_WIDTH, generator=generator),
        "dropped": torch.tensor([False, True]),
        "cotangent": torch.randn(BATCH, 3, RESOLUTION, RESOLUTION, generator=generator),
    }
    exact = {name: value.double() if value.is_floating_point() else value for name, value in inputs.items()}
    exact["x"].requires_grad_()

    activations = {}

    def record(path, tensor):
        assert path not in activations, path
        activations[path] = tensor.detach()

    twins.attach(model, record)
    output = model(exact["x"], exact["timestep"], exact["vectors"], exact["dropped"])
    (output * exact["cotangent"]).sum().backward()

    tensors = {f"weight/{path}": parameter for path, parameter in model.named_parameters()}
    tensors |= {f"input/{name}": value for name, value in inputs.items()}
    tensors |= {f"activation/{path}": value for path, value in activations.items()}
    tensors |= {f"gradient/{path}": parameter.grad for path, parameter in model.named_parameters()}
    tensors["gradient/input.x"] = exact["x"].grad
    tensors["output"] = output
    return {
        name: (value.detach().float() if value.is_floating_point() else value.to(torch.uint8)).contiguous()
        for name, value in tensors.items()
    }


def main():
    for package, version in PINNED.items():
        found = importlib.metadata.version(package)
        if found != version:
            raise SystemExit(f"{package} {version} is needed, {found} is installed: pip install -r requirements.txt")
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[1] / "Tests/GoldenTests/Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (seed, size) in NETWORKS.items():
        tensors = fixture(seed, size)
        about = {"made_by": "Scripts/make-fixtures/networks.py", **PINNED, "seed": seed, "resolution": RESOLUTION,
                 "vector_width": VECTOR_WIDTH, "size": dataclasses.asdict(size)}
        path = folder / f"{name}.safetensors"
        # One entry only: with several, their order in the file would change from run to run.
        save_file(tensors, path, {"fixture": json.dumps(about, sort_keys=True)})
        print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
