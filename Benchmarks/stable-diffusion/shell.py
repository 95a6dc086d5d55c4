"""Races whole pictures from the shell: process start, loading, 20 guided steps, decoding, the file.

usage: shell.py FOLDER [--rounds N] [--width N] [--height N] [--steps N] [--threads N] [--name NAME] [--cold]

Darkroom and diffusers draw in turn from the same folder. Wall time and peak memory are those that the system counts
for the process; the end of the first step is what each says itself. Prints and writes the medians of ratios.
"""
import argparse
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks"))
import race  # noqa: E402

PROMPT = "a photograph of an astronaut riding a horse"


def run(command, threads):
    """Seconds, bytes of peak memory and the JSON that the command printed."""
    limits = {"OMP_NUM_THREADS": str(threads)} if threads else {}
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
        env={**limits, **os.environ})
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        raise SystemExit(f"failed: {shlex.join(command)}")
    return seconds, usage.ru_maxrss * 1024, json.loads(output.strip().splitlines()[-1])


def forget(folder):
    """Drops the folder's files from the page cache."""
    for file in folder.rglob("*.safetensors"):
        with open(file, "rb") as handle:
            os.posix_fadvise(handle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--name", default="shell")
    parser.add_argument("--cold", action="store_true", help="forget the files before every run")
    given = parser.parse_args()
    size = ["--width", str(given.width), "--height", str(given.height), "--steps", str(given.steps)]
    with tempfile.TemporaryDirectory() as folder:
        programs = {
            "Darkroom": [
                ".build/release/darkroom", "generate", PROMPT, "--model", str(given.folder), "--seed", "0",
                "--cfg", "7.5", "--sampler", "dpmpp_2m", "--json", "--output", folder + "/picture.png", *size],
            "diffusers": [
                sys.executable, "Benchmarks/stable-diffusion/peer.py", str(given.folder), "--stage", "shell", *size]}
        results, probe = {name: [] for name in programs}, race.Probe()
        for index in range(given.rounds):
            for name in list(programs) if index % 2 == 0 else list(programs)[::-1]:
                if given.cold:
                    forget(given.folder)
                before = probe()
                seconds, memory, said = run(programs[name], given.threads)
                if name == "Darkroom":
                    told = said["seconds"]
                    # What no one times from inside: the loading of the program itself.
                    start = seconds - told["total"]
                    first = start + told["load"] + told["encode"] + told["steps"][0]
                else:
                    first = said["first_step"]
                results[name].append({
                    "s": round(seconds, 3), "first_step": round(first, 3), "peak_bytes": memory,
                    "probe": round(min(before, probe()), 3)})
                print(name, results[name][-1], file=sys.stderr, flush=True)
    title = f"{given.folder.name}, {given.width} × {given.height}, {given.steps} steps of DPM++ 2M"
    lines = [f"## {given.name}: {title}", "",
             "| program | seconds, median (least) | end of the first step | peak memory | Darkroom takes |",
             "| --- | --- | --- | --- | --- |"]
    for name, runs in results.items():
        ours = results["Darkroom"]
        share = {key: statistics.median(a[key] / b[key] for a, b in zip(ours, runs))
                 for key in ("s", "first_step", "peak_bytes")}
        beside = "–" if name == "Darkroom" else (
            f"× {share['s']:.2f} the time, × {share['first_step']:.2f} to the first step, "
            f"× {share['peak_bytes']:.2f} the memory")
        lines.append(
            f"| {name} | {statistics.median(r['s'] for r in runs):.1f} ({min(r['s'] for r in runs):.1f}) | "
            f"{statistics.median(r['first_step'] for r in runs):.1f} s | "
            f"{max(r['peak_bytes'] for r in runs) / 1e9:.2f} GB | {beside} |")
    text = "\n".join(lines) + "\n"
    out = ROOT / "Benchmarks/results"
    (out / f"{given.name}.json").write_text(
        json.dumps({"machine": race.machine(), "runs": results}, indent=1) + "\n")
    (out / f"{given.name}.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
