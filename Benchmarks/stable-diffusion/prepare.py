"""Writes a complete Stable Diffusion folder of full size with random weights: for speed, not for pictures.

usage: prepare.py sd15|sdxl FOLDER [--dtype bf16|fp16|fp32]

The sizes are those of Stable Diffusion 1.5 and XL base; the tokenizer is CLIP's, made from Models/vocabularies. Every
contender of the races reads the same folder. 2.1 GB (sd15) or 6.9 GB (sdxl) in half precision.
"""
import argparse
import json
import pathlib
import tempfile

import diffusers
import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parents[2]
VAE = dict(
    down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    block_out_channels=(128, 256, 512, 512), layers_per_block=2, latent_channels=4)
SMALL_TEXT = dict(
    vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
    projection_dim=768, hidden_act="quick_gelu", bos_token_id=49406, eos_token_id=49407)
LARGE_TEXT = dict(
    vocab_size=49408, hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=20,
    projection_dim=1280, hidden_act="gelu", bos_token_id=49406, eos_token_id=49407)
UNETS = {
    "sd15": dict(
        sample_size=64, layers_per_block=2, block_out_channels=(320, 640, 1280, 1280),
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3, cross_attention_dim=768, attention_head_dim=8),
    "sdxl": dict(
        sample_size=128, layers_per_block=2, block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=2048,
        attention_head_dim=[5, 10, 20], transformer_layers_per_block=[1, 2, 10], use_linear_projection=True,
        addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816),
}
SCHEDULE = dict(
    beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000, steps_offset=1)


def vocabulary(folder):
    """CLIP's vocab.json and merges.txt, from the merges in the repository."""
    merges = next((ROOT / "Models/vocabularies").glob("*merges*")).read_text(encoding="utf-8").splitlines()
    merges = [line for line in merges if line and not line.startswith("#")]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in printable]
    letters += [chr(256 + index) for index in range(256 - len(printable))]
    pieces = letters + [letter + "</w>" for letter in letters] + ["".join(line.split()) for line in merges]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({piece: index for index, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")


def tokenizer(folder, padding):
    vocabulary(folder)
    return transformers.CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77, pad_token=padding)


def build(size, vocabularies):
    """The pipeline with random weights."""
    with torch.device("cpu"):
        parts = dict(
            unet=diffusers.UNet2DConditionModel(**UNETS[size]),
            scheduler=diffusers.DPMSolverMultistepScheduler(**SCHEDULE),
            text_encoder=transformers.CLIPTextModel(transformers.CLIPTextConfig(**SMALL_TEXT)),
            tokenizer=tokenizer(vocabularies / "tokenizer", "<|endoftext|>"))
        if size == "sd15":
            return diffusers.StableDiffusionPipeline(
                vae=diffusers.AutoencoderKL(**VAE, sample_size=512, scaling_factor=0.18215), safety_checker=None,
                feature_extractor=None, requires_safety_checker=False, **parts)
        return diffusers.StableDiffusionXLPipeline(
            vae=diffusers.AutoencoderKL(**VAE, sample_size=1024, scaling_factor=0.13025),
            text_encoder_2=transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(**LARGE_TEXT)),
            tokenizer_2=tokenizer(vocabularies / "tokenizer_2", "!"), **parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("size", choices=list(UNETS))
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--dtype", choices=["bf16", "fp16", "fp32"], default="bf16")
    given = parser.parse_args()
    torch.manual_seed(0)
    torch.set_default_dtype({"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}[given.dtype])
    with tempfile.TemporaryDirectory() as vocabularies:
        pipeline = build(given.size, pathlib.Path(vocabularies))
        pipeline.save_pretrained(given.folder, max_shard_size="20GB")
    counts = {name: sum(p.numel() for p in part.parameters()) / 1e6
              for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}
    print(given.folder, ", ".join(f"{name} {count:.1f} M" for name, count in counts.items()))


if __name__ == "__main__":
    main()
