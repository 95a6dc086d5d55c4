"""Draws with an adapter that Darkroom trained, in Darkroom and in diffusers, and says how far the latents are apart.

usage: adapter.py MODEL ADAPTER [--program PATH] [--prompt TEXT] [--side N] [--steps N]

MODEL is a Stable Diffusion folder in the layout of diffusers; ADAPTER is the file or, with the keys of PEFT, the folder that
`darkroom train` left. Both draw in single precision with DDIM from the same seed. Needs torch, diffusers, transformers, peft.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import torch
from diffusers import DDIMScheduler, DiffusionPipeline
from peft import PeftModel
from safetensors.torch import load_file


def own_latents(given, adapter):
    """What Darkroom's walk ends in, with or without the adapter."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "latents.safetensors"
        command = [given.program, "generate", given.prompt, "--model", given.model, "--dtype", "fp32", "--sampler", "ddim",
                   "--steps", str(given.steps), "--seed", "1", "-W", str(given.side), "-H", str(given.side),
                   "--cfg-scale", "5", "--save-latents", str(file), "-o", str(pathlib.Path(folder) / "x.png"), "--json"]
        subprocess.run(command + (["--lora", given.adapter] if adapter else []), check=True, stdout=subprocess.DEVNULL)
        return load_file(file)["latents"]


def their_latents(given, adapter):
    """The same by diffusers."""
    pipeline = DiffusionPipeline.from_pretrained(given.model, torch_dtype=torch.float32)
    pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    if adapter and pathlib.Path(given.adapter).is_dir():
        pipeline.unet = PeftModel.from_pretrained(pipeline.unet, given.adapter)
    elif adapter:
        pipeline.load_lora_weights(given.adapter)
    generator = torch.Generator().manual_seed(1)
    return pipeline(given.prompt, height=given.side, width=given.side, num_inference_steps=given.steps, guidance_scale=5.0,
                    generator=generator, output_type="latent").images


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("adapter")
    parser.add_argument("--program", default=".build/release/darkroom")
    parser.add_argument("--prompt", default="a red cube")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--steps", type=int, default=8)
    given = parser.parse_args()
    own, theirs = own_latents(given, True), their_latents(given, True)
    own_plain, plain = own_latents(given, False), their_latents(given, False)
    print(json.dumps({"difference": (own - theirs).abs().max().item(), "largest": theirs.abs().max().item(),
                      "difference_without_adapter": (own_plain - plain).abs().max().item(),
                      "changed_by_adapter": (theirs - plain).abs().max().item()}))


if __name__ == "__main__":
    main()
