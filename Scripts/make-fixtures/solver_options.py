#!/usr/bin/env python3
"""Trajectories of k-diffusion's samplers with their options, on the scripted denoiser of samplers.py.

Needs torch 2.11.0, scipy, tqdm and k-diffusion 0.1.1.post1, of which only sampling.py is used:
    pip install --no-deps --target FOLDER k-diffusion==0.1.1.post1
    K_DIFFUSION=FOLDER python3 Scripts/make-fixtures/solver_options.py
Writes Tests/DiffusionTests/Fixtures/options.json from the repository root. Without K_DIFFUSION it says so and leaves the
file as it is.

All is in double precision but for the noise, which is drawn in single precision from one generator. The reference draws
noise for churning at every step and throws it away where sigma is out of range; here it draws where it is used, as Darkroom
and diffusers do. The two draws of a step of DPM++ SDE are of one Brownian path in sigma, as the reference's tree draws them.
"""
import importlib
import json
import math
import os
import sys
import types
from importlib.metadata import distributions
from pathlib import Path

import torch

from samplers import SHAPE, denoised, numbers, start

VERSION = "0.1.1.post1"
STEPS = 8
NOISE_SEED = 7


def sampling(folder):
    """The module, without the package's own imports and the solvers of others that it does not need here."""
    found = [d.version for d in distributions(path=[folder]) if d.metadata["Name"] == "k-diffusion"]
    if found != [VERSION]:
        raise SystemExit(f"{folder}: expected k-diffusion {VERSION}, found {found}")
    package = types.ModuleType("k_diffusion")
    package.__path__ = [str(Path(folder) / "k_diffusion")]
    utils = types.ModuleType("k_diffusion.utils")
    utils.append_dims = lambda x, dims: x[(...,) + (None,) * (dims - x.ndim)]
    package.utils = utils
    ode = types.ModuleType("torchdiffeq")
    ode.odeint = None
    sys.modules |= {"k_diffusion": package, "k_diffusion.utils": utils, "torchdiffeq": ode,
                    "torchsde": types.ModuleType("torchsde")}
    return importlib.import_module("k_diffusion.sampling")


def cases():
    churn = dict(s_churn=3.0, s_tmin=0.3, s_tmax=6.0, s_noise=1.05)
    out = []
    for name in ["euler", "heun", "dpm2"]:
        out += [(name, dict(s_churn=2.0)), (name, dict(s_churn=100.0, s_noise=1.003)), (name, churn)]
    for name in ["euler_ancestral", "dpm2_ancestral", "dpmpp_2s_ancestral", "dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde"]:
        out += [(name, dict(eta=1.0, s_noise=1.0)), (name, dict(eta=0.6, s_noise=1.03)), (name, dict(eta=0.0, s_noise=1.0))]
    return out + [("lms", dict(order=order)) for order in [1, 2, 3, 4]]


def walk(k, name, options):
    function = getattr(k, "sample_" + {"dpm2": "dpm_2", "dpm2_ancestral": "dpm_2_ancestral"}.get(name, name))
    sigmas = k.get_sigmas_karras(STEPS, 0.1, 10.0).double()
    generator = torch.Generator().manual_seed(NOISE_SEED)
    first = start().double() * sigmas[0]
    state = {"step": 0, "early": None}

    def fresh():
        return torch.randn(SHAPE, generator=generator).double()

    def randn_like(_):
        sigma = float(sigmas[state["step"]])
        state["step"] += 1
        return fresh() if options["s_tmin"] <= sigma <= options["s_tmax"] else torch.zeros(SHAPE).double()

    def noise(_, __):
        return fresh()

    def brownian(sigma, end):
        if state["early"] is None:
            state["early"] = (float(sigma) - float(end), fresh())
            return state["early"][1]
        (part, early), whole = state["early"], float(sigma) - float(end)
        state["early"] = None
        return early * math.sqrt(part / whole) + fresh() * math.sqrt(1 - part / whole)

    arguments = dict(options)
    if "s_churn" in options:
        options = {"s_tmin": 0.0, "s_tmax": math.inf, **options}
    elif "eta" in options:
        arguments["noise_sampler"] = brownian if name == "dpmpp_sde" else noise
    xs = []
    k.torch.randn_like, kept = randn_like, torch.randn_like
    try:
        end = function(
            lambda x, sigma: denoised(x, 1.0, float(sigma[0])), first, sigmas, disable=True,
            callback=lambda info: xs.append(numbers(info["x"])), **arguments)
    finally:
        k.torch.randn_like = kept
    return {"sampler": name, "options": arguments_as_written(options), "levels": [[1.0, float(s)] for s in sigmas],
            "start": numbers(first), "x": xs + [numbers(end)]}


def arguments_as_written(options):
    """Darkroom's names in JSON."""
    names = {"s_churn": "sChurn", "s_tmin": "sTmin", "s_tmax": "sTmax", "s_noise": "sNoise"}
    return {names.get(key, key): value for key, value in options.items() if value != math.inf}


def main():
    folder = os.environ.get("K_DIFFUSION")
    if not folder:
        return print("solver_options.py: K_DIFFUSION names no folder; options.json is left as it is")
    k = sampling(folder)
    runs = [walk(k, name, options) for name, options in cases()]
    path = Path(__file__).resolve().parents[2] / "Tests/DiffusionTests/Fixtures/options.json"
    made = f"k-diffusion {VERSION}, torch {torch.__version__.split('+')[0]}"
    path.write_text(json.dumps({"madeWith": made, "shape": SHAPE, "runs": runs}, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
