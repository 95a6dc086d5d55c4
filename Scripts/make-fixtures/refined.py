#!/usr/bin/env python3
"""What diffusers draws with the tiny Stable Diffusion XL and its refiner on one walk.

    pip install -r Scripts/make-fixtures/requirements.txt
    python3 Scripts/make-fixtures/refined.py

Reads the models xl and refiner that pipelines.py wrote, and writes Tests/PipelinesTests/Fixtures/refined.safetensors with,
for each case,
  CASE/middle   the latents that the first model hands over, [pictures, 4, h, w]
  CASE/end      the latents after the last step, [pictures, 4, h, w]
  CASE/picture  the pictures, [pictures, height, width, 3], bytes
and the list of cases as JSON in the metadata `fixture`, as pipelines.py has it.
"""
import json

import torch
from diffusers import (
    DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline, UniPCMultistepScheduler)
from PIL import Image
from safetensors.torch import save_file

from pipelines import NEGATIVE, OUT, PINNED, PROMPT, require_pinned

# Darkroom's sampler and spacing: the scheduler and its options.
SAMPLERS = {
    "euler": (EulerDiscreteScheduler, {}),
    "euler trailing": (EulerDiscreteScheduler, {"timestep_spacing": "trailing"}),
    "euler_ancestral": (EulerAncestralDiscreteScheduler, {}),
    "dpmpp_2m": (DPMSolverMultistepScheduler, {}),
    "dpmpp_2m karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "unipc": (UniPCMultistepScheduler, {}),
}


def case(name, sampler, share, steps, seeds=(7,), strength=None, scale=5.0):
    return {"name": name, "sampler": sampler, "share": share, "steps": steps, "seeds": seeds, "strength": strength,
            "scale": scale}


CASES = [case(f"text/{name}", name, 0.8, 10) for name in SAMPLERS] + [
    case("text/early", "euler", 0.35, 7), case("text/late", "dpmpp_2m", 0.9, 10),
    case("text/short", "dpmpp_2m", 0.6, 5), case("text/unipc short", "unipc", 0.6, 5), case("text/seeds", "euler_ancestral", 0.5, 6, seeds=(1, 2)),
    case("image/unipc", "unipc", 0.7, 10, strength=0.9), case("image/euler", "euler", 0.8, 10, strength=0.7), case("image/dpmpp_2m", "dpmpp_2m", 0.7, 10, strength=0.9)]


def request_of(one):
    sampler, _, spacing = one["sampler"].partition(" ")
    request = {
        "prompt": PROMPT, "steps": one["steps"], "seeds": list(one["seeds"]), "precision": "fp32", "sampler": sampler,
        "guidance": {"scale": one["scale"], "negativePrompt": NEGATIVE}, "refiner": {"model": "refiner", "start": one["share"]}}
    if spacing:
        request["spacing"] = spacing
    if one["strength"] is not None:
        request |= {"initialPicture": "init.png", "strength": one["strength"]}
    return request


def draw(base, refiner, one, seed, picture):
    """The latents handed over, the last latents, and bytes."""
    kind, options = SAMPLERS[one["sampler"]]
    first = base
    extra = {}
    if one["strength"] is not None:
        first = StableDiffusionXLImg2ImgPipeline(**base.components, add_watermarker=False)
        extra = {"image": picture, "strength": one["strength"]}
    for pipe in (first, refiner):
        pipe.scheduler = kind.from_config(pipe.scheduler.config, **options)
        pipe.set_progress_bar_config(disable=True)
    # One generator for both, as one stream draws one picture.
    generator = torch.Generator().manual_seed(seed)
    common = {"prompt": PROMPT, "negative_prompt": NEGATIVE, "num_inference_steps": one["steps"],
              "guidance_scale": one["scale"], "generator": generator}
    ends = []

    def after(_, index, timestep, values):
        ends.append(values["latents"].clone())
        return {}

    middle = first(**common, **extra, denoising_end=one["share"], output_type="latent").images
    drawn = refiner(**common, image=middle, denoising_start=one["share"], output_type="np", callback_on_step_end=after).images
    return middle, ends[-1], torch.from_numpy((drawn * 255).round().astype("uint8"))


def main():
    found = require_pinned()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    own = {}
    for name, kind in [("xl", StableDiffusionXLPipeline), ("refiner", StableDiffusionXLImg2ImgPipeline)]:
        own[name] = kind.from_pretrained(OUT / name, torch_dtype=torch.float32, add_watermarker=False)
    configs = {name: pipe.scheduler.config for name, pipe in own.items()}
    picture = Image.open(OUT / "xl/init.png")
    tensors, cases = {}, []
    for one in CASES:
        drawn = []
        for seed in one["seeds"]:
            for name, pipe in own.items():
                pipe.scheduler = type(pipe.scheduler).from_config(configs[name])
            with torch.no_grad():
                drawn.append(draw(own["xl"], own["refiner"], one, seed, picture))
        for key, values in zip(["middle", "end", "picture"], zip(*drawn)):
            tensors[f"{one['name']}/{key}"] = torch.cat(values).contiguous()
        cases.append({"name": one["name"], "request": request_of(one)})
        end = tensors[f"{one['name']}/end"]
        if not torch.isfinite(end).all():
            raise SystemExit(f"{one['name']}: not finite")
        print(f"{one['name']}: latents ±{end.std():.2f}, pixels ± {tensors[one['name'] + '/picture'].float().std():.0f}")
    about = {"made_by": "Scripts/make-fixtures/refined.py", **PINNED, **found, "cases": cases}
    save_file(tensors, OUT / "refined.safetensors", {"fixture": json.dumps(about, sort_keys=True)})


if __name__ == "__main__":
    main()
