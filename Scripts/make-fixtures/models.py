"""Tiny Stable Diffusion models in the layouts that the world stores them in; CheckpointsTests reads them.

usage: models.py [OUTPUT FOLDER]      (needs what requirements.txt pins)

Folders are random networks of the reference, a few numbers wide, as the reference saves them: plain, as half precision
variant, as pickles, in shards. Single files have the original layout (`layouts.py`). `found.json` says what the reference
finds in each: per tensor its shape, the sum of its numbers, and the sum of their products with 0, 1, 2 ….
"""
import importlib.metadata
import json
import math
import pathlib
import shutil
import sys

import diffusers
import torch
import transformers
from diffusers.loaders import single_file_utils as reference
from safetensors.torch import load_file, save_file

import layouts

PINNED = {"torch": "2.11.0", "safetensors": "0.8.0", "diffusers": "0.42.1", "transformers": "5.23.0"}
WORDS, TOKENS = 23, 7


def tokenizer(folder, pad):
    """A byte-pair vocabulary of two dozen pieces in the form that CLIP's has."""
    letters = list("abcdefgh!")
    pieces = letters + [letter + "</w>" for letter in letters] + ["ab</w>", "cd", "cde</w>"]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    assert len(pieces) == WORDS
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({piece: index for index, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\na b</w>\nc d\ncd e</w>\n")
    made = transformers.CLIPTokenizer.from_pretrained(folder, pad_token=pad)
    shutil.rmtree(folder)
    return made


def text_encoder(kind, width, projection, layers=2, activation="quick_gelu"):
    return kind(transformers.CLIPTextConfig(
        hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers, num_attention_heads=2,
        vocab_size=WORDS, max_position_embeddings=TOKENS, projection_dim=projection, hidden_act=activation,
        bos_token_id=WORDS - 2, eos_token_id=WORDS - 1, pad_token_id=WORDS - 1))


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
    return diffusers.StableDiffusionPipeline(
        vae=autoencoder(), text_encoder=text_encoder(transformers.CLIPTextModel, 6, 6),
        tokenizer=tokenizer(scratch, "<|endoftext|>"), unet=denoiser(), scheduler=diffusers.PNDMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def stable_diffusion_xl(scratch):
    return diffusers.StableDiffusionXLPipeline(
        vae=autoencoder(scaling_factor=0.13025), text_encoder=text_encoder(transformers.CLIPTextModel, 6, 6),
        text_encoder_2=text_encoder(transformers.CLIPTextModelWithProjection, 8, 10, activation="gelu"),
        tokenizer=tokenizer(scratch, "<|endoftext|>"), tokenizer_2=tokenizer(scratch, "!"),
        unet=denoiser(
            cross_attention_dim=14, use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=4,
            projection_class_embeddings_input_dim=34, transformer_layers_per_block=(2, 1)),
        scheduler=diffusers.EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"))


SMALL_VAE = layouts.Autoencoder(width=4, multiples=(1, 2), layers=1)
SMALL_CLIP = layouts.CLIP(width=6, layers=2, words=WORDS, tokens=TOKENS)
SMALL_OPEN = layouts.OpenCLIP(width=6, layers=3, words=WORDS, tokens=TOKENS)
SMALL = dict(width=4, multiples=(1, 2), layers=1, depths=(1, 0), context=6)
SINGLE = {
    "sd1": layouts.whole(layouts.Denoiser(**SMALL), SMALL_VAE, {"cond_stage_model.transformer.": SMALL_CLIP}),
    "sd2": layouts.whole(layouts.Denoiser(**SMALL, linear=True), SMALL_VAE, {"cond_stage_model.model.": SMALL_OPEN}),
    "sdxl": layouts.whole(
        layouts.Denoiser(**SMALL | {"depths": (0, 2), "middle": 2, "context": 12}, linear=True, added=34), SMALL_VAE,
        {"conditioner.embedders.0.transformer.": SMALL_CLIP, "conditioner.embedders.1.model.": SMALL_OPEN}),
    "sdxl-refiner": layouts.whole(
        layouts.Denoiser(**SMALL, linear=True, added=30), SMALL_VAE, {"conditioner.embedders.0.model.": SMALL_OPEN}),
}


def check(tensor):
    values = tensor.double().reshape(-1)
    return [list(tensor.shape), round(values.sum().item(), 4),
            round((values * torch.arange(len(values))).sum().item(), 4)]


def random_tensors(names):
    def values(name, shape):
        if name.endswith("position_ids"):
            return torch.arange(math.prod(shape)).reshape(shape)
        return torch.randn(shape).half()
    return {name: values(name, shape) for name, shape in names.items()}


def converted(family, tensors):
    """What the reference makes of a single file."""
    added = "text_time" if family.startswith("sdxl") else None
    unet = reference.convert_ldm_unet_checkpoint(tensors, {"layers_per_block": 1, "addition_embed_type": added})
    parts = {"unet": unet}
    if family == "sd1":  # all have the same autoencoder
        levels = {"down_block_types": [0] * 2, "up_block_types": [0] * 2}
        parts["vae"] = reference.convert_ldm_vae_checkpoint(dict(tensors), levels)
    if family in ("sd1", "sdxl"):
        parts["text_encoder"] = reference.convert_ldm_clip_checkpoint(tensors)
    for prefix, part in {"cond_stage_model.model.": "text_encoder", "conditioner.embedders.1.model.": "text_encoder_2",
                         "conditioner.embedders.0.model.": "text_encoder_2"}.items():
        if prefix + "token_embedding.weight" in tensors:
            parts[part] = reference.convert_open_clip_checkpoint(None, tensors, prefix=prefix)
    if family == "sd2":  # three blocks stand for twenty-four; the reference knows the last one by its full-size name
        parts["text_encoder"] = {name: value for name, value in parts["text_encoder"].items()
                                 if ".layers.2." not in name and not name.startswith("text_projection")}
    return {part: {name: check(value) for name, value in found.items() if not name.endswith("position_ids")}
            for part, found in parts.items()}


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
    scratch = folder / "scratch"
    pipeline = stable_diffusion_1(scratch).to(torch.float16)
    pipeline.save_pretrained(folder / "sd1")
    # The autoencoder's attention as it was spelt until 2023, the tokenizer as two files, the text encoder's prefix:
    # as the first published folders have them.
    old = pipeline.vae.state_dict()
    for new, name in {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}.items():
        old = {key.replace(f"attentions.0.{new}.", f"attentions.0.{name}."): value for key, value in old.items()}
    pipeline.save_pretrained(folder / "sd1-old", safe_serialization=False)
    torch.save(old, folder / "sd1-old/vae/diffusion_pytorch_model.bin")
    text = {"text_model." + key: value for key, value in pipeline.text_encoder.state_dict().items()}
    text["text_model.embeddings.position_ids"] = torch.arange(TOKENS).reshape(1, -1)
    for file in (folder / "sd1-old/text_encoder").glob("*.safetensors"):
        file.unlink()
    torch.save(text, folder / "sd1-old/text_encoder/pytorch_model.bin")
    words = json.loads((folder / "sd1-old/tokenizer/tokenizer.json").read_text())["model"]
    (folder / "sd1-old/tokenizer/tokenizer.json").unlink()
    (folder / "sd1-old/tokenizer/vocab.json").write_text(json.dumps(words["vocab"]))
    (folder / "sd1-old/tokenizer/merges.txt").write_text(
        "\n".join(["#version: 0.2", *(" ".join(pair) for pair in words["merges"])]) + "\n")
    # Shards, and half precision beside single.
    pipeline.unet.save_pretrained(folder / "shards", max_shard_size="20KB")
    pipeline.text_encoder.half().save_pretrained(folder / "half", variant="fp16")
    pipeline.text_encoder.save_pretrained(folder / "both", variant="fp16")
    pipeline.text_encoder.float().save_pretrained(folder / "both")
    pipeline.text_encoder.half()
    stable_diffusion_xl(scratch).to(torch.float16).save_pretrained(folder / "sdxl")

    found = {}
    for family, names in SINGLE.items():
        tensors = random_tensors(names)
        save_file(tensors, folder / f"{family}.safetensors")
        found[family] = converted(family, tensors)
        if family == "sd1":
            torch.save({"global_step": 7, "state_dict": tensors}, folder / "sd1.ckpt")
    parts = {part: getattr(pipeline, part).state_dict() for part in ("unet", "vae", "text_encoder")}
    found["folder"] = {part: {
        ("text_model." if part == "text_encoder" else "") + name: check(value) for name, value in tensors.items()
    } for part, tensors in parts.items()}
    (folder / "found.json").write_text(json.dumps(found, separators=(",", ":")).replace("]],", "]],\n") + "\n")
    for file in folder.rglob("*"):
        if file.is_file():
            file.chmod(0o644)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{folder}: {size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
