"""Races text transformers at reading captions: with directions and without, from captions alone.

usage: reading.py [--captions N] [--recipe FILE] [--program PATH]

Trains the text transformer of a recipe on captions only, twice from the same weights and with the same captions, and
prints how many of 256 captions with held-out combinations are read rightly, question by question. Without directions a
pair's sides stay a guess. A minute or two on one core.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

QUESTIONS = ["left colour", "left shape", "right colour", "right shape", "setting", "light"]


def readings(program, recipe, captions, directions, folder):
    """What the trainer said about reading: (captions seen, accuracy by question)."""
    stages = [{"untilImages": captions, "resolution": 64, "batchSize": 64, "captionsOnly": True}]
    changes = {"model.unet.text.directions": json.dumps(directions), "stages": json.dumps(stages),
               "totalImages": captions, "checkpointEveryImages": max(1, captions // 4), "samples.everyImages": 0}
    run = pathlib.Path(folder) / f"directions-{directions}"
    arguments = [part for key, value in changes.items() for part in ("--set", f"{key}={value}")]
    subprocess.run([program, "train", recipe, "--run", str(run), "--threads", "1", "--quiet", *arguments], check=True,
                   stdout=subprocess.DEVNULL)
    events = map(json.loads, (run / "events.jsonl").read_text().splitlines())
    return [(event["imagesSeen"], event["accuracy"]) for event in events if event["event"] == "reading"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--captions", type=int, default=16_384)
    parser.add_argument("--recipe", default="Recipes/scenes-64-pairs.json")
    parser.add_argument("--program", default=".build/release/darkroom")
    given = parser.parse_args()
    print("| directions | captions | " + " | ".join(QUESTIONS) + " |")
    print("| --- | --- |" + " --- |" * len(QUESTIONS))
    with tempfile.TemporaryDirectory() as folder:
        for directions in (False, True):
            for seen, accuracy in readings(given.program, given.recipe, given.captions, directions, folder):
                shares = " | ".join(f"{100 * accuracy[question]:.0f} %" for question in QUESTIONS)
                print(f"| {'yes' if directions else 'no'} | {seen:,} | {shares} |")


if __name__ == "__main__":
    main()
