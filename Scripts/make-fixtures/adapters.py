"""Low-rank adapters for the tiny models of `models.py`, in every spelling; CheckpointsTests merges them.

usage: adapters.py [OUTPUT FOLDER]      (needs what requirements.txt pins; after models.py)

The reference loads each file into the same tiny model and merges it; `adapters.json` says what its weights are then: per
changed tensor the sum of its numbers, and the sum of their products with 0, 1, 2 ….
"""
import json
import pathlib
import sys

import diffusers
import peft
import torch
from safetensors.torch import save_file

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")


def matrices(parameters, modules, rank, alpha, generator):
    """Down, up and alpha for each module of a network, by name."""
    found = {}
    for name in modules:
        out, inner, *pixels = parameters[name + ".weight"].shape
        found[name] = {
            "down": torch.randn(rank, inner, *pixels, generator=generator) / 4,
            "up": torch.randn(out, rank, *([1] * len(pixels)), generator=generator) / 4,
            "alpha": torch.tensor(float(alpha))}
    return found


def kohya(prefix, found):
    tensors = {}
    for name, parts in found.items():
        flat = prefix + name.replace(".", "_")
        tensors |= {f"{flat}.lora_down.weight": parts["down"], f"{flat}.lora_up.weight": parts["up"],
                    f"{flat}.alpha": parts["alpha"]}
    return tensors


def plain(prefix, found, down, up):
    tensors = {}
    for name, parts in found.items():
        tensors |= {f"{prefix}{name}{down}": parts["down"], f"{prefix}{name}{up}": parts["up"]}
    return tensors


def merged(folder, kind, path, scale):
    """What the reference's weights are with the adapter in it, where they differ from before."""
    pipeline = kind.from_pretrained(folder, torch_dtype=torch.float32)
    parts = [part for part in ("unet", "text_encoder", "text_encoder_2") if getattr(pipeline, part, None) is not None]
    before = {part: {key: value.clone() for key, value in getattr(pipeline, part).state_dict().items()} for part in parts}
    pipeline.load_lora_weights(path)
    pipeline.fuse_lora(components=parts, lora_scale=scale)
    pipeline.unload_lora_weights()
    changed = {}
    for part in parts:
        for name, value in getattr(pipeline, part).state_dict().items():
            if torch.equal(value, before[part][name]):
                continue
            inner = name if part == "unet" or name.startswith("text_") else "text_model." + name
            numbers = value.double().reshape(-1)
            changed[f"{part}/{inner}"] = [
                list(value.shape), numbers.sum().item(), (numbers * torch.arange(len(numbers))).sum().item()]
    assert changed, path
    return changed


def main():
    here = pathlib.Path(__file__).resolve().parent
    fixtures = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[1] / "Tests/CheckpointsTests/Fixtures"
    models, folder = fixtures / "models", fixtures / "adapters"
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(3)
    one, xl = diffusers.StableDiffusionPipeline, diffusers.StableDiffusionXLPipeline
    first, second = one.from_pretrained(models / "sd1"), xl.from_pretrained(models / "sdxl")

    block = "down_blocks.0.attentions.0.transformer_blocks.0"
    linear = [f"{block}.attn{index}.{name}" for index in (1, 2) for name in ATTENTION] + [f"{block}.ff.net.2"]
    kernels = ["down_blocks.0.attentions.0.proj_in", "down_blocks.0.resnets.0.conv1", "mid_block.resnets.0.conv2",
               "down_blocks.0.downsamplers.0.conv"]
    unet = first.unet.state_dict()
    text = {"text_model." + key: value for key, value in first.text_encoder.state_dict().items()}
    words = ["text_model.encoder.layers.0.self_attn." + name for name in ("q_proj", "k_proj", "v_proj", "out_proj")]
    words += ["text_model.encoder.layers.1.mlp.fc1"]
    # An alpha of half the rank where the spelling can say so.
    own, spoken = matrices(unet, linear + kernels, 2, 1, generator), matrices(text, words, 2, 1, generator)
    even = matrices(unet, linear, 2, 2, generator)
    files = {
        "kohya": kohya("lora_unet_", own) | kohya("lora_te_", spoken),
        "diffusers": plain("unet.", even, ".lora.down.weight", ".lora.up.weight"),
        "peft": plain("unet.", own, ".lora_A.weight", ".lora_B.weight"),
    }
    old = {}
    for name, parts in even.items():
        if ".attn" not in name:
            continue
        *place, kind = name.removesuffix(".0").split(".")
        stem = f"unet.{'.'.join(place)}.processor.{kind}_lora"
        old |= {f"{stem}.down.weight": parts["down"], f"{stem}.up.weight": parts["up"]}
    files["processors"] = old
    # XL as kohya trains it: the U-Net's names are those of the original layout, two text encoders.
    places = {
        "input_blocks_1_1": "down_blocks.0.attentions.0", "output_blocks_2_1": "up_blocks.1.attentions.0",
        "middle_block_1": "mid_block.attentions.0"}
    wide, large = second.unet.state_dict(), second.text_encoder_2.state_dict()
    flat = {}
    for stored, inner in places.items():
        names = [f"{inner}.transformer_blocks.0.attn2.{name}" for name in ATTENTION] + [f"{inner}.proj_in"]
        for name, parts in matrices(wide, names, 2, 1, generator).items():
            flat |= kohya("lora_unet_", {name.replace(inner, stored): parts})
    files["kohya-xl"] = flat | kohya("lora_te1_", matrices(
        {"text_model." + key: value for key, value in second.text_encoder.state_dict().items()}, words, 2, 1, generator)
    ) | kohya("lora_te2_", matrices(large, words, 2, 1, generator))

    found = {}
    for name, tensors in files.items():
        path = folder / f"{name}.safetensors"
        save_file({key: value.contiguous() for key, value in tensors.items()}, path)
        path.chmod(0o644)
        model = "sdxl" if name.endswith("xl") else "sd1"
        found[name] = {"model": model, "scale": 0.75, "weights": merged(
            models / model, xl if model == "sdxl" else one, path, 0.75)}
        print(name, len(tensors), "tensors,", len(found[name]["weights"]), "weights changed")
    # Learned words in the forms of AUTOMATIC1111 and diffusers, 0, 1, 2 … as numbers.
    rows = torch.arange(12.0).reshape(2, 6)
    state = {"string_to_token": {"*": torch.tensor(265)}, "name": "mood", "step": 9, "sd_checkpoint": None}
    torch.save(state | {"string_to_param": {"*": torch.nn.Parameter(rows)}}, folder / "webui.pt")
    torch.save(state | {"string_to_param": torch.nn.ParameterDict({"*": torch.nn.Parameter(rows)})},
               folder / "webui-old.pt")
    torch.save({"<mood>": rows[0], "<tone>": rows}, folder / "learned_embeds.bin")
    save_file({"emb_params": rows}, folder / "mood.safetensors")
    save_file({"clip_l": rows, "clip_g": torch.arange(16.0).reshape(2, 8)}, folder / "mood-xl.safetensors")
    for file in folder.glob("mood*"):
        file.chmod(0o644)

    # PEFT's own file and settings: a network wrapped and saved by itself.
    torch.manual_seed(4)
    network = diffusers.UNet2DConditionModel.from_pretrained(models / "sd1/unet")
    wrapped = peft.get_peft_model(network, peft.LoraConfig(
        r=2, lora_alpha=3, target_modules=["to_q", "conv1"], init_lora_weights=False, use_rslora=True))
    wrapped.save_pretrained(folder / "peft-folder")
    for file in (folder / "peft-folder").iterdir():
        file.unlink() if file.name == "README.md" else file.chmod(0o644)
    after = wrapped.merge_and_unload().state_dict()
    weights = {}
    for name, value in after.items():
        if not torch.equal(value, unet[name].float()):
            numbers = value.double().reshape(-1)
            weights["unet/" + name] = [
                list(value.shape), numbers.sum().item(), (numbers * torch.arange(len(numbers))).sum().item()]
    found["peft-folder"] = {"model": "sd1", "scale": 1.0, "weights": weights}
    (folder / "adapters.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
