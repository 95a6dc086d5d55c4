"""Counts how often two things in one picture have their two colours, and on the sides that the sentence says.

usage: pairs.py MODEL [--count N] [--program PATH]

Sentences are "a COLOUR SHAPE to the left of a COLOUR SHAPE in SOME PLACE", drawn with a fixed seed, one picture each. A
colour is there when more than 40 pixels of rows 20 to 56 have its hue; it is on the left when most of them are. This is
crude and was never calibrated on real renders: a wooden table counts towards orange, shapes are not looked at. Good for
comparing two models, not for a score. Needs numpy and pillow.
"""
import argparse
import colorsys
import pathlib
import random
import subprocess
import tempfile

import numpy
from PIL import Image

COLORS = {"red": (200, 30, 40), "blue": (30, 60, 180), "yellow": (230, 210, 40), "green": (40, 150, 60),
          "purple": (120, 50, 170), "orange": (230, 130, 30)}
SHAPES = ["cube", "sphere", "cone", "cylinder", "pyramid"]
PLACES = ["on snow", "in a gray studio", "on a wooden table", "on a sandy beach"]


def pixels_of(half, color):
    """How many pixels have the hue of a colour and are neither pale nor dark."""
    hue = colorsys.rgb_to_hsv(*(value / 255 for value in COLORS[color]))[0]
    hsv = numpy.array([colorsys.rgb_to_hsv(*(pixel / 255)) for pixel in half.reshape(-1, 3)])
    distance = numpy.abs(hsv[:, 0] - hue)
    near = numpy.minimum(distance, 1 - distance) < 0.05
    return int((near & (hsv[:, 1] > 0.5) & (hsv[:, 2] > 0.2)).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--program", default=".build/release/darkroom")
    given = parser.parse_args()
    choose, both, right = random.Random(5), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "picture.png"
        for index in range(given.count):
            first, second = choose.sample(list(COLORS), 2)
            shapes = choose.choice(SHAPES), choose.choice(SHAPES)
            prompt = f"a {first} {shapes[0]} to the left of a {second} {shapes[1]} {choose.choice(PLACES)}"
            subprocess.run(
                [given.program, "generate", prompt, "--model", given.model, "--seed", str(100 + index), "--output",
                 str(file), "--overwrite", "--threads", "1", "--json"], check=True, capture_output=True)
            picture = numpy.asarray(Image.open(file).convert("RGB")).astype(float)[20:56]
            left, there = picture[:, :32], picture[:, 32:]
            a, b = ((pixels_of(left, color), pixels_of(there, color)) for color in (first, second))
            seen = sum(a) > 40 and sum(b) > 40
            both += seen
            right += seen and a[0] > b[0] and b[1] > a[1]
    print(f"{given.model}: of {given.count}, both colours {both}, on the right sides {right}")


if __name__ == "__main__":
    main()
