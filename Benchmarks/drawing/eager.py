"""Drawing with a Darkroom recipe's network in PyTorch eager: guided Euler steps from noise, batch of two.

usage: eager.py RECIPE [--stage picture|unet] [--steps N] [--precision bf16|fp32]

Speaks the line protocol of Benchmarks/race.py. `picture` is one picture from its token vectors to its bytes, `unet` one
guided call of the network. The weights are random: what they are makes no difference to the time.
"""
import argparse
import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import protocol  # noqa: E402
from protocol import twins  # noqa: E402

GUIDANCE = 3.0


class Drawer:
    """Clean-picture target on the flow schedule, as in the shipped recipes."""

    def __init__(self, recipe, steps, precision):
        torch.manual_seed(0)
        size = protocol.network_size(recipe["model"])
        self.steps, self.precision = steps, precision
        self.resolution = recipe.get("data", {}).get("resolution", 64)
        self.model = twins.TextToImage(size, self.resolution, protocol.VECTOR_WIDTH)
        self.model.requires_grad_(False).to(memory_format=torch.channels_last)
        if precision == "bf16":
            for parameter in self.model.parameters():
                if parameter.dim() > 1:  # as Darkroom loads them: matrices and kernels rounded, norms and biases not
                    parameter.data = parameter.data.bfloat16()
        self.network = self.model.unet if hasattr(self.model, "unet") else self.model.transformer
        self.vectors = torch.randn(2, size.text.tokens, protocol.VECTOR_WIDTH)

    def autocast(self):
        return torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bf16")

    def denoised(self, x, share, text):
        timestep = torch.full((2,), 1000 * share)
        both = self.network(torch.cat([x, x]), timestep, text).float()
        return torch.lerp(both[1:], both[:1], GUIDANCE)

    @torch.no_grad()
    def picture(self):
        with self.autocast():
            text = self.model.text(self.vectors)
            x = torch.randn(1, 3, self.resolution, self.resolution)
            for step in range(self.steps):
                share, following = 1 - step / self.steps, 1 - (step + 1) / self.steps
                kept = following / share
                x = kept * x + (1 - following - (1 - share) * kept) * self.denoised(x, share, text)
        return ((x.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)[0].permute(1, 2, 0).contiguous()

    @torch.no_grad()
    def unet(self):
        with self.autocast():
            text = self.model.text(self.vectors)
            return self.denoised(torch.randn(1, 3, self.resolution, self.resolution), 0.5, text)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("recipe", type=pathlib.Path)
    arguments.add_argument("--stage", choices=["picture", "unet"], default="picture")
    arguments.add_argument("--steps", type=int, default=25)
    arguments.add_argument("--precision", choices=["bf16", "fp32"], default="bf16")
    given = arguments.parse_args()
    drawer = Drawer(json.loads(given.recipe.read_text()), given.steps, given.precision)
    protocol.serve(getattr(drawer, given.stage), images=1)


if __name__ == "__main__":
    main()
