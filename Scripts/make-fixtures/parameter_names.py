"""Names and shapes of every parameter of the real models, from the reference's classes and the models' configurations.

usage: parameter_names.py [OUTPUT FOLDER]      (needs what requirements.txt pins)

No weights are made: the modules live on PyTorch's `meta` device. One text file a model: the configuration on the first
line, then a line a parameter, sorted: how many characters it shares with the line before, the rest of its name, its
shape.
"""
import importlib.metadata
import json
import os
import pathlib
import sys

import diffusers
import torch
import transformers

PINNED = {"torch": "2.11.0", "diffusers": "0.42.1", "transformers": "5.23.0"}

UNET_1 = {
    "_class_name": "UNet2DConditionModel", "act_fn": "silu", "attention_head_dim": 8,
    "block_out_channels": [320, 640, 1280, 1280], "center_input_sample": False, "cross_attention_dim": 768,
    "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"], "downsample_padding": 1, "flip_sin_to_cos": True,
    "freq_shift": 0, "in_channels": 4, "layers_per_block": 2, "mid_block_scale_factor": 1, "norm_eps": 1e-05,
    "norm_num_groups": 32, "out_channels": 4, "sample_size": 64, "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3}
UNET_2 = UNET_1 | {
    "attention_head_dim": [5, 10, 20, 20], "cross_attention_dim": 1024, "dual_cross_attention": False,
    "num_class_embeds": None, "only_cross_attention": False, "sample_size": 96, "upcast_attention": True,
    "use_linear_projection": True}
UNET_XL = UNET_2 | {
    "addition_embed_type": "text_time", "addition_embed_type_num_heads": 64, "addition_time_embed_dim": 256,
    "attention_head_dim": [5, 10, 20], "block_out_channels": [320, 640, 1280], "class_embed_type": None,
    "class_embeddings_concat": False, "conv_in_kernel": 3, "conv_out_kernel": 3, "cross_attention_dim": 2048,
    "cross_attention_norm": None, "down_block_types": ["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 2,
    "encoder_hid_dim": None, "encoder_hid_dim_type": None, "mid_block_only_cross_attention": None,
    "mid_block_type": "UNetMidBlock2DCrossAttn", "num_attention_heads": None, "projection_class_embeddings_input_dim": 2816,
    "resnet_out_scale_factor": 1.0, "resnet_skip_time_act": False, "resnet_time_scale_shift": "default", "sample_size": 128,
    "time_cond_proj_dim": None, "time_embedding_act_fn": None, "time_embedding_dim": None,
    "time_embedding_type": "positional", "timestep_post_act": None, "transformer_layers_per_block": [1, 2, 10],
    "up_block_types": ["CrossAttnUpBlock2D"] * 2 + ["UpBlock2D"], "upcast_attention": None}
REFINER = UNET_XL | {
    "attention_head_dim": [6, 12, 24, 24], "block_out_channels": [384, 768, 1536, 1536], "cross_attention_dim": 1280,
    "down_block_types": ["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 2 + ["DownBlock2D"],
    "projection_class_embeddings_input_dim": 2560, "transformer_layers_per_block": 4,
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 2 + ["UpBlock2D"]}
# Segmind's smaller XL: fewer blocks, unevenly many.
SMALL_XL = UNET_XL | {
    "layers_per_block": 2, "transformer_layers_per_block": [0, [2, 2], [4, 4]],
    "reverse_transformer_layers_per_block": [[4, 4, 10], [2, 1, 1], 1], "mid_block_type": "UNetMidBlock2D"}
AUTOENCODER = {
    "_class_name": "AutoencoderKL", "act_fn": "silu", "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4, "in_channels": 3, "latent_channels": 4, "layers_per_block": 2,
    "norm_num_groups": 32, "out_channels": 3, "sample_size": 512, "up_block_types": ["UpDecoderBlock2D"] * 4}
CLIP_L = {
    "architectures": ["CLIPTextModel"], "attention_dropout": 0.0, "bos_token_id": 0, "dropout": 0.0, "eos_token_id": 2,
    "hidden_act": "quick_gelu", "hidden_size": 768, "initializer_factor": 1.0, "initializer_range": 0.02,
    "intermediate_size": 3072, "layer_norm_eps": 1e-05, "max_position_embeddings": 77, "model_type": "clip_text_model",
    "num_attention_heads": 12, "num_hidden_layers": 12, "pad_token_id": 1, "projection_dim": 768, "torch_dtype": "float32",
    "transformers_version": "4.22.0.dev0", "vocab_size": 49408}
CLIP_H = CLIP_L | {
    "hidden_act": "gelu", "hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16, "num_hidden_layers": 23,
    "projection_dim": 512}
CLIP_G = CLIP_L | {
    "architectures": ["CLIPTextModelWithProjection"], "hidden_act": "gelu", "hidden_size": 1280, "intermediate_size": 5120,
    "num_attention_heads": 20, "num_hidden_layers": 32, "projection_dim": 1280}

MODELS = {
    "unet-sd1": UNET_1, "unet-sd2": UNET_2, "unet-sdxl": UNET_XL, "unet-sdxl-refiner": REFINER, "unet-sdxl-small": SMALL_XL,
    "autoencoder": AUTOENCODER, "clip-l": CLIP_L, "clip-h": CLIP_H, "clip-g": CLIP_G,
}


def parameters(config):
    """Name and shape of each."""
    prefix = ""
    with torch.device("meta"):
        if "architectures" not in config:
            made = {key: value for key, value in config.items() if not key.startswith("_")}
            model = getattr(diffusers, config["_class_name"])(**made)
        else:
            model = getattr(transformers, config["architectures"][0])(transformers.CLIPTextConfig(**config))
            # Files have this prefix whatever the version of the reference calls its modules.
            prefix = "" if hasattr(model, "text_model") else "text_model."
    return sorted((prefix + name, tuple(value.shape)) for name, value in model.state_dict().items())


def main():
    for package, version in PINNED.items():
        found = importlib.metadata.version(package)
        if found != version:
            raise SystemExit(f"{package} {version} is needed, {found} is installed: pip install -r requirements.txt")
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[1] / "Tests/GoldenTests/Fixtures/names"
    folder.mkdir(parents=True, exist_ok=True)
    for name, config in MODELS.items():
        lines, before = [json.dumps(config, sort_keys=True)], ""
        for path, shape in parameters(config):
            shared = len(os.path.commonprefix([before, path]))
            lines.append(f"{shared} {path[shared:]} {'x'.join(map(str, shape))}")
            before = path
        file = folder / f"{name}.txt"
        file.write_text("\n".join(lines) + "\n")
        print(f"{file.name}: {len(lines) - 1} parameters, {file.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
