#!/usr/bin/env python3
"""Tiny Stable Diffusion models in the folder layout of diffusers, and what diffusers draws with them.

    pip install -r Scripts/make-fixtures/requirements.txt
    python3 Scripts/make-fixtures/pipelines.py [FAMILY…]

Writes into Tests/PipelinesTests/Fixtures, for each family (sd1, sd2, sd2-v, inpaint, lcm, xl, refiner), a folder NAME with a
few ten thousand random numbers and NAME.safetensors with, for each case,
  CASE/start      the latents before the first step, [pictures, 4, h, w]
  CASE/latents    the latents after each step, [steps, pictures, 4, h, w]
  CASE/picture    the pictures, [pictures, height, width, 3], bytes
and the list of cases as JSON in the metadata `cases`: a name, the request as Darkroom reads it, and how many pictures.
The pictures init.png and mask.png are what image-to-image and inpainting start from.
"""
import importlib.metadata
import inspect
import json
import pathlib
import shutil
import sys

import numpy as np
import torch
from diffusers import (
    AutoencoderKL, DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler, HeunDiscreteScheduler, LCMScheduler, LMSDiscreteScheduler, PNDMScheduler,
    StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline, StableDiffusionPipeline,
    StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline, UniPCMultistepScheduler,
    UNet2DConditionModel)
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

PINNED = {"torch": "2.11.0", "diffusers": "0.42.1", "transformers": "5.23.0", "tokenizers": "0.23.3"}
HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parents[1] / "Tests/PipelinesTests/Fixtures"
PROMPT = "a red cube on a green hill, lit from the left"
NEGATIVE = "blurry, grey"
WORDS = "a red blue cube on green hill lit from the left blurry grey of and in snow".split()
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}
# What the scheduler files of nearly all models carry along, whether their own scheduler knows it or not.
KEPT = {"clip_sample": False, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1}
SIDE = 8  # latents


# MARK: parts

def vocabulary():
    """The 256 bytes, the same at the end of a word, whole words by merges, and the two marks."""
    shown = list(range(ord("!"), ord("~") + 1)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    letters = [chr(byte) for byte in shown] + [chr(256 + i) for i in range(256 - len(shown))]
    pieces = letters + [letter + "</w>" for letter in letters]
    merges = []
    for word in WORDS:
        parts = list(word[:-1]) + [word[-1] + "</w>"]
        while len(parts) > 1:
            pair = (parts[0], parts[1])
            if pair not in merges:
                merges.append(pair)
            parts = ["".join(pair)] + parts[2:]
            if parts[0] not in pieces:
                pieces.append(parts[0])
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    return {piece: index for index, piece in enumerate(pieces)}, merges


VOCABULARY, MERGES = vocabulary()
START, END = VOCABULARY["<|startoftext|>"], VOCABULARY["<|endoftext|>"]


def write_tokenizer(folder, padding):
    """What CLIP's tokenizer folders hold."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(VOCABULARY, ensure_ascii=False), "utf-8")
    lines = ["#version: 0.2"] + [" ".join(pair) for pair in MERGES]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", "utf-8")
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
               "pad_token": padding}
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    config = special | {"add_prefix_space": False, "do_lower_case": True, "errors": "replace", "model_max_length": 77,
                        "tokenizer_class": "CLIPTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return CLIPTokenizer.from_pretrained(folder)


def text_encoder(seed, width, layers, heads, projection=None, act="quick_gelu", end=2):
    torch.manual_seed(seed)
    config = CLIPTextConfig(
        vocab_size=len(VOCABULARY), hidden_size=width, intermediate_size=2 * width, num_hidden_layers=layers,
        num_attention_heads=heads, max_position_embeddings=77, hidden_act=act, projection_dim=projection or width,
        bos_token_id=START if end != 2 else 0, eos_token_id=END if end != 2 else 2, pad_token_id=1)
    model = (CLIPTextModelWithProjection if projection else CLIPTextModel)(config).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            # The initial numbers are so small that all prompts would look alike.
            if "embedding" in name:
                value.normal_(0, 0.7)
            elif value.ndim == 2:
                value.normal_(0, 1 / value.shape[1] ** 0.5)
            elif name.endswith("bias"):
                value.normal_(0, 0.1)
            else:
                value.copy_(1 + 0.1 * torch.randn_like(value))
    return model


def liven(model, gain):
    """Fresh layers that start at zero or one say nothing; these do."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.ndim == 1:
                base = 1 if name.endswith("weight") else 0
                value.copy_(base + 0.1 * torch.randn_like(value))
            elif "attn2.to_out" in name or "attn2.to_q" in name:
                value.mul_(gain)


def unet(seed, context, in_channels=4, **options):
    torch.manual_seed(seed)
    arguments = dict(
        sample_size=SIDE, in_channels=in_channels, out_channels=4, layers_per_block=1, block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=context, attention_head_dim=2, norm_num_groups=4)
    model = UNet2DConditionModel(**(arguments | options)).eval()
    liven(model, 3)
    return model


def autoencoder(seed, levels=3, **options):
    torch.manual_seed(seed)
    model = AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=4, layers_per_block=1, norm_num_groups=4, sample_size=SIDE << (levels - 1),
        block_out_channels=(8,) * levels, down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels, **options).eval()
    liven(model, 1)
    return model


def calibrate(pipe, added=None):
    """Fits the ends of the networks, so that predictions and pixels behave like real ones.

    The last convolution of the U-Net is the least-squares answer to "which noise is in here", plus a random part.
    """
    torch.manual_seed(99)
    network, config = pipe.unet, pipe.unet.config
    is_velocity = pipe.scheduler.config.prediction_type == "v_prediction"
    with torch.no_grad():
        # The input reaches the end with both signs, from which SiLU gives it back: silu(x) - silu(-x) = x.
        signs = torch.cat([torch.eye(4), -torch.eye(4)])
        network.conv_in.weight.mul_(0.3)
        network.conv_in.weight[:, :4, 1, 1] += signs
        shortcut = network.up_blocks[-1].resnets[-1].conv_shortcut
        shortcut.weight.mul_(0.3)
        shortcut.weight[:, -8:, 0, 0] += 2 * torch.eye(8)
    alpha_bars = pipe.scheduler.alphas_cumprod
    features = []
    hook = network.conv_out.register_forward_pre_hook(lambda _, inputs: features.append(inputs[0]))
    targets = []
    with torch.no_grad():
        random_part = network.conv_out.weight.clone()
        for timestep in range(19, 1000, 20):
            signal, noise = alpha_bars[timestep].sqrt(), (1 - alpha_bars[timestep]).sqrt()
            sample, epsilon = torch.randn(2, 4, 1, 1) * 0.8 + 0.3 * torch.randn(2, 4, SIDE, SIDE), torch.randn(2, 4, SIDE, SIDE)
            x = torch.cat([signal * sample + noise * epsilon, torch.randn(2, config.in_channels - 4, SIDE, SIDE)], 1)
            text = torch.randn(2, 77, config.cross_attention_dim)
            condition = torch.randn(2, config.time_cond_proj_dim) if config.time_cond_proj_dim else None
            network(x, torch.tensor([timestep] * 2), text, added_cond_kwargs=added, timestep_cond=condition)
            targets.append(signal * epsilon - noise * sample if is_velocity else epsilon)
        hook.remove()
        inputs = torch.nn.functional.unfold(torch.cat(features), 3, padding=1).transpose(1, 2).flatten(0, 1).double()
        inputs = torch.cat([inputs, torch.ones(len(inputs), 1)], 1)
        outputs = torch.cat(targets).flatten(2).transpose(1, 2).flatten(0, 1).double()
        ridge = torch.eye(inputs.shape[1]) * 1e-2 * len(inputs)
        answer = torch.linalg.solve(inputs.T @ inputs + ridge, inputs.T @ outputs)
        print(f"noise left unexplained: {((inputs @ answer - outputs).square().mean() / outputs.square().mean()):.2f}")
        network.conv_out.weight.copy_(answer[:-1].T.reshape(4, -1, 3, 3) + 0.4 * random_part)
        network.conv_out.bias.copy_(answer[-1])
        picture = pipe.vae.decode(torch.randn(1, 4, SIDE, SIDE) / pipe.vae.config.scaling_factor).sample
        pipe.vae.decoder.conv_out.weight.div_(picture.std() * 2)
        pipe.vae.decoder.conv_out.bias.div_(picture.std() * 2)
        moments = pipe.vae._encode(torch.rand(1, 3, pipe.vae.config.sample_size, pipe.vae.config.sample_size) * 2 - 1)
        # Means of the spread that latents have, and a deviation of about a tenth of it.
        pipe.vae.quant_conv.weight[:4].div_(moments[:, :4].std() * pipe.vae.config.scaling_factor)
        pipe.vae.quant_conv.bias[4:].sub_(2.5)


def halve(*models):
    """Numbers that half precision holds exactly."""
    with torch.no_grad():
        for model in models:
            for value in model.parameters():
                value.copy_(value.half().float())


# MARK: families

def make_sd1(folder, **options):
    encoder = text_encoder(1, 12, 3, 2)
    tokenizer = write_tokenizer(folder / "tokenizer", "<|endoftext|>")
    pipe = StableDiffusionPipeline(
        vae=autoencoder(3), text_encoder=encoder, tokenizer=tokenizer, unet=unet(2, 12, **options),
        scheduler=PNDMScheduler.from_config(BETAS | KEPT),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    calibrate(pipe)
    return pipe


def make_lcm(folder):
    pipe = make_sd1(folder, time_cond_proj_dim=12)
    pipe.register_modules(scheduler=LCMScheduler.from_config(BETAS | KEPT | {"original_inference_steps": 50}))
    return pipe


def make_sd2(folder, target="epsilon", **schedule):
    encoder = text_encoder(11, 12, 3, 2, act="gelu")
    tokenizer = write_tokenizer(folder / "tokenizer", "!")
    network = unet(12, 12, use_linear_projection=True, attention_head_dim=[2, 4],
                   down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                   up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"))
    pipe = StableDiffusionPipeline(
        vae=autoencoder(13), text_encoder=encoder, tokenizer=tokenizer, unet=network,
        scheduler=DDIMScheduler.from_config(BETAS | KEPT | {"prediction_type": target} | schedule),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    calibrate(pipe)
    return pipe


def make_xl(folder, refiner=False):
    second = text_encoder(22, 16, 3, 2, projection=10, act="gelu", end=END)
    tokenizer = write_tokenizer(folder / "tokenizer_2", "!")
    scheduler = EulerDiscreteScheduler.from_config(BETAS | KEPT | {"timestep_spacing": "leading"})
    ids = 5 if refiner else 6
    network = unet(
        23, 16 if refiner else 28, use_linear_projection=True, attention_head_dim=[2, 4], transformer_layers_per_block=[1, 2],
        addition_embed_type="text_time", addition_time_embed_dim=4, projection_class_embeddings_input_dim=10 + 4 * ids,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"))
    vae = autoencoder(24, 4, scaling_factor=0.13025, force_upcast=True)
    common = dict(vae=vae, text_encoder_2=second, tokenizer_2=tokenizer, unet=network, scheduler=scheduler,
                  add_watermarker=False)
    if refiner:
        pipe = StableDiffusionXLImg2ImgPipeline(
            **common, text_encoder=None, tokenizer=None, requires_aesthetics_score=True, force_zeros_for_empty_prompt=False)
    else:
        first = text_encoder(21, 12, 3, 2)
        pipe = StableDiffusionXLPipeline(
            **common, text_encoder=first, tokenizer=write_tokenizer(folder / "tokenizer", "<|endoftext|>"))
    calibrate(pipe, {"text_embeds": torch.randn(2, 10), "time_ids": torch.full((2, ids), 32.0)})
    return pipe


# MARK: cases

SAMPLERS = {
    # Darkroom's sampler and spacing: the scheduler and its options
    "pndm": (PNDMScheduler, {}),
    "ddim": (DDIMScheduler, {}),
    "ddpm": (DDPMScheduler, {}),
    "lms": (LMSDiscreteScheduler, {}),
    "euler": (EulerDiscreteScheduler, {}),
    "euler karras": (EulerDiscreteScheduler, {"use_karras_sigmas": True}),
    "euler trailing": (EulerDiscreteScheduler, {"timestep_spacing": "trailing"}),
    "euler_ancestral": (EulerAncestralDiscreteScheduler, {}),
    "heun": (HeunDiscreteScheduler, {}),
    "dpmpp_2m": (DPMSolverMultistepScheduler, {}),
    "dpmpp_2m karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "dpmpp_2m_sde": (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}),
    "dpmpp_2m_sde karras": (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True}),
    "unipc": (UniPCMultistepScheduler, {}),
    "lcm": (LCMScheduler, {"original_inference_steps": 50}),
}
IMAGE_PIPELINES = {
    StableDiffusionPipeline: (StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline),
    StableDiffusionXLPipeline: (StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline),
    StableDiffusionXLImg2ImgPipeline: (StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline),
}


def case(name, task="text", sampler=None, seeds=(7,), steps=5, scale=7.5, **request):
    """A request; what it leaves open is the model's own choice."""
    return {"name": name, "task": task, "sampler": sampler, "seeds": list(seeds), "steps": steps, "scale": scale,
            "request": request}


def sampler_cases(names, tasks=("text", "image", "inpaint")):
    tasks = {"text": {}, "image": {"strength": 0.6}, "inpaint": {"strength": 1.0}} if tasks is None else {
        task: {"text": {}, "image": {"strength": 0.6}, "inpaint": {"strength": 1.0}}[task] for task in tasks}
    return [case(f"{task}/{name}", task, name, **options) for name in names for task, options in tasks.items()]


CASES = {
    "sd1": sampler_cases(SAMPLERS) + [
        case("text/own", negativePrompt=NEGATIVE),
        case("text/unguided", scale=1.0),
        case("text/rescaled", rescale=0.7, negativePrompt=NEGATIVE),
        case("text/skip", clipSkip=2, negativePrompt=NEGATIVE),
        case("text/wide", width=48, height=24),
        case("text/batch", sampler="euler_ancestral", seeds=(1, 2, 3, 4)),
        case("image/batch", "image", "euler_ancestral", seeds=(1, 2, 3, 4), strength=0.6),
        case("inpaint/batch", "inpaint", "euler_ancestral", seeds=(1, 2, 3, 4), strength=0.75),
        case("inpaint/part", "inpaint", "ddim", strength=0.75),
    ],
    "lcm": [case("text/own", steps=4, scale=8.5)] + [case("image/own", "image", steps=4, scale=8.5, strength=0.5)],
    "sd2": sampler_cases(["ddim", "dpmpp_2m", "euler"], ["text", "image"]) + [case("text/own", negativePrompt=NEGATIVE)],
    "sd2-v": [
        case("text/own", negativePrompt=NEGATIVE), case("text/rescaled", rescale=0.7), case("text/euler", sampler="euler"),
        case("text/dpmpp_2m", sampler="dpmpp_2m"), case("image/own", "image", strength=0.6)],
    "inpaint": [case(f"inpaint/{name}", "inpaint", name, strength=1.0) for name in ["ddim", "euler_ancestral", "dpmpp_2m"]] + [
        case("inpaint/part", "inpaint", "euler_ancestral", strength=0.75),
        case("inpaint/batch", "inpaint", "euler_ancestral", seeds=(1, 2, 3, 4), strength=1.0)],
    "xl": sampler_cases(["euler", "dpmpp_2m karras", "euler_ancestral"]) + [
        case("text/own", negativePrompt=NEGATIVE, scale=5.0),
        case("text/sizes", originalSize=[80, 48], cropTopLeft=[3, 5], targetSize=[64, 56], negativePrompt=NEGATIVE),
        case("text/skip", clipSkip=3, negativePrompt=NEGATIVE),
        case("text/batch", sampler="euler_ancestral", seeds=(1, 2, 3, 4), scale=5.0)],
    "refiner": [case("image/own", "image", strength=0.6), case("image/scored", "image", strength=0.6, aestheticScore=7.5,
                                                               negativeAestheticScore=1.5, negativePrompt=NEGATIVE)],
}


def choose(pipe, base_config, sampler):
    if sampler is None:
        return type(pipe.scheduler), pipe.scheduler
    kind, options = SAMPLERS[sampler]
    return kind, kind.from_config(base_config, **options)


def run(pipe, own, one, picture, mask):
    """Draws one case; gives start, latents of each step, and bytes."""
    task, request = one["task"], one["request"]
    text_to_image = type(pipe)
    if task == "text":
        used = pipe
    else:
        extra = {}
        if text_to_image is StableDiffusionPipeline:
            extra = {"requires_safety_checker": False}
        used = IMAGE_PIPELINES[text_to_image][task == "inpaint"](**pipe.components, **extra, **{
            key: pipe.config[key] for key in ["force_zeros_for_empty_prompt", "requires_aesthetics_score"]
            if key in pipe.config})
    used.set_progress_bar_config(disable=True)
    used.watermark = None
    used.scheduler = own if one["sampler"] is None else choose(pipe, own.config, one["sampler"])[1]
    generators = [torch.Generator().manual_seed(seed) for seed in one["seeds"]]
    count = len(generators)
    steps = []
    start = []

    def after(_, index, timestep, values):
        steps.append(values["latents"].clone())
        return {}

    step = used.scheduler.step

    def watched(output, timestep, sample, *rest, **options):
        if not start:
            start.append(sample.clone())
        return step(output, timestep, sample, *rest, **options)

    used.scheduler.step = watched
    arguments = dict(
        prompt=[PROMPT] * count, num_inference_steps=one["steps"], guidance_scale=one["scale"], output_type="np",
        generator=generators if count > 1 else generators[0], callback_on_step_end=after)
    if request.get("negativePrompt"):
        arguments["negative_prompt"] = [request["negativePrompt"]] * count
    if "rescale" in request:
        arguments["guidance_rescale"] = request["rescale"]
    is_xl = hasattr(used, "text_encoder_2")
    if "clipSkip" in request:
        arguments["clip_skip"] = request["clipSkip"] - (2 if is_xl else 1)
    for key in ["width", "height", "strength"]:
        if key in request:
            arguments[key] = request[key]
    # Pairs are (width, height) and (left, top) to Darkroom, the other way round to diffusers.
    for key, name in [("originalSize", "original_size"), ("targetSize", "target_size"), ("cropTopLeft", "crops_coords_top_left")]:
        if key in request:
            arguments[name] = tuple(reversed(request[key]))
    for key, name in [("aestheticScore", "aesthetic_score"), ("negativeAestheticScore", "negative_aesthetic_score")]:
        if key in request:
            arguments[name] = request[key]
    if task != "text":
        arguments["image"] = [picture] * count
    if task == "inpaint":
        arguments |= dict(mask_image=mask, width=picture.width, height=picture.height)
    # diffusers takes `step` apart to see which options it has.
    watched.__signature__ = inspect.signature(step)
    with torch.no_grad():
        pictures = used(**arguments).images
    used.scheduler.step = step
    bytes_ = torch.from_numpy((pictures * 255).round().astype("uint8"))
    return start[0], torch.stack(steps), bytes_


def request_of(one):
    own = one["request"]
    request = {"prompt": PROMPT, "steps": one["steps"], "seeds": one["seeds"], "precision": "fp32",
               "guidance": {"scale": one["scale"]}}
    if own.get("negativePrompt"):
        request["guidance"]["negativePrompt"] = own["negativePrompt"]
    if "rescale" in own:
        request["guidance"]["rescale"] = own["rescale"]
    if one["sampler"]:
        name, _, spacing = one["sampler"].partition(" ")
        request["sampler"] = name
        if spacing:
            request["spacing"] = spacing
    for key in ["width", "height", "strength", "clipSkip"]:
        if key in own:
            request[key] = own[key]
    sizes = {key: own[key] for key in
             ["originalSize", "cropTopLeft", "targetSize", "aestheticScore", "negativeAestheticScore"] if key in own}
    if sizes:
        request["sizeConditioning"] = sizes
    if one["task"] != "text":
        request["initialPicture"] = "init.png"
    if one["task"] == "inpaint":
        request["mask"] = "mask.png"
    return request


MAKERS = {
    "sd1": make_sd1, "lcm": make_lcm, "inpaint": lambda folder: make_sd1(folder, in_channels=9), "sd2": make_sd2,
    "sd2-v": lambda folder: make_sd2(folder, "v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing"),
    "xl": make_xl, "refiner": lambda folder: make_xl(folder, refiner=True),
}
SINGLE = {"sd2"}  # stored in single precision and with the newest names, the others in half


def pictures():
    """A picture with soft and hard edges, and a mask of a disc and a bar."""
    y, x = np.mgrid[0:64, 0:64] / 63
    values = np.stack([x, y, 0.5 + 0.5 * np.sin(9 * x + 5 * y)], -1)
    values[(x - 0.6) ** 2 + (y - 0.4) ** 2 < 0.05] = (0.9, 0.2, 0.1)
    picture = Image.fromarray((values * 255).round().astype("uint8"))
    inside = ((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.08) | (y > 0.85)
    return picture, Image.fromarray((inside * 255).astype("uint8"))


def name_as_older_transformers(file):
    """Nearly all models at hand have `text_model.` before the encoder's names; this transformers leaves it out."""
    if file.exists():
        save_file({"text_model." + key: value for key, value in load_file(file).items()}, file, {"format": "pt"})


def mend_clip_skip():
    """This diffusers looks for `text_model` in encoders of an older transformers, whose parts lie one deeper."""
    CLIPTextModel.text_model = property(lambda encoder: encoder)


def require_pinned():
    """Stops unless the pinned versions are installed; gives those that are."""
    versions = {package: importlib.metadata.version(package).split("+")[0] for package in PINNED}
    for package, version in PINNED.items():
        if versions[package] != version:
            raise SystemExit(f"{package} {version} is needed, {versions[package]} is installed: pip install -r requirements.txt")
    return versions


def main():
    require_pinned()
    torch.set_num_threads(1)
    mend_clip_skip()
    torch.use_deterministic_algorithms(True)
    OUT.mkdir(parents=True, exist_ok=True)
    picture, mask = pictures()
    for name in sys.argv[1:] or MAKERS:
        folder = OUT / name
        shutil.rmtree(folder, ignore_errors=True)
        pipe = MAKERS[name](folder)
        models = [part for part in pipe.components.values() if isinstance(part, torch.nn.Module)]
        if name not in SINGLE:
            halve(*models)
        factor = pipe.vae_scale_factor
        sized = [image.resize((SIDE * factor,) * 2, Image.Resampling.NEAREST) for image in (picture, mask)]
        for image, file in zip(sized, ["init.png", "mask.png"]):
            folder.mkdir(parents=True, exist_ok=True)
            image.save(folder / file, optimize=True)
        # From its file, as users have it: there the values are written that diffusers otherwise takes for mere defaults.
        pipe.scheduler.save_pretrained(folder / "scheduler")
        own, tensors, cases = type(pipe.scheduler).from_pretrained(folder / "scheduler"), {}, []
        pipe.register_modules(scheduler=own)
        for one in CASES[name]:
            pipe.scheduler = own
            start, latents, drawn = run(pipe, own, one, *sized)
            if not torch.isfinite(latents).all():
                raise SystemExit(f"{name} {one['name']}: not finite")
            tensors |= {f"{one['name']}/start": start.contiguous(), f"{one['name']}/latents": latents.contiguous(),
                        f"{one['name']}/picture": drawn.contiguous()}
            cases.append({"name": one["name"], "request": request_of(one)})
            spread = drawn.float().std().item()
            print(f"{name} {one['name']}: latents ±{latents[-1].std():.2f}, pixels {drawn.float().mean():.0f} ± {spread:.0f}")
        pipe.scheduler = own
        pipe.register_modules(scheduler=own)
        if name not in SINGLE:
            pipe.to(torch.float16)
        pipe.save_pretrained(folder)
        if name not in SINGLE:
            name_as_older_transformers(folder / "text_encoder/model.safetensors")
        for file in folder.rglob("*.safetensors"):
            file.chmod(0o644)
        for part, padding in [("tokenizer", "!" if name.startswith("sd2") else "<|endoftext|>"), ("tokenizer_2", "!")]:
            if (folder / part).exists():
                write_tokenizer(folder / part, padding)
        about = {"made_by": "Scripts/make-fixtures/pipelines.py", **PINNED, "cases": cases}
        # One entry only: with several, their order in the file would change from run to run.
        save_file(tensors, OUT / f"{name}.safetensors", {"fixture": json.dumps(about, sort_keys=True)})
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{name}: folder {size / 1024:.0f} KB, cases {(OUT / (name + '.safetensors')).stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
