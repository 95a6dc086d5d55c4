#!/usr/bin/env python3
"""Whole walks of diffusers' schedulers on a scripted network, for Darkroom's reader of scheduler_config.json.

Needs torch 2.11.0, diffusers 0.42.1 and scipy (CPU). Writes Tests/DiffusionTests/Fixtures/walks.json from the repository
root; with --check compares with the file there instead, and prints the largest difference.

The network is elementwise and knows the timestep, so that a walk is only right when the network is told the right one:
    epsilon   0.9 x + 0.3 sin(3 x + 0.004 t)
    velocity  0.5 sin(2 x + 0.004 t) - 0.2 x
    sample    0.8 tanh(x) + 0.1 sin(3 x + 0.004 t)
A walk does what the pipelines of Stable Diffusion do: set_timesteps, noise from one generator an image, scale_model_input,
step. With a strength it starts from a scripted picture.
"""
import inspect
import json
import sys
from pathlib import Path

import diffusers
import torch

from samplers import largest_difference

SHAPE = (4, 1, 2, 3)
SEEDS = [11, 12, 13, 14]
BASE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)
SD1 = dict(BASE, _class_name="PNDMScheduler", set_alpha_to_one=False, skip_prk_steps=True, steps_offset=1,
           trained_betas=None, clip_sample=False)
SD2V = dict(BASE, _class_name="DDIMScheduler", prediction_type="v_prediction", set_alpha_to_one=False, steps_offset=1,
            clip_sample=False, skip_prk_steps=True)
XL = dict(BASE, _class_name="EulerDiscreteScheduler", timestep_spacing="leading", steps_offset=1, prediction_type="epsilon",
          use_karras_sigmas=False, interpolation_type="linear", set_alpha_to_one=False, skip_prk_steps=True,
          clip_sample=False, sample_max_value=1.0, trained_betas=None)
FOLDERS = {"sd1": SD1, "sd2v": SD2V, "xl": XL}


def network(kind, x, t):
    t = float(t) * 0.004
    if kind == "v_prediction":
        return 0.5 * torch.sin(2 * x + t) - 0.2 * x
    if kind == "sample":
        return 0.8 * torch.tanh(x) + 0.1 * torch.sin(3 * x + t)
    return 0.9 * x + 0.3 * torch.sin(3 * x + t)


def picture():
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(99))


def walk(config, steps, cls=None, changes=None, strength=None, eta=None, adjusted=False):
    """One walk; `cls` and `changes` are what OtherScheduler.from_config(scheduler.config, **changes) is given."""
    own = getattr(diffusers, config["_class_name"])
    scheduler = own.from_config(dict(config))
    if adjusted:  # as the pipelines of Stable Diffusion 1 and 2 mend it
        new = dict(scheduler.config)
        if "steps_offset" in new:
            new["steps_offset"] = 1
        if new.get("clip_sample") is True:
            new["clip_sample"] = False
        scheduler._internal_dict = diffusers.configuration_utils.FrozenDict(new)
    if cls or changes:
        scheduler = (getattr(diffusers, cls) if cls else own).from_config(scheduler.config, **(changes or {}))
    scheduler.set_timesteps(steps)
    timesteps = scheduler.timesteps
    generators = [torch.Generator().manual_seed(s) for s in SEEDS]
    noise = torch.cat([torch.randn((1,) + SHAPE[1:], generator=g) for g in generators])
    if strength is None:
        x = noise * scheduler.init_noise_sigma
    else:
        done = min(int(steps * strength), steps)
        first = max(steps - done, 0) * scheduler.order
        timesteps = timesteps[first:]
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(first)
        x = scheduler.add_noise(picture(), noise, timesteps[:1])
    options = {}
    accepted = inspect.signature(scheduler.step).parameters
    if "eta" in accepted:
        options["eta"] = eta or 0.0
    if "generator" in accepted:
        options["generator"] = generators
    kind = scheduler.config.prediction_type
    told = []
    for t in timesteps:
        told.append(round(float(t), 4))
        scaled = scheduler.scale_model_input(x, t)
        x = scheduler.step(network(kind, scaled, t), t, x, **options, return_dict=False)[0]
    return told, x


def runs():
    out = []

    def add(config, steps, sampler=None, cls=None, spacing=None, strength=None, eta=None, adjusted=False, network=None,
            **changes):
        told, x = walk(config, steps, cls, changes, strength, eta, adjusted)
        assert torch.isfinite(x).all(), (config, steps, cls, changes)
        # What from_config is told beyond the choice of sampler and spacing stands in the file itself.
        chosen = {"use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"} if spacing else set()
        chosen |= {"algorithm_type"} if sampler == "dpmpp_2m_sde" else set()
        chosen |= {"timestep_spacing"} if spacing in ("leading", "trailing", "linspace") else set()
        extra = {k: v for k, v in changes.items() if k not in chosen}
        name = next((n for n, c in FOLDERS.items() if c is config), None)
        run = {"steps": steps, "sampler": sampler, "spacing": spacing, "strength": strength, "eta": eta,
               "adjusted": adjusted, "folder": name, "config": None if name else config, "extra": extra,
               "told": told if len(told) < 12 else told[:4] + told[-4:], "calls": len(told),
               "x": [float(f"{v:.8g}") for v in x.double().flatten()]}
        out.append({k: v for k, v in run.items() if v not in (None, False, {})})

    everyone = [
        ("ddim", "DDIMScheduler"), ("pndm", "PNDMScheduler"), ("lms", "LMSDiscreteScheduler"),
        ("euler", "EulerDiscreteScheduler"), ("euler_ancestral", "EulerAncestralDiscreteScheduler"),
        ("heun", "HeunDiscreteScheduler"), ("dpmpp_2m", "DPMSolverMultistepScheduler"),
        ("unipc", "UniPCMultistepScheduler"), ("ddpm", "DDPMScheduler"), ("lcm", "LCMScheduler"),
        ("dpm2", "KDPM2DiscreteScheduler"), ("dpm2_ancestral", "KDPM2AncestralDiscreteScheduler"),
        ("dpmpp_2s", "DPMSolverSinglestepScheduler"), ("deis", "DEISMultistepScheduler"), ("tcd", "TCDScheduler"),
    ]
    # Every folder as it is, then with every sampler, in walks short and long, and from a picture.
    for config in FOLDERS.values():
        for steps in [1, 2, 5, 20, 25, 50]:
            add(config, steps)
        for strength in [0.97, 0.75, 0.3]:
            add(config, 20, strength=strength)
        for sampler, cls in everyone:
            for steps in [5, 25] if config is not SD1 else [1, 2, 20]:
                if sampler == "pndm" and steps < 4 and config is not SD1:
                    continue
                add(config, steps, sampler, cls)
            if sampler != "dpmpp_2s":
                add(config, 20, sampler, cls, strength=0.6)
        add(config, 20, "dpmpp_2m_sde", "DPMSolverMultistepScheduler", algorithm_type="sde-dpmsolver++")
        add(config, 7, "dpmpp_2m_sde", "DPMSolverMultistepScheduler", spacing="karras",
            algorithm_type="sde-dpmsolver++", use_karras_sigmas=True)
    # Spacings.
    for sampler, cls in everyone:
        if sampler in ("lcm", "tcd"):
            continue
        for rule in ["leading", "trailing", "linspace"]:
            if sampler == "dpmpp_2s":
                continue
            add(XL, 7 if sampler == "pndm" else 6, sampler, cls, spacing=rule, timestep_spacing=rule)
            add(SD1, 30, sampler, cls, spacing=rule, timestep_spacing=rule)
        if sampler in ("ddim", "ddpm", "pndm", "euler_ancestral"):
            continue
        for ramp in ["karras", "exponential", "beta"]:
            add(XL, 6, sampler, cls, spacing=ramp, **{f"use_{ramp}_sigmas": True})
            add(SD1, 17, sampler, cls, spacing=ramp, **{f"use_{ramp}_sigmas": True})
    # Options.
    add(SD2V, 10, "ddim", "DDIMScheduler", eta=0.5)
    add(XL, 10, "ddim", "DDIMScheduler", eta=1.0, set_alpha_to_one=True)
    add(XL, 4, "tcd", "TCDScheduler", eta=0.3)
    add(SD1, 10, "ddim", "DDIMScheduler", clip_sample=True, clip_sample_range=0.7)
    add(SD1, 10, "ddpm", "DDPMScheduler", clip_sample=True, clip_sample_range=0.7)
    for variance in ["fixed_small_log", "fixed_large"]:
        add(SD1, 8, "ddpm", "DDPMScheduler", variance_type=variance)
    for cls, sampler in [("DDIMScheduler", "ddim"), ("DPMSolverMultistepScheduler", "dpmpp_2m"), ("LCMScheduler", "lcm"),
                         ("UniPCMultistepScheduler", "unipc"), ("DEISMultistepScheduler", "deis")]:
        add(SD1, 4, sampler, cls, thresholding=True, dynamic_thresholding_ratio=0.8, sample_max_value=1.5)
    dpm = dict(XL, _class_name="DPMSolverMultistepScheduler")
    for order in [1, 2, 3]:
        for kind in ["midpoint", "heun"]:
            for steps in [6, 16]:
                add(dict(dpm, solver_order=order, solver_type=kind), steps)
    for order, algorithm in [(2, "dpmsolver"), (3, "dpmsolver"), (2, "sde-dpmsolver"), (2, "sde-dpmsolver++")]:
        for kind in ["midpoint", "heun"]:
            final = "zero" if algorithm.endswith("++") else "sigma_min"
            add(dict(dpm, solver_order=order, solver_type=kind, algorithm_type=algorithm, final_sigmas_type=final), 8)
    add(dict(dpm, euler_at_final=True, final_sigmas_type="sigma_min"), 18)
    add(dict(dpm, lower_order_final=False, final_sigmas_type="sigma_min"), 9)
    add(dict(dpm, use_lu_lambdas=True), 9)
    add(dict(dpm, use_karras_sigmas=True, final_sigmas_type="sigma_min"), 9)
    add(dict(dpm, lambda_min_clipped=-2.0, timestep_spacing="linspace"), 9)
    add(dict(dpm, beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1), 9)
    add(dict(dpm, sigma_min=0.1, sigma_max=9.0, use_karras_sigmas=True), 9)
    unipc = dict(SD2V, _class_name="UniPCMultistepScheduler")
    for order in [1, 2, 3]:
        for kind in ["bh1", "bh2"]:
            final = "sigma_min" if kind == "bh1" else "zero"
            for predict in [True, False]:
                if not predict:
                    final = "sigma_min"
                add(dict(unipc, solver_order=order, solver_type=kind, predict_x0=predict, final_sigmas_type=final), 8)
    add(dict(unipc, disable_corrector=[0, 2]), 8)
    add(dict(unipc, disable_corrector=[0, 1, 9]), 12, strength=0.7)
    add(dict(unipc, final_sigmas_type="sigma_min", use_karras_sigmas=True), 8)
    add(dict(unipc, solver_order=3, lower_order_final=False, final_sigmas_type="sigma_min"), 8)
    deis = dict(XL, _class_name="DEISMultistepScheduler")
    for order in [1, 3]:
        for steps in [7, 17]:
            add(dict(deis, solver_order=order), steps)
    single = dict(XL, _class_name="DPMSolverSinglestepScheduler")
    for order in [1, 2, 3]:
        for steps in [6, 7, 8]:
            for kind in ["midpoint", "heun"]:
                add(dict(single, solver_order=order, solver_type=kind), steps)
    add(dict(single, algorithm_type="sde-dpmsolver++"), 7)
    add(dict(single, final_sigmas_type="sigma_min", lower_order_final=False), 8)
    euler = dict(XL, timestep_spacing="linspace")
    add(dict(euler, interpolation_type="log_linear"), 9)
    add(dict(euler, final_sigmas_type="sigma_min"), 9)
    add(dict(euler, timestep_type="continuous", prediction_type="v_prediction"), 9)
    add(dict(XL, sigma_min=0.02, sigma_max=11.0, use_karras_sigmas=True), 9)
    lcm = dict(SD1, _class_name="LCMScheduler")
    add(dict(lcm, original_inference_steps=100, timestep_scaling=0.5, set_alpha_to_one=True), 4)
    pndm = dict(SD2V, _class_name="PNDMScheduler")
    add(dict(pndm, skip_prk_steps=False), 9)
    add(dict(pndm, set_alpha_to_one=True), 9)
    add(dict(pndm, steps_offset=0), 9)
    for strength in [0.95, 0.9, 0.5, 0.05]:
        add(pndm, 20, strength=strength)
        add(dict(pndm, skip_prk_steps=False, timestep_spacing="trailing"), 20, strength=strength)
    # What is trained.
    for schedule in ["linear", "squaredcos_cap_v2"]:
        for cls in ["DDIMScheduler", "EulerDiscreteScheduler", "DPMSolverMultistepScheduler"]:
            add({"_class_name": cls, "beta_schedule": schedule, "clip_sample": False}, 9)
    add({"_class_name": "DDPMScheduler", "beta_schedule": "sigmoid", "clip_sample": False}, 9)
    add({"_class_name": "DDPMScheduler", "beta_schedule": "laplace", "clip_sample": False}, 9)
    add({"_class_name": "HeunDiscreteScheduler", "beta_schedule": "exp"}, 9)
    add(dict(XL, trained_betas=[round(0.001 + 0.0005 * i, 6) for i in range(40)], num_train_timesteps=40), 9)
    for cls in ["DDIMScheduler", "DDPMScheduler", "LCMScheduler", "EulerDiscreteScheduler",
                "EulerAncestralDiscreteScheduler", "DPMSolverMultistepScheduler", "UniPCMultistepScheduler"]:
        add(dict(SD2V, _class_name=cls, rescale_betas_zero_snr=True, timestep_spacing="trailing"), 8)
    for cls in ["DDIMScheduler", "EulerDiscreteScheduler", "HeunDiscreteScheduler", "DPMSolverMultistepScheduler",
                "UniPCMultistepScheduler", "LMSDiscreteScheduler", "DDPMScheduler", "LCMScheduler",
                "DPMSolverSinglestepScheduler", "DEISMultistepScheduler"]:
        add(dict(XL, _class_name=cls, prediction_type="sample"), 8)
    # Defaults where a file says little, and what the pipelines mend.
    for cls in ["DDIMScheduler", "DDPMScheduler", "PNDMScheduler", "LMSDiscreteScheduler", "EulerDiscreteScheduler",
                "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler", "DPMSolverMultistepScheduler",
                "UniPCMultistepScheduler", "LCMScheduler", "KDPM2DiscreteScheduler", "DEISMultistepScheduler",
                "KDPM2AncestralDiscreteScheduler", "DPMSolverSinglestepScheduler", "TCDScheduler"]:
        bare = {"_class_name": cls}
        add(bare, 8)
        add(bare, 8, adjusted=True)
        add(bare, 8, "dpmpp_2m", "DPMSolverMultistepScheduler", adjusted=True)
        add(dict(bare, steps_offset=0, clip_sample=True), 8, "ddim", "DDIMScheduler", adjusted=True)
        add(dict(bare, steps_offset=0), 8, "euler", "EulerDiscreteScheduler", adjusted=True,
            spacing="leading", timestep_spacing="leading")
    return out


def main():
    path = Path(__file__).resolve().parents[2] / "Tests/DiffusionTests/Fixtures/walks.json"
    made = f"diffusers {diffusers.__version__}, torch {torch.__version__.split('+')[0]}"
    value = {"madeWith": made, "shape": SHAPE, "seeds": SEEDS, "folders": FOLDERS, "runs": runs()}
    if "--check" in sys.argv[1:]:
        difference = largest_difference(json.loads(json.dumps(value)), json.loads(path.read_text()))
        print(f"{path.name}: largest difference {difference:.3g}")
    else:
        lines = [json.dumps(run, separators=(",", ":")) for run in value.pop("runs")]
        head = json.dumps(value, separators=(",", ":"))[:-1]
        path.write_text(head + ',"runs":[\n' + ",\n".join(lines) + "\n]}\n")
        print(f"{path.name}: {len(lines)} walks, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
