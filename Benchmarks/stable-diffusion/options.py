"""What the options that trade exactness for time or memory do: seconds a step, peak memory, and the error in decibels.

usage: options.py FOLDER [--side 256] [--steps 8] [--rounds 2] [--threads N] [--dtype bf16] [--program PATH] [--name NAME]

Draws one picture from the shell with each option, in turns, and once in single precision, from the same seed. The error is
the peak signal to noise ratio beside the single-precision run: of the latents that the walk ends in, by their own range, and
of the picture, by 255. With random weights the decibels of reused features and of merged pixels say what the shortcut does
to the arithmetic, not what it does to pictures of a trained model, where neighbouring steps and pixels are more alike.
Prints the table and writes it, with every run, to Benchmarks/results. Needs torch, safetensors and Pillow.
"""
import argparse
import datetime
import json
import math
import pathlib
import statistics
import sys
import tempfile

import numpy
from PIL import Image
from safetensors.numpy import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Benchmarks"), str(ROOT / "Benchmarks/stable-diffusion")]
import race  # noqa: E402
import shell  # noqa: E402

OPTIONS = {
    "{0}": ["--dtype", "{0}"],
    "weights in bytes (`--dtype int8`)": ["--dtype", "int8"],
    "weights and inputs in bytes (`--dtype w8a8`)": ["--dtype", "w8a8"],
    "{0}, `--cache-interval 2`": ["--dtype", "{0}", "--cache-interval", "2"],
    "{0}, `--cache-interval 3`": ["--dtype", "{0}", "--cache-interval", "3"],
    "{0}, `--tome-ratio 0.5`": ["--dtype", "{0}", "--tome-ratio", "0.5"],
}


def draw(given, flags):
    """One picture: what it took, its latents, its pixels."""
    with tempfile.TemporaryDirectory() as folder:
        latents, picture = f"{folder}/latents.safetensors", f"{folder}/picture.png"
        seconds, memory, said = shell.run(
            [given.program, "generate", shell.PROMPT, "--model", str(given.folder), "--seed", "0", "--cfg", "7.5",
             "--sampler", "dpmpp_2m", "--steps", str(given.steps), "--width", str(given.side), "--height", str(given.side),
             "--save-latents", latents, "--output", picture, "--json", *flags], given.threads)
        run = {"steps": round(sum(said["seconds"]["steps"]), 3), "whole": round(seconds, 3), "peak_bytes": memory}
        return run, load_file(latents)["latents"], numpy.asarray(Image.open(picture).convert("RGB"))


def decibels(found, exact, peak):
    """The ratio of the peak to the root mean square of the difference."""
    error = float(numpy.mean((found.astype(numpy.float64) - exact.astype(numpy.float64)) ** 2))
    return 10 * math.log10(peak ** 2 / error) if error > 0 else math.inf


def measure(given):
    """All options in turns; the exact run first, once."""
    names = {name.format(given.dtype): [flag.format(given.dtype) for flag in flags] for name, flags in OPTIONS.items()}
    exact, latents, pixels = draw(given, ["--dtype", "fp32"])
    print("fp32", exact, file=sys.stderr, flush=True)
    results = {name: {"runs": []} for name in names}
    for index in range(given.rounds):
        for name in list(names) if index % 2 == 0 else list(names)[::-1]:
            run, own_latents, own_pixels = draw(given, names[name])
            results[name]["runs"].append(run)
            results[name]["latent_decibels"] = decibels(own_latents, latents, float(numpy.ptp(latents)))
            results[name]["picture_decibels"] = decibels(own_pixels, pixels, 255)
            print(name, run, file=sys.stderr, flush=True)
    return {"fp32": {"runs": [exact]}, **results}


def table(given, results):
    first = results[given.dtype]["runs"]
    lines = ["| option | seconds a step | beside bf16 | peak memory | latents, beside fp32 | picture, beside fp32 |".replace(
        "bf16", given.dtype), "| --- | --- | --- | --- | --- | --- |"]
    for name, result in results.items():
        runs = result["runs"]
        step = statistics.median(run["steps"] for run in runs) / given.steps
        ratio = statistics.median(run["steps"] / beside["steps"] for run, beside in zip(runs, first))
        errors = [f"{result[key]:.1f} dB" if key in result else "–" for key in ("latent_decibels", "picture_decibels")]
        lines.append(f"| {name} | {step:.2f} | {'–' if name == given.dtype else f'× {ratio:.2f}'} | "
                     f"{max(run['peak_bytes'] for run in runs) / 1e6:.0f} MB | {errors[0]} | {errors[1]} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--dtype", choices=["bf16", "fp16"], default="bf16", help="what the others are set beside")
    parser.add_argument("--program", default=str(ROOT / ".build/release/darkroom"))
    parser.add_argument("--name", default="options")
    given = parser.parse_args()
    results, about = measure(given), race.machine()
    text = (f"## {given.name}: {given.folder.name}, {given.side} × {given.side}, {given.steps} steps of DPM++ 2M, "
            f"{datetime.date.today()}, commit {race.commit()}\n\n"
            f"{about['cpu']}, {'AMX' if about['amx_bf16'] else 'no AMX'}, threads: {given.threads or about['cores']}; "
            f"random weights; {given.rounds} rounds.\n\n" + table(given, results))
    (ROOT / f"Benchmarks/results/{given.name}.md").write_text(text)
    (ROOT / f"Benchmarks/results/{given.name}.json").write_text(
        json.dumps({"machine": about, "side": given.side, "steps": given.steps, "results": results}, indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()
