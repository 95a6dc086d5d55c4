"""Predicted beside measured: what `darkroom generate --plan` says of memory and time, and what the drawing then takes.

usage: plan.py MODEL [--sizes 256,384,512] [--steps 2] [--dtype bf16] [--threads 1] [-- FLAGS OF generate …]

Each size is planned and drawn in processes of their own, since a process's largest memory only grows. Times are those of
the clock: on a machine that others use too they say little, and the column `busy` says how much of the clock the drawing
itself computed.
"""
import argparse
import json
import pathlib
import resource
import subprocess
import tempfile
import time

PROGRAM = pathlib.Path(__file__).resolve().parents[1] / ".build/release/darkroom"


def run(arguments):
    """The one JSON object that a run prints, its seconds, and the processor seconds that it took."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    text = subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True).stdout
    seconds, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(text.splitlines()[-1]), seconds, used


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--sizes", default="256,384,512")
    parser.add_argument("--steps", default="2")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--threads", default="1")
    parser.add_argument("flags", nargs="*")
    given = parser.parse_args()
    print("| pixels | memory planned | measured | error | steps and decoding planned | measured | error | busy |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for side in given.sizes.split(","):
        with tempfile.TemporaryDirectory() as folder:
            request = ["generate", "a castle in snow", "--model", given.model, "--steps", given.steps,
                       "--sampler", "euler", "--width", side, "--height", side, "--seed", "1", "--dtype", given.dtype,
                       "--threads", given.threads, "--json", *given.flags]
            plan, *_ = run([*request, "--plan"])
            report, seconds, used = run([*request, "--output", f"{folder}/x.png"])
        memory, time_planned = plan["peak_memory_bytes"], plan["seconds"]["total"]
        held = report["peak_memory_bytes"]
        took = sum(report["seconds"]["steps"]) + report["seconds"]["decode"]
        print(f"| {side} | {memory / 1e6:.0f} MB | {held / 1e6:.0f} MB | {memory / held - 1:+.1%} | {time_planned:.2f} s "
              f"| {took:.2f} s | {time_planned / took - 1:+.1%} | {used / seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
