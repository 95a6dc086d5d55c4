"""How one guided call of the U-Net, or one decoding, grows with the picture and the batch: Darkroom beside diffusers.

usage: growth.py FOLDER [--cases 256 512 512x4 …] [--stage unet|vae] [--dtype bf16|fp32] [--rounds N] [--threads N]
                 [--program PATH] [--name NAME]

A case is the side in pixels, then `x` and the pictures of a batch where there is more than one. diffusers computes a batch at
once, Darkroom one picture after another, as it draws them, so that its memory stays. Each case is a race of two programs
that start anew (Benchmarks/race.py); the ratio is the median within a round, in time and in core time. Rows are kept in
Benchmarks/results/NAME.json, those of other cases, stages and models with them, and the table of all is written to NAME.md.
Darkroom's process holds text encoders and autoencoder as well, diffusers' the one network alone.
"""
import argparse
import datetime
import json
import pathlib
import shlex
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks"))
import race  # noqa: E402

KEY = ("model", "stage", "dtype", "side", "batch")


def contenders(given, side, batch):
    """Both programs, warm."""
    same = (f"--stage {given.stage} --dtype {given.dtype} --width {side} --height {side} --batch {batch}")
    folder, python = shlex.quote(str(given.folder)), shlex.quote(sys.executable)
    threads = f" --threads {given.threads}" if given.threads else ""
    commands = {
        "Darkroom": f"{shlex.quote(given.program)} bench serve --model {folder} {same}{threads}",
        "diffusers": f"{python} Benchmarks/stable-diffusion/peer.py {folder} {same}"}
    return [race.Contender(name, command, given.threads) for name, command in commands.items()]


def measured(given, case, probe):
    """One row: seconds, core seconds and memory of both, and their ratios."""
    side, batch = (int(text) for text in (case.split("x") + ["1"])[:2])
    both = contenders(given, side, batch)
    race.race(both, given.rounds, probe)
    row = {"model": given.folder.name, "stage": given.stage, "dtype": given.dtype, "side": side, "batch": batch,
           "rounds": given.rounds, "threads": given.threads}
    for contender in both:
        row[contender.name] = {
            "s": statistics.median(unit["s"] for unit in contender.units),
            "cpu": statistics.median(unit["cpu"] for unit in contender.units),
            "peak_bytes": contender.status("VmHWM"), "units": contender.units}
        contender.quit()
    own, theirs = (contender.units for contender in both)
    for key in ("s", "cpu"):
        row[f"{key}_ratio"] = statistics.median(b[key] / a[key] for a, b in zip(own, theirs))
    row["others"] = statistics.median(unit["others"] for unit in own + theirs)
    return row


def table(rows):
    lines = ["| model, stage | pixels | pictures | Darkroom | diffusers, eager | in core time | Darkroom's peak memory "
             "| diffusers' |", "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in sorted(rows, key=lambda row: tuple(row[key] for key in KEY)):
        own, theirs = row["Darkroom"], row["diffusers"]
        lines.append(
            f"| {row['model']}, {row['stage']}, {row['dtype']} | {row['side']} | {row['batch']} | {own['s']:.2f} s "
            f"| {theirs['s']:.2f} s (× {row['s_ratio']:.2f}) | × {row['cpu_ratio']:.2f} | {own['peak_bytes'] / 1e9:.2f} GB "
            f"| {theirs['peak_bytes'] / 1e9:.2f} GB |")
    return "\n".join(lines) + "\n"


def keep(name, row):
    """Puts a row beside the others of the file and writes the table of all."""
    file = ROOT / f"Benchmarks/results/{name}.json"
    rows = json.loads(file.read_text())["rows"] if file.exists() else []
    rows = [old for old in rows if any(old[key] != row[key] for key in KEY)] + [row]
    about = race.machine()
    file.write_text(json.dumps({"machine": about, "rows": rows}, indent=1) + "\n")
    file.with_suffix(".md").write_text(
        f"## {name}, {datetime.date.today()}, commit {race.commit()}\n\n{about['cpu']}, "
        f"{'AMX' if about['amx_bf16'] else 'no AMX'}, threads: {row['threads'] or about['cores']}; random weights; "
        f"medians of {min(r['rounds'] for r in rows)} to {max(r['rounds'] for r in rows)} rounds.\n\n" + table(rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--cases", nargs="+", default=["256", "512"])
    parser.add_argument("--stage", choices=["unet", "vae"], default="unet")
    parser.add_argument("--dtype", choices=["bf16", "fp32"], default="bf16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--program", default=".build/release/darkroom")
    parser.add_argument("--name", default="growth")
    given = parser.parse_args()
    probe = race.Probe()
    for case in given.cases:
        row = measured(given, case, probe)
        keep(given.name, row)
        print(table([row]).splitlines()[-1], flush=True)


if __name__ == "__main__":
    main()
