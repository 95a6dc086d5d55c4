#!/usr/bin/env python3
"""Numbers of the reference implementation for Darkroom's schedules, spacings and samplers.

Needs torch 2.11.0 and diffusers 0.42.1 (CPU). Writes
  Tests/NoiseSchedulesTests/Fixtures/schedules.json   alphaBar, timesteps, sigmas
  Tests/DiffusionTests/Fixtures/samplers.json         trajectories on a scripted denoiser
from the repository root; with --check compares with the files there instead, and prints the largest difference.

The scripted denoiser is D = 0.8 tanh(z) + 0.1 sin(3 z), z = x / sqrt(signal^2 + noise^2): nonlinear, bounded, and the
same in every scale. The solvers get the epsilon (or flow) that belongs to it.
"""
import json
import math
import sys
from pathlib import Path

import diffusers
import numpy as np
import torch
from diffusers import (
    DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler, FlowMatchHeunDiscreteScheduler, HeunDiscreteScheduler)

BETAS = {
    "linear": dict(beta_start=1e-4, beta_end=0.02, beta_schedule="linear"),
    "scaled_linear": dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"),
    "cosine": dict(beta_schedule="squaredcos_cap_v2"),
}
SHAPE = (1, 2, 2, 3)
SEED = 42


def schedules():
    out = {"alphaBar": {}, "timesteps": {}, "karras": {}}
    for name, betas in BETAS.items():
        alpha_bar = DDPMScheduler(num_train_timesteps=1000, **betas).alphas_cumprod.double()
        out["alphaBar"][name] = {str(t): alpha_bar[t].item() for t in [0, 1, 10, 137, 499, 500, 777, 998, 999]}
    for spacing in ["leading", "trailing", "linspace"]:
        for steps in [1, 7, 25, 30, 50, 999, 1000]:
            if spacing == "linspace" and steps == 1:
                continue  # the reference visits the cleanest timestep alone
            # EulerDiscrete does not round linspace; DDIM rounds the others as everyone does.
            scheduler = EulerDiscreteScheduler if spacing == "linspace" else DDIMScheduler
            scheduler = scheduler(timestep_spacing=spacing, steps_offset=0, **BETAS["scaled_linear"])
            scheduler.set_timesteps(steps)
            out["timesteps"].setdefault(spacing, {})[str(steps)] = [float(t) for t in scheduler.timesteps][:60]
    for steps in [5, 12]:
        scheduler = EulerDiscreteScheduler(
            timestep_spacing="linspace", use_karras_sigmas=True, **BETAS["scaled_linear"])
        scheduler.set_timesteps(steps)
        out["karras"][str(steps)] = [float(s) for s in scheduler.sigmas]
    return out


def denoised(x, signal, noise):
    z = x.double() / math.hypot(signal, noise)
    return 0.8 * torch.tanh(z) + 0.1 * torch.sin(3 * z)


def start():
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(SEED))


def numbers(x):
    return [float(v) for v in x.detach().double().flatten()]


def variance_preserving(scheduler, levels, generator=None, **options):
    """Solvers whose x is in the scale signal^2 + noise^2 = 1."""
    x = start().double()
    xs = [numbers(x)]
    for (signal, noise), timestep in zip(levels, scheduler.timesteps):
        epsilon = (x - signal * denoised(x, signal, noise)) / noise
        if generator is not None:
            options["generator"] = generator
        x = scheduler.step(epsilon, timestep, x, **options).prev_sample.double()
        xs.append(numbers(x))
    return {"levels": levels, "x": xs}


def of_alphas(scheduler, steps):
    scheduler.set_timesteps(steps)
    alphas = [scheduler.alphas_cumprod[int(t)].double().item() for t in scheduler.timesteps]
    return [[math.sqrt(a), math.sqrt(1 - a)] for a in alphas] + [[1.0, 0.0]]


def of_sigmas(sigmas):
    return [[1 / math.hypot(1, s), s / math.hypot(1, s)] for s in map(float, sigmas)]


def scaled(scheduler, evaluations=1, flow=False):
    """Solvers whose x is in the scale (1, sigma), or (1 - sigma, sigma) for flow."""
    sigmas = [float(s) for s in scheduler.sigmas]
    distinct = [sigmas[0]] + [b for a, b in zip(sigmas, sigmas[1:]) if b != a]
    levels = [[1 - s if flow else 1.0, s] for s in distinct]
    x = (start() * sigmas[0]).float()
    scheduler.is_scale_input_called = True  # the scripted denoiser needs no scaling
    xs = [numbers(x)]
    for index, timestep in enumerate(scheduler.timesteps):
        sigma = sigmas[index]
        guess = denoised(x, 1 - sigma if flow else 1.0, sigma)
        x = scheduler.step(((x - guess) / sigma).float(), timestep, x, return_dict=False)[0]
        # A two-evaluation rule ends a step at every second call, and at the last.
        if evaluations == 1 or index % 2 == 1 or index + 1 == len(scheduler.timesteps):
            xs.append(numbers(x))
    return {"levels": levels, "x": xs}


def samplers():
    out = {}
    betas = BETAS["scaled_linear"]
    plain = dict(clip_sample=False, timestep_spacing="leading", steps_offset=0)

    scheduler = DDPMScheduler(variance_type="fixed_small", **plain, **betas)
    levels = of_alphas(scheduler, 10)
    out["ddpm"] = variance_preserving(scheduler, levels, torch.Generator().manual_seed(7))
    for eta in [0.0, 0.5, 1.0]:
        scheduler = DDIMScheduler(set_alpha_to_one=True, **plain, **betas)
        levels = of_alphas(scheduler, 10)
        out[f"ddim {eta:g}"] = variance_preserving(scheduler, levels, torch.Generator().manual_seed(7), eta=eta)
    for karras in [False, True]:
        name = " karras" if karras else ""
        scheduler = DPMSolverMultistepScheduler(use_karras_sigmas=karras, final_sigmas_type="zero", **betas)
        scheduler.set_timesteps(10)
        out["dpmpp_2m" + name] = variance_preserving(scheduler, of_sigmas(scheduler.sigmas))
        scheduler = EulerDiscreteScheduler(use_karras_sigmas=karras, timestep_spacing="trailing", **betas)
        scheduler.set_timesteps(10)
        out["euler" + name] = scaled(scheduler)
        scheduler = HeunDiscreteScheduler(use_karras_sigmas=karras, timestep_spacing="trailing", **betas)
        scheduler.set_timesteps(10)
        out["heun" + name] = scaled(scheduler, evaluations=2)
    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(10)
    out["euler flow"] = scaled(scheduler, flow=True)
    scheduler = FlowMatchHeunDiscreteScheduler()
    scheduler.set_timesteps(10)
    out["heun flow"] = scaled(scheduler, evaluations=2, flow=True)
    return out


def largest_difference(a, b):
    if isinstance(a, dict):
        return max([largest_difference(a[k], b.get(k, math.inf)) for k in a] + [0 if set(a) == set(b) else math.inf])
    if isinstance(a, list):
        return math.inf if not isinstance(b, list) or len(a) != len(b) else max(map(largest_difference, a, b))
    return abs(a - b) if isinstance(a, (int, float)) and isinstance(b, (int, float)) else (0 if a == b else math.inf)


def main():
    root = Path(__file__).resolve().parents[2] / "Tests"
    made = f"diffusers {diffusers.__version__}, torch {torch.__version__.split('+')[0]}"
    files = {
        root / "NoiseSchedulesTests/Fixtures/schedules.json": {"madeWith": made, **schedules()},
        root / "DiffusionTests/Fixtures/samplers.json": {"madeWith": made, "shape": SHAPE, "runs": samplers()},
    }
    for path, value in files.items():
        if "--check" in sys.argv[1:]:
            difference = largest_difference(json.loads(json.dumps(value)), json.loads(path.read_text()))
            print(f"{path.name}: largest difference {difference:.3g}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value, separators=(",", ":")) + "\n")
            print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
