"""What every tensor of Stable Diffusion's single files is called in the diffusers layout; CheckpointsTests reads it.

usage: keys.py [OUTPUT FOLDER]      (needs what requirements.txt pins)

The names of the single files come from `layouts.py`. The reference converts them, with tensors that carry their number,
and its networks, built at full size without memory, say which names and shapes must come out. One line a tensor:
name, shape, inner name, what is done; a name is written as the number of characters that it shares with the one above
and the rest.
"""
import json
import os
import pathlib
import sys

import diffusers
import torch
import transformers
from diffusers.loaders import single_file_utils as reference

import layouts

# The published descriptions, as far as they differ from what the reference takes when nothing is said.
CROSS, PLAIN = "CrossAttnDownBlock2D", "DownBlock2D"
SD1 = {"cross_attention_dim": 768, "attention_head_dim": 8, "sample_size": 64}
SD2 = {"cross_attention_dim": 1024, "attention_head_dim": [5, 10, 20, 20], "use_linear_projection": True, "sample_size": 96}
XL = {
    "cross_attention_dim": 2048, "attention_head_dim": [5, 10, 20], "use_linear_projection": True, "sample_size": 128,
    "block_out_channels": [320, 640, 1280], "down_block_types": [PLAIN, CROSS, CROSS],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"], "transformer_layers_per_block": [1, 2, 10],
    "addition_embed_type": "text_time", "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816}
REFINER = XL | {
    "cross_attention_dim": 1280, "attention_head_dim": [6, 12, 24, 24], "block_out_channels": [384, 768, 1536, 1536],
    "down_block_types": [PLAIN, CROSS, CROSS, PLAIN], "transformer_layers_per_block": 4,
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "projection_class_embeddings_input_dim": 2560}
ENDS = {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
SMALL = ENDS | {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12, "projection_dim": 768}
MIDDLE = ENDS | {"hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16, "num_hidden_layers": 23,
          "hidden_act": "gelu", "projection_dim": 512}
LARGE = ENDS | {"hidden_size": 1280, "intermediate_size": 5120, "num_attention_heads": 20, "num_hidden_layers": 32,
         "hidden_act": "gelu", "projection_dim": 1280}
VAE = {"block_out_channels": [128, 256, 512, 512], "down_block_types": ["DownEncoderBlock2D"] * 4, "latent_channels": 4,
       "up_block_types": ["UpDecoderBlock2D"] * 4, "layers_per_block": 2, "sample_size": 512}
XLVAE = VAE | {"sample_size": 1024, "scaling_factor": 0.13025, "force_upcast": True}
CONFIGURATIONS = {
    "sd1": {"unet": SD1, "vae": VAE, "text_encoder": SMALL},
    "sd1-inpainting": {"unet": SD1 | {"in_channels": 9}, "vae": VAE, "text_encoder": SMALL},
    "sd2": {"unet": SD2, "vae": VAE | {"sample_size": 768}, "text_encoder": MIDDLE},
    "sdxl": {"unet": XL, "vae": XLVAE, "text_encoder": SMALL, "text_encoder_2": LARGE},
    "sdxl-refiner": {"unet": REFINER, "vae": XLVAE, "text_encoder_2": LARGE},
}
CLASSES = {"unet": diffusers.UNet2DConditionModel, "vae": diffusers.AutoencoderKL,
           "text_encoder": transformers.CLIPTextModel, "text_encoder_2": transformers.CLIPTextModelWithProjection}


def build(part, configuration):
    """The reference's network without memory, and its description in full."""
    kind = CLASSES[part]
    with torch.device("meta"):
        if part in ("unet", "vae"):
            network = kind(**configuration)
            return network, {key: value for key, value in network.config.items() if not key.startswith("_")}
        settings = transformers.CLIPTextConfig(**configuration)
        return kind(settings), settings.to_dict()


def numbered(names):
    """Tensors that take no memory: each element is the tensor's number; of a fused matrix, also its third."""
    tensors = {}
    for number, (name, shape) in enumerate(names.items()):
        if name.split(".")[-1].startswith("in_proj_"):
            rows = [torch.tensor(4.0 * number + third).expand(shape[0] // 3, *shape[1:]) for third in range(3)]
            tensors[name] = torch.cat(rows)
        else:
            tensors[name] = torch.tensor(4.0 * number).expand(shape)
    return tensors


def converted(part, network, configuration, checkpoint):
    if part == "unet":
        return reference.convert_ldm_unet_checkpoint(checkpoint, configuration)
    if part == "vae":
        return reference.convert_ldm_vae_checkpoint(checkpoint, configuration)
    for prefix in "cond_stage_model.model.", "conditioner.embedders.1.model.", "conditioner.embedders.0.model.":
        is_large = part == "text_encoder_2" or prefix.startswith("cond")
        if prefix + "token_embedding.weight" in checkpoint and is_large and (
                part == "text_encoder_2") == prefix.startswith("conditioner"):
            return reference.convert_open_clip_checkpoint(network, checkpoint, prefix=prefix)
    return reference.convert_ldm_clip_checkpoint(checkpoint)


def lines(part, network, configuration, names):
    expected = {name: list(value.shape) for name, value in network.state_dict().items()}
    order, found = list(names), []
    for inner, value in converted(part, network, configuration, numbered(names)).items():
        if inner.endswith("position_ids"):
            continue
        plain = inner if inner in expected else inner.removeprefix("text_model.")
        if plain not in expected and inner.startswith("text_projection"):
            continue
        number, third = divmod(int(value.reshape(-1)[0].item()), 4)
        name, change = order[number], ""
        if "in_proj_" in name:
            change = str(third)
        elif name.endswith("text_projection"):
            change = "t"
        elif list(value.shape) != names[name]:
            change = "k"
        assert list(value.shape) == expected.pop(plain), (inner, value.shape)
        found.append((name, names[name], inner, change))
    assert not expected, list(expected)[:5]
    return sorted(found)


def shortened(name, above):
    shared = len(os.path.commonprefix([name, above]))
    return f"{shared} {name[shared:]}"


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[1] / "Tests/CheckpointsTests/Fixtures"
    folder /= "keys"
    folder.mkdir(parents=True, exist_ok=True)
    everything = {"defaults": {part: build(part, {})[1] for part in CLASSES}}
    for family, names in layouts.FAMILIES.items():
        text, known = [], {}
        for part, settings in CONFIGURATIONS[family].items():
            network, configuration = build(part, settings)
            known[part] = configuration
            above = ("", "")
            for name, shape, inner, change in lines(part, network, configuration, names):
                sizes = "x".join(map(str, shape))
                text.append(f"{part} {shortened(name, above[0])} {sizes} {shortened(inner, above[1])} {change}".rstrip())
                above = (name, inner)
        everything[family] = {
            part: {key: value for key, value in description.items() if value != everything["defaults"][part].get(key)}
            for part, description in known.items()}
        if family != "sd1-inpainting":  # the names are those of sd1
            (folder / f"{family}.txt").write_text("".join(line + "\n" for line in text))
        print(family, len(text), sum(len(line) + 1 for line in text) // 1024, "KB")
    (folder / "configurations.json").write_text(json.dumps(everything, indent=1, sort_keys=True, default=str) + "\n")


if __name__ == "__main__":
    main()
