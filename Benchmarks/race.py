"""Races programs against each other, in turns, on a machine whose speed drifts.

usage: race.py [--stage train|picture|unet] [--recipe FILE] [--model NAME] [--rounds N] [--resolution N]
               [--batch N] [--threads N] [--out FOLDER] [--name NAME] [NAME='command' …]

Without commands it races `darkroom bench serve --model RECIPE --stage train` against the same training step in
PyTorch eager (Benchmarks/training/eager.py), in bf16 where the processor has it, in fp32, and in fp32 with the fused attention operator; with
`--stage picture` or `unet` the drawing (Benchmarks/drawing/eager.py), of the recipe's network. The first contender is
the one that the others are compared with.

A contender prints one JSON line with "ready": true when it is warm. Then for each line `go` on its standard input it
does one unit of work and prints {"s": SECONDS, "images": N} (images: optional); it leaves at `quit`. Rounds alternate
the order. A matrix product of fixed size is timed before and after every unit: it says how fast the machine was, and
how much other programs took is read from /proc. What counts is the ratio within a round; a round is quiet when every
probe of it reached 80 % of the best and others took less than a quarter of a core. The core time an image is what the
process used of all cores, waiting threads included.

Writes NAME.json (every unit) and NAME.md (the table) into --out and prints the table. Needs torch, see
Scripts/make-fixtures/requirements.txt.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import time

import torch

ROOT = pathlib.Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
# What Darkroom sets for itself with mallopt: big blocks stay with the process instead of going back to the system.
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "8000000000",
    "MALLOC_TOP_PAD_": "67108864", "MALLOC_ARENA_MAX": "1",
}


class Probe:
    """The speed of a 2048³ matrix product in single precision, in TFLOP/s."""

    def __init__(self):
        self.left, self.right = (torch.randn(2048, 2048) for _ in range(2))

    def __call__(self):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            self.left @ self.right
            times.append(time.perf_counter() - start)
        return 2 * 2048 ** 3 / statistics.median(times[1:]) / 1e12


def busy_seconds():
    """Core seconds that the whole machine has worked."""
    with open("/proc/stat") as file:
        values = [int(value) for value in file.readline().split()[1:9]]
    return (sum(values) - values[3] - values[4]) / TICKS


class Contender:
    def __init__(self, name, command, threads):
        limits = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)} if threads else {}
        self.name, self.command, self.units = name, command, []
        self.process = subprocess.Popen(
            shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**ALLOCATOR, **limits, **os.environ}, cwd=ROOT)
        self.about = self.answer("ready")

    def answer(self, key):
        while line := self.process.stdout.readline():
            if line.startswith("{") and key in (found := json.loads(line)):
                return found
        self.process.wait()
        raise SystemExit(f"{self.name} ended: {self.command}\n{self.process.stderr.read()[-2000:]}")

    def status(self, field):
        """A size from /proc/PID/status, in bytes."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field + ":"))

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            return sum(int(value) for value in file.read().rsplit(")", 1)[1].split()[11:13]) / TICKS

    def work(self):
        busy, own = busy_seconds(), self.cpu_seconds()
        start = time.perf_counter()
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        found = self.answer("s")
        wall = time.perf_counter() - start
        own = self.cpu_seconds() - own
        others = max(0.0, busy_seconds() - busy - own) / wall
        return {"s": found["s"], "cpu": round(own, 2), "images": found.get("images", 1), "others": round(others, 3)}

    def quit(self):
        self.process.stdin.write("quit\n")
        self.process.stdin.close()
        self.process.wait(timeout=60)


def race(contenders, rounds, probe):
    before = probe()
    for index in range(rounds):
        for contender in contenders if index % 2 == 0 else reversed(contenders):
            unit = contender.work()
            after = probe()
            contender.units.append({**unit, "probe": round(min(before, after), 3)})
            before = after
        print(f"round {index + 1} of {rounds}: " + ", ".join(
            f"{c.name} {c.units[-1]['images'] / c.units[-1]['s']:.1f}" for c in contenders) + " a second",
            file=sys.stderr, flush=True)


def quiet_rounds(contenders):
    best = max(unit["probe"] for contender in contenders for unit in contender.units)
    return [
        index for index in range(len(contenders[0].units))
        if all(c.units[index]["probe"] >= 0.8 * best and c.units[index]["others"] < 0.25 for c in contenders)]


def quartiles(values):
    if len(values) < 2:
        return [values[0]] * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def summary(contenders, rounds):
    """Rates and ratios over the given rounds."""
    def rates(contender):
        return [contender.units[i]["images"] / contender.units[i]["s"] for i in rounds]

    def core_time(contender):
        """Milliseconds that an image takes of one core."""
        return statistics.median(1000 * contender.units[i]["cpu"] / contender.units[i]["images"] for i in rounds)

    first, first_core_time = rates(contenders[0]), core_time(contenders[0])
    rows = []
    for contender in contenders:
        own = rates(contender)
        low, middle, high = quartiles(own)
        ratio_low, ratio, ratio_high = quartiles([a / b for a, b in zip(first, own)])
        rows.append({
            "name": contender.name, "median": round(middle, 4), "quartiles": [round(low, 4), round(high, 4)],
            "best": round(max(own), 4), "first_to_this": round(ratio, 3),
            "ratio_quartiles": [round(ratio_low, 3), round(ratio_high, 3)],
            "core_milliseconds": round(core_time(contender), 1),
            "core_time_to_first": round(core_time(contender) / first_core_time, 3),
            "peak_megabytes": round(contender.peak / 1e6)})
    return rows


def table(title, rows, first):
    lines = [f"### {title}", "",
             f"| program | images a second: median (quartiles), best | {first} is faster by (quartiles) "
             f"| core time an image, beside {first} | peak memory |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        low, high = row["quartiles"]
        ratio_low, ratio_high = row["ratio_quartiles"]
        mine = row["name"] == first
        ratio = "–" if mine else f"× {row['first_to_this']:.2f} ({ratio_low:.2f} – {ratio_high:.2f})"
        beside = "" if mine else f", × {row['core_time_to_first']:.2f}"
        lines.append(f"| {row['name']} | {row['median']:.3g} ({low:.3g} – {high:.3g}), {row['best']:.3g} | {ratio} "
                     f"| {row['core_milliseconds']:.1f} ms{beside} | {row['peak_megabytes']} MB |")
    return "\n".join(lines) + "\n"


def machine():
    with open("/proc/cpuinfo") as file:
        lines = file.read().splitlines()
    name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    flags = next((line for line in lines if line.startswith("flags")), "")
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1])
    return {"cpu": name, "cores": os.cpu_count(), "amx_bf16": "amx_bf16" in flags,
            "bf16": "avx512_bf16" in flags or "amx_bf16" in flags, "memory_gb": round(memory / 1e6),
            "system": f"{platform.system()} {platform.release()}"}


def shown(command):
    """A command without where things lie on this machine: of absolute paths the last part is kept."""
    words = shlex.split(command.replace(sys.executable, "python"))
    return shlex.join(pathlib.Path(word).name if word.startswith("/") else word for word in words)


def commit():
    """The commit that is measured."""
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def default_contenders(given):
    python = shlex.quote(sys.executable)
    recipe = shlex.quote(str(given.recipe))
    sizes = "".join(f" --{name} {value}" for name in ("resolution", "batch") if (value := getattr(given, name)))
    ours = ".build/release/darkroom bench serve" + (f" --threads {given.threads}" if given.threads else "")
    if given.stage != "train":
        return [
            ("Darkroom", f"{ours} --model {shlex.quote(given.model)} --stage {given.stage}"),
            ("PyTorch eager", f"{python} Benchmarks/drawing/eager.py {recipe} --stage {given.stage}")]
    eager = f"{python} Benchmarks/training/eager.py {recipe}{sizes}"
    # Without an instruction for it PyTorch takes ten times as long in bf16.
    short = [("PyTorch eager, bf16", eager)] if machine()["bf16"] else []
    return [
        ("Darkroom", f"{ours} --model {recipe} --stage train{sizes}"), *short,
        ("PyTorch eager, fp32", eager + " --precision fp32"),
        ("PyTorch eager, fp32, fused attention", eager + " --precision fp32 --attention fused"),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stage", choices=["train", "picture", "unet"], default="train")
    parser.add_argument("--model", default="worlds-64", help="what Darkroom draws with")
    parser.add_argument("--recipe", type=pathlib.Path, default=pathlib.Path("Recipes/worlds-64-faces.json"))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--resolution", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--threads", type=int, help="of each contender; all cores if not given")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "Benchmarks/results")
    parser.add_argument("--name", help="of the results; the stage if not given")
    parser.add_argument("contenders", nargs="*", metavar="NAME=COMMAND")
    given = parser.parse_args()
    given.name = given.name or given.stage
    named = [tuple(text.split("=", 1)) for text in given.contenders] or default_contenders(given)
    if any(len(pair) != 2 for pair in named):
        parser.error("a contender is written NAME='command'")
    contenders = [Contender(*pair, given.threads) for pair in named]
    race(contenders, given.rounds, Probe())
    for contender in contenders:
        contender.peak = contender.status("VmHWM")
        contender.quit()
    everything = list(range(given.rounds))
    quiet = quiet_rounds(contenders)
    probes, others = (
        [unit[key] for contender in contenders for unit in contender.units] for key in ("probe", "others"))
    result = {
        "date": datetime.date.today().isoformat(), "commit": commit(), "machine": machine(), "torch": torch.__version__,
        "recipe": str(given.recipe), "resolution": given.resolution, "batch": given.batch,
        "threads": given.threads or os.cpu_count(),
        "probe_tflops": {"best": max(probes), "median": statistics.median(probes), "worst": min(probes)},
        "others_cores": {"median": statistics.median(others), "most": max(others)},
        "all_rounds": summary(contenders, everything),
        "quiet_rounds": {"rounds": quiet, "rows": summary(contenders, quiet) if quiet else []},
        "contenders": [
            {"name": c.name, "command": shown(c.command), "about": c.about,
             "units": c.units} for c in contenders]}
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / f"{given.name}.json").write_text(json.dumps(result, indent=1) + "\n")
    about = result["machine"]
    what = f": {given.recipe.name}" if not given.contenders else ""
    text = (f"## {given.name}{what}, {result['date']}, commit {result['commit']}\n\n"
            f"{about['cpu']}, {about['cores']} cores{', AMX' if about['amx_bf16'] else ''}, {about['memory_gb']} GB; "
            f"threads: {result['threads']}, torch {torch.__version__}; "
            f"probe {min(probes):.2f} to {max(probes):.2f} TFLOP/s; other programs kept "
            f"{statistics.median(others):.1f} cores busy in the median unit.\n\n")
    text += table(f"All {given.rounds} rounds", result["all_rounds"], contenders[0].name)
    if 0 < len(quiet) < given.rounds:
        text += "\n" + table(f"The {len(quiet)} quiet rounds", result["quiet_rounds"]["rows"], contenders[0].name)
    (given.out / f"{given.name}.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
