"""Writes a Stable Diffusion 1.5 folder of full size with random bf16 weights, with NumPy alone: for speed and memory.

usage: random_folder.py FOLDER

Names, shapes and descriptions are those of the real model (Tests/GoldenTests/Fixtures/names). Weights are drawn so that
activations keep their size; norms are identities. 2.1 GB, a few seconds. `prepare.py` does the same through diffusers.
"""
import argparse
import json
import math
import pathlib

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ROOT / "Tests/GoldenTests/Fixtures/names"
TINY = ROOT / "Tests/PipelinesTests/Fixtures/sd1"
PARTS = {"unet": ("unet-sd1", "diffusion_pytorch_model"), "vae": ("autoencoder", "diffusion_pytorch_model"),
         "text_encoder": ("clip-l", "model")}


def shapes(name):
    """The description, and every parameter's name and shape."""
    first, *lines = (NAMES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    found, before = {}, ""
    for line in lines:
        kept, rest, sizes = line.split(" ")
        before = before[: int(kept)] + rest
        found[before] = [int(size) for size in sizes.split("x")]
    return json.loads(first), found


def values(random, name, shape):
    """bf16 numbers as their upper 16 bits."""
    if len(shape) == 1:
        numbers = numpy.full(shape, 1.0 if name.endswith("weight") else 0.0, numpy.float32)
    else:
        scale = 0.02 if "embedding" in name else math.sqrt(1 / math.prod(shape[1:]))
        numbers = random.standard_normal(shape, numpy.float32) * numpy.float32(scale)
    return (numbers.view(numpy.uint32) >> 16).astype(numpy.uint16)


def write(path, parameters, random):
    """One safetensors file."""
    header, offset = {}, 0
    for name, shape in parameters.items():
        size = 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in parameters.items():
            file.write(values(random, name, shape).tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    random = numpy.random.default_rng(0)
    for part, (name, stem) in PARTS.items():
        configuration, parameters = shapes(name)
        parameters = {key: shape for key, shape in parameters.items() if not key.endswith("position_ids")}
        (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / part / "config.json").write_text(json.dumps(configuration, indent=2))
        write(folder / part / f"{stem}.safetensors", parameters, random)
    (folder / "scheduler").mkdir(exist_ok=True)
    for file in ("model_index.json", "scheduler/scheduler_config.json"):
        (folder / file).write_bytes((TINY / file).read_bytes())
    tokenizer(folder / "tokenizer")


def tokenizer(folder):
    """CLIP's vocab.json and merges.txt, from the merges in the repository."""
    merges = next((ROOT / "Models/vocabularies").glob("*merges*")).read_text(encoding="utf-8").splitlines()
    merges = [line for line in merges if line and not line.startswith("#")]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in printable] + [chr(256 + index) for index in range(256 - len(printable))]
    pieces = letters + [letter + "</w>" for letter in letters] + ["".join(line.split()) for line in merges]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({piece: index for index, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
