"""Tiny Stable Diffusion models in the layouts that the world stores them in; CheckpointsTests reads them.

usage: models.py [OUTPUT FOLDER]      (needs what requirements.txt pins)

Every part is a random network of the reference implementation, a few numbers wide. Beside the models stands what the
reference finds in them: names, shapes and sums.
"""
import importlib.metadata
import json
import pathlib
import shutil
import sys

import diffusers
import torch
import transformers
from safetensors.torch import save_file

PINNED = {"torch": "2.11.0", "safetensors": "0.8.0", "diffusers": "0.42.1", "transformers": "5.23.0"}


def tokenizer(folder, pad):
    """A byte-pair vocabulary of two dozen pieces in the form that CLIP's has."""
    letters = list("abcdefgh!")
    pieces = letters + [letter + "</w>" for letter in letters] + ["ab</w>", "cd", "cde</w>"]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    source = folder / "source"
    source.mkdir(parents=True)
    (source / "vocab.json").write_text(json.dumps({piece: index for index, piece in enumerate(pieces)}))
    (source / "merges.txt").write_text("#version: 0.2\na b</w>\nc d\ncd e</w>\n")
    made = transformers.CLIPTokenizer.from_pretrained(source, pad_token=pad)
    shutil.rmtree(folder)
    return made, len(pieces)


def text_encoder(kind, vocabulary, width, projection, layers=2, activation="quick_gelu"):
    return kind(transformers.CLIPTextConfig(
        hidden_size=width, intermediate_size=2 * width, num_hidden_layers=layers, num_attention_heads=2,
        vocab_size=vocabulary, max_position_embeddings=7, projection_dim=projection, hidden_act=activation,
        bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1, pad_token_id=vocabulary - 1))


def autoencoder(**options):
    return diffusers.AutoencoderKL(
        block_out_channels=(4, 8), down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2, latent_channels=4, layers_per_block=1, norm_num_groups=2, sample_size=16,
        **options)


def denoiser(**options):
    return diffusers.UNet2DConditionModel(**{
        "block_out_channels": (4, 8), "layers_per_block": 1, "norm_num_groups": 2, "attention_head_dim": 2,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"), "sample_size": 8,
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"), "cross_attention_dim": 6, **options})


def stable_diffusion_1(scratch):
    words, count = tokenizer(scratch / "tokenizer", "<|endoftext|>")
    return diffusers.StableDiffusionPipeline(
        vae=autoencoder(), text_encoder=text_encoder(transformers.CLIPTextModel, count, 6, 6), tokenizer=words,
        unet=denoiser(), scheduler=diffusers.PNDMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def main():
    for package, version in PINNED.items():
        found = importlib.metadata.version(package)
        if found != version:
            raise SystemExit(f"{package} {version} is needed, {found} is installed: pip install -r requirements.txt")
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[1] / "Tests/CheckpointsTests/Fixtures"
    folder /= "models"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    torch.manual_seed(1)
    pipeline = stable_diffusion_1(folder / "scratch").to(torch.float16)
    pipeline.save_pretrained(folder / "sd1")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{folder}: {size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
