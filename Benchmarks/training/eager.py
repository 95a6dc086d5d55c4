"""The training step of a Darkroom recipe in PyTorch eager: the same network, objective, optimiser and batch.

usage: eager.py RECIPE [--resolution N] [--batch N] [--steps N] [--attention products|fused] [--precision bf16|fp32]

Speaks the line protocol of Benchmarks/race.py; a unit of work is `--steps` updates.

The pictures and captions are made up once and lie in memory, so the figure is the step alone. `--attention products`
is two products and a softmax; `fused` is scaled_dot_product_attention, as most PyTorch programs have it.
"""
import argparse
import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import protocol  # noqa: E402
from protocol import PIECES, VECTOR_WIDTH, twins  # noqa: E402

POOL = 512
# What Darkroom's worlds ask about a caption, and the most answers that a question has.
QUESTIONS, ANSWERS = 43, 16


def fused_attention(query, key, value, heads, query_norm, key_norm, bias=None):
    query, key, value = (twins.split_heads(x, heads) for x in (query, key, value))
    query, key = query_norm(query).to(value.dtype), key_norm(key).to(value.dtype)
    mask = None if bias is None else bias.to(query.dtype)
    out = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return out.transpose(1, 2).reshape(out.shape[0], out.shape[2], -1)


class CaptionReader(torch.nn.Module):
    """Answers questions about a picture from the words of its caption, as recipes with `captionReading` have it."""

    def __init__(self, size):
        super().__init__()
        width, nn = size.width, torch.nn
        self.heads = size.heads
        self.questions = nn.Parameter(torch.randn(1, QUESTIONS, width))
        self.key_value, self.out = nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.query_norm, self.key_norm = nn.LayerNorm(width // size.heads), nn.LayerNorm(width // size.heads)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.expand, self.contract = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.answers = nn.Parameter(torch.randn(QUESTIONS, width, ANSWERS) * 0.02)

    def loss(self, tokens, labels):
        key, value = self.key_value(tokens).chunk(2, -1)
        asked = self.questions.to(key.dtype).expand(tokens.shape[0], -1, -1)
        state = self.out(twins.attend(asked, key, value, self.heads, self.query_norm, self.key_norm))
        state = state + self.contract(F.gelu(self.expand(self.norm1(state)), approximate="tanh"))
        scores = self.norm2(state).transpose(0, 1) @ self.answers
        return F.cross_entropy(scores.float().flatten(0, 1), labels.T.flatten())


class Trainer:
    """Flow schedule, clean-picture target, velocity weighting, logit-normal levels: the shipped recipes' objective."""

    def __init__(self, recipe, resolution, batch, precision):
        self.recipe, self.batch, self.precision = recipe, batch, precision
        torch.manual_seed(recipe.get("seed", 0))
        size = protocol.network_size(recipe["model"])
        self.model = twins.TextToImage(size, resolution, VECTOR_WIDTH).to(memory_format=torch.channels_last)
        self.reading = recipe.get("captionReading", {}).get("weight", 0)
        self.reader = CaptionReader(size.text) if self.reading else None
        self.parameters = [*self.model.parameters(), *(self.reader.parameters() if self.reader else [])]
        self.labels = torch.randint(0, ANSWERS, (POOL, QUESTIONS))
        self.table = torch.randint(-127, 128, (PIECES, VECTOR_WIDTH)).to(torch.int8)
        self.scale = torch.rand(PIECES, 1) / 127
        self.pictures = torch.randint(0, 256, (POOL, resolution, resolution, 3), dtype=torch.uint8)
        weight = protocol.object_weight(recipe.get("data", {}))
        self.weights = None
        if weight != 1:  # a twentieth of the pixels belongs to things
            things = torch.rand(POOL, 1, resolution, resolution) < 0.05
            self.weights = torch.where(things, float(weight), 1.0)
        self.captions = torch.randint(1, PIECES, (POOL, size.text.tokens))
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=recipe.get("learningRate", {}).get("peak", 1e-3),
            betas=tuple(recipe.get("betas", (0.9, 0.95))), weight_decay=recipe.get("weightDecay", 0.0), fused=True)
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        levels = recipe.get("noiseLevels", {}).get("logitNormal", {"mean": 0.4, "deviation": 1})
        self.mean, self.deviation = levels["mean"], levels["deviation"]
        self.half_life = recipe.get("average", {}).get("halfLifeImages", 20_000)

    def step(self):
        chosen = torch.randint(0, POOL, (self.batch,))
        sample = self.pictures[chosen].permute(0, 3, 1, 2).float() / 127.5 - 1
        time_share = torch.sigmoid(self.mean + self.deviation * torch.randn(self.batch))
        noise = time_share.reshape(-1, 1, 1, 1)
        x = torch.lerp(sample, torch.randn_like(sample), noise)
        ids = self.captions[chosen]
        vectors = self.table[ids].float() * (self.scale[ids, 0] * (ids > 0))[..., None]
        dropped = torch.rand(self.batch) < self.recipe.get("captionDropout", 0.1)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bf16"):
            tokens = self.model.text(vectors)
            text = self.model.text.dropping(tokens, dropped)
            prediction = self.model.network(x, time_share * 1000, text)
            reading = self.reader.loss(tokens, self.labels[chosen]) * self.reading if self.reader else 0
        squared = (prediction.float() - sample).square()
        if self.weights is not None:
            squared = squared * self.weights[chosen]
        losses = squared.flatten(1).mean(1)
        loss = (losses / time_share.clamp(min=0.05).square()).mean() + reading
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.recipe.get("maximumGradientNorm", 1.0))
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        weight = 1 - 0.5 ** (self.batch / self.half_life)
        torch._foreach_lerp_(self.average, [parameter.detach() for parameter in self.parameters], weight)
        value = loss.item()
        if not math.isfinite(value):
            raise SystemExit("the loss is not finite")
        return value


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("recipe", type=pathlib.Path)
    arguments.add_argument("--resolution", type=int)
    arguments.add_argument("--batch", type=int)
    arguments.add_argument("--steps", type=int, default=1)
    arguments.add_argument("--attention", choices=["products", "fused"], default="products")
    arguments.add_argument("--precision", choices=["bf16", "fp32"], default="bf16")
    given = arguments.parse_args()
    recipe = json.loads(given.recipe.read_text())
    if given.attention == "fused":
        twins.attend = fused_attention
    batch = given.batch or recipe.get("batchSize", 32)
    trainer = Trainer(recipe, given.resolution or recipe.get("data", {}).get("resolution", 64), batch, given.precision)
    count = sum(parameter.numel() for parameter in trainer.parameters)

    def work():
        for _ in range(given.steps):
            trainer.step()

    protocol.serve(work, images=given.steps * batch, parameters=count, batch=batch)


if __name__ == "__main__":
    main()
