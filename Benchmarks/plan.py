"""Predicted beside measured: what `darkroom generate --plan` says of memory and time, and what the drawing then takes.

usage: plan.py MODEL [--cases "256" "512 --dtype int8" "512 --batch-count 2" …] [--steps 2] [--threads 1] [--within 0.1]
               [--program PATH] [--name NAME]

A case is a side in pixels and the flags of `generate` that go with it. Each is planned and drawn in processes of their own,
since a process's largest memory only grows. Times are those of the clock: on a machine that others use too they say little,
and the column `busy` says how much of the clock the drawing itself computed. Ends with status 1 when a prediction of memory
is further off than --within. With --name the rows are kept in Benchmarks/results/NAME.json, those of other models with them,
and the table of all is written to NAME.md.
"""
import argparse
import datetime
import json
import pathlib
import resource
import shlex
import subprocess
import sys
import tempfile
import time

import race

HEAD = ("| model | pixels, flags | memory planned | measured | error | steps and decoding planned | measured | error | busy |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")


def run(program, arguments):
    """The one JSON object that a run prints, its seconds, and the processor seconds that it took."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    text = subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout
    seconds, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(text.splitlines()[-1]), seconds, used


def measured(given, case):
    """One case planned, then drawn."""
    side, *flags = shlex.split(case)
    with tempfile.TemporaryDirectory() as folder:
        request = ["generate", "a castle in snow", "--model", given.model, "--steps", given.steps, "--sampler", "euler",
                   "--width", side, "--height", side, "--seed", "1", "--threads", given.threads, "--json", *flags]
        plan, *_ = run(given.program, [*request, "--plan"])
        report, seconds, used = run(given.program, [*request, "--output", f"{folder}/"])
    return {
        "model": pathlib.Path(given.model).stem, "case": case, "steps": int(given.steps), "planned_parts": plan["memory"],
        "memory_planned": plan["peak_memory_bytes"], "memory_measured": report["peak_memory_bytes"],
        "seconds_planned": round(plan["seconds"]["total"], 3),
        "seconds_measured": round(sum(report["seconds"]["steps"]) + report["seconds"]["decode"], 3),
        "busy": round(used / seconds, 2)}


def line(row):
    planned, held = row["memory_planned"], row["memory_measured"]
    guess, took = row["seconds_planned"], row["seconds_measured"]
    return (f"| {row['model']} | {row['case']} | {planned / 1e6:.0f} MB | {held / 1e6:.0f} MB | {planned / held - 1:+.1%} | "
            f"{guess:.2f} s | {took:.2f} s | {guess / took - 1:+.0%} | {row['busy']:.2f} |")


def keep(name, rows):
    """Puts rows beside those of other cases in the results and writes the table of all."""
    file = race.ROOT / f"Benchmarks/results/{name}.json"
    kept = json.loads(file.read_text())["rows"] if file.exists() else []
    again = {(row["model"], row["case"]) for row in rows}
    rows = [row for row in kept if (row["model"], row["case"]) not in again] + rows
    about = race.machine()
    file.write_text(json.dumps({"machine": about, "rows": rows}, indent=1) + "\n")
    title = (f"## {name}, {datetime.date.today()}, commit {race.commit()}\n\n{about['cpu']}, {about['memory_gb']} GB, "
             f"{'AMX' if about['amx_bf16'] else 'no AMX'}; one process for each row.\n\n")
    file.with_suffix(".md").write_text(title + "\n".join([HEAD, *map(line, rows)]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--cases", nargs="+", default=["256", "384", "512"])
    parser.add_argument("--steps", default="2")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--within", type=float, default=0.1)
    parser.add_argument("--program", default=str(race.ROOT / ".build/release/darkroom"))
    parser.add_argument("--name")
    given = parser.parse_args()
    rows = []
    print(HEAD)
    for case in given.cases:
        rows.append(measured(given, case))
        print(line(rows[-1]), flush=True)
    if given.name:
        keep(given.name, rows)
    wrong = [row["case"] for row in rows if abs(row["memory_planned"] / row["memory_measured"] - 1) > given.within]
    sys.exit(f"memory is more than {given.within:.0%} off: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()
