"""What the PyTorch contenders share: the line protocol of race.py and the network of a recipe."""
import json
import pathlib
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Scripts/make-fixtures"))
import twins  # noqa: E402

PIECES, VECTOR_WIDTH = 30_522, 384


def object_weight(data):
    """How much more the pixels of things count, at most, in the recipe's `data`."""
    sources = data.get("sources", [])
    worlds = [source.get("scenes") or source.get("world") for source in sources]
    weights = [world.get("objectWeight", 1) for world in worlds if isinstance(world, dict)]
    return max([data.get("objectWeight", 1), *weights])


def network_size(model):
    """The twin's size from the recipe's `model`, which must be spelled out."""
    if not isinstance(model, dict):
        raise SystemExit(f"the recipe names the preset {model}; spell its sizes out to race it")
    (kind, fields), = model.items()
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
    fields["text"] = twins.TextSize(**fields.get("text", {}))
    return {"unet": twins.UNetSize, "pixelTransformer": twins.TransformerSize}[kind](**fields)


def serve(work, images, **about):
    """Warms up, says so, then works once for every line until `quit` or the end of the input."""
    for _ in range(2):
        work()
    about |= {"ready": True, "torch": torch.__version__, "threads": torch.get_num_threads()}
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        start = time.perf_counter()
        work()
        print(json.dumps({"s": time.perf_counter() - start, "images": images}), flush=True)
