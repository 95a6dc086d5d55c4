"""PyTorch twins of the networks in Sources/Networks and Sources/Layers.

The same mathematics, the same parameter names (so `state_dict()` has the keys of a Darkroom model file), and the same
observation points: `observe(path, tensor)` is called exactly where the Swift code calls `ForwardContext.observe`.
Used by `networks.py` (golden fixtures) and by `Benchmarks/training/eager.py` (the trainer that ours races against).
"""
import dataclasses
import math

import torch
import torch.nn.functional as F
from torch import nn


@dataclasses.dataclass
class TextSize:
    width: int = 256
    layers: int = 2
    heads: int = 4
    tokens: int = 48
    directions: bool = False


@dataclasses.dataclass
class UNetSize:
    channels: tuple = (64, 128, 256)
    blocks: tuple = (1, 2, 2)
    attention: tuple = ("none", "text", "full")
    heads: int = 4
    patch: int = 2
    text: TextSize = dataclasses.field(default_factory=TextSize)
    positions: bool = False


@dataclasses.dataclass
class TransformerSize:
    patch: int = 8
    width: int = 256
    depth: int = 8
    heads: int = 4
    text: TextSize = dataclasses.field(default_factory=TextSize)


class Observed(nn.Module):
    """A module that knows its own path and can show activations to a recorder."""

    path = ""
    recorder = None

    def observe(self, tensor, name=None):
        if self.recorder is not None:
            self.recorder(f"{self.path}.{name}" if name else self.path, tensor)
        return tensor


def attach(model, recorder):
    """Tells every module its path and whom to show activations to (None: nobody)."""
    for path, module in model.named_modules():
        if isinstance(module, Observed):
            module.path, module.recorder = path, recorder


class ChannelNorm(nn.LayerNorm):
    """Layer norm over the channels of each pixel of `[batch, channel, height, width]`."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def zeroed(layer):
    """A layer that starts as zero, so that its block starts as the identity."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def split_heads(x, heads):
    return x.reshape(x.shape[0], x.shape[1], heads, x.shape[2] // heads).transpose(1, 2)


def attend(query, key, value, heads, query_norm, key_norm, bias=None):
    """softmax(norm(q) · norm(k)ᵀ / √d + bias) · v per head; all `[batch, tokens, width]`."""
    query, key, value = (split_heads(x, heads) for x in (query, key, value))
    query, key = query_norm(query).to(value.dtype), key_norm(key).to(value.dtype)
    if query.requires_grad:
        weights = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
        if bias is not None:
            weights = weights + bias.to(weights.dtype)
        out = weights.softmax(-1, dtype=weights.dtype) @ value
    else:
        mask = None if bias is None else bias.to(query.dtype)
        out = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return out.transpose(1, 2).reshape(out.shape[0], out.shape[2], -1)


def direction_bias(heads, tokens):
    """What heads add to the scores of other words: heads look back, ahead, near and everywhere, in turn."""
    distance = torch.arange(tokens)[None, :] - torch.arange(tokens)[:, None]
    never = torch.full((tokens, tokens), -math.inf)
    everywhere = torch.zeros(tokens, tokens)
    directions = [
        torch.where(distance <= 0, everywhere, never), torch.where(distance >= 0, everywhere, never),
        -distance.abs().float(), everywhere]
    return torch.stack([directions[head % 4] for head in range(heads)])[None]


def position_features(height, width):
    """Where pixels stand: cos(π·k·x), k = 1…4, with x from 0 to 1 across, then the same downwards."""
    def cosines(count):
        places = (torch.arange(count, dtype=torch.float64) + 0.5) / count
        return torch.cos(math.pi * places[:, None] * torch.arange(1, 5))
    across = cosines(width)[None].expand(height, -1, -1)
    down = cosines(height)[:, None].expand(-1, width, -1)
    return torch.cat([across, down], -1).reshape(1, height * width, 8)


class ConditioningVector(nn.Module):
    """Noise level and text summary as one vector that modulates every block."""

    def __init__(self, width, text_width):
        super().__init__()
        self.time1 = nn.Linear(256, width)
        self.time2 = nn.Linear(width, width)
        self.pooled = nn.Linear(text_width, width)
        rates = [math.exp(-math.log(10_000) * i / 128) for i in range(128)]
        self.register_buffer("rates", torch.tensor(rates), persistent=False)

    def forward(self, timestep, text):
        angles = timestep.reshape(-1, 1) * self.rates
        time = self.time2(F.silu(self.time1(torch.cat([angles.cos(), angles.sin()], -1))))
        return F.silu(time + self.pooled(text.mean(1)))


class TextBlock(Observed):
    """A pre-norm block that starts as the identity."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), zeroed(nn.Linear(width, width))
        self.query_norm, self.key_norm = nn.LayerNorm(width // heads), nn.LayerNorm(width // heads)
        self.expand, self.contract = nn.Linear(width, 4 * width), zeroed(nn.Linear(4 * width, width))

    def forward(self, x, bias):
        query, key, value = self.qkv(self.norm1(x)).chunk(3, -1)
        attended = attend(query, key, value, self.heads, self.query_norm, self.key_norm, bias)
        x = self.observe(x + self.out(attended), "attention")
        return self.observe(x + self.contract(F.gelu(self.expand(self.norm2(x)), approximate="tanh")))


class TextTransformer(Observed):
    def __init__(self, vector_width, size):
        super().__init__()
        self.project = nn.Linear(vector_width, size.width)
        self.position = nn.Parameter(torch.randn(1, size.tokens, size.width) * 0.02)
        self.null = nn.Parameter(torch.randn(1, size.tokens, size.width) * 0.02)
        self.blocks = nn.ModuleList(TextBlock(size.width, size.heads) for _ in range(size.layers))
        self.norm = nn.LayerNorm(size.width)
        bias = direction_bias(size.heads, size.tokens) if size.directions else None
        self.register_buffer("bias", bias, persistent=False)

    def forward(self, vectors, dropped=None):
        x = self.project(vectors) + self.position
        for block in self.blocks:
            x = block(x, self.bias)
        x = self.observe(self.norm(x), "norm")
        return x if dropped is None else self.dropping(x, dropped)

    def dropping(self, x, dropped):
        """The learned "no caption" tokens where `dropped` is true."""
        return torch.where(dropped.reshape(-1, 1, 1), self.null.to(x.dtype).expand(x.shape[0], -1, -1), x)


class ResidualBlock(Observed):
    """Two convolutions around a modulation by the conditioning vector."""

    def __init__(self, inputs, outputs, conditioning):
        super().__init__()
        self.norm1, self.conv1 = ChannelNorm(inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.modulation = nn.Linear(conditioning, 2 * outputs)
        self.norm2, self.conv2 = ChannelNorm(outputs), zeroed(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.skip = None if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x, c):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.modulation(c)[:, :, None, None].chunk(2, 1)
        h = F.silu(self.norm2(h) * (scale + 1) + shift)
        return self.observe((x if self.skip is None else self.skip(x)) + self.conv2(h))


class AttentionBlock(Observed):
    """Pixels attend to the words, with `full` reach to each other too, then a small feed-forward."""

    def __init__(self, channels, reach, size):
        super().__init__()
        self.heads = size.heads
        self.norm = ChannelNorm(channels)
        self.query = nn.Linear(channels, channels)
        self.key_value = nn.Linear(channels, 2 * channels) if reach == "full" else None
        self.text_key_value = nn.Linear(size.text.width, 2 * channels)
        self.query_norm, self.key_norm = nn.LayerNorm(channels // size.heads), nn.LayerNorm(channels // size.heads)
        self.out = zeroed(nn.Linear(channels, channels))
        self.feed_forward_norm = nn.LayerNorm(channels)
        self.expand = nn.Linear(channels, 2 * channels)
        self.contract = zeroed(nn.Linear(2 * channels, channels))
        self.position = nn.Linear(8, channels, bias=False) if size.positions else None
        if size.positions:
            nn.init.zeros_(self.position.weight)

    def forward(self, x, text):
        batch, channels, height, width = x.shape
        pixels, normed = (t.flatten(2).transpose(1, 2) for t in (x, self.norm(x)))
        if self.position is not None:
            map = position_features(height, width).to(self.position.weight.dtype)
            normed = normed + self.position(map).to(normed.dtype)
        keys = self.text_key_value(text).to(normed.dtype)
        if self.key_value is not None:
            keys = torch.cat([self.key_value(normed), keys], 1)
        key, value = keys.chunk(2, -1)
        attended = attend(self.query(normed), key, value, self.heads, self.query_norm, self.key_norm)
        pixels = self.observe(pixels + self.out(attended), "attended")
        pixels = pixels + self.contract(F.gelu(self.expand(self.feed_forward_norm(pixels)), approximate="tanh"))
        return self.observe(pixels.transpose(1, 2).reshape(batch, channels, height, width))


class Stage(nn.Module):
    """A residual block and, at the levels that have it, attention."""

    def __init__(self, inputs, outputs, reach, size):
        super().__init__()
        self.block = ResidualBlock(inputs, outputs, size.text.width)
        self.attention = None if reach == "none" else AttentionBlock(outputs, reach, size)

    def forward(self, x, c, text):
        x = self.block(x, c)
        return x if self.attention is None else self.attention(x, text)


class UNet(Observed):
    def __init__(self, size):
        super().__init__()
        self.size = size
        channels, folded = size.channels, 3 * size.patch ** 2
        levels = range(len(channels))
        self.conditioning = ConditioningVector(size.text.width, size.text.width)
        self.input = nn.Conv2d(folded, channels[0], 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level in levels:
            width, reach = channels[level], size.attention[level]
            down = {str(i): Stage(width, width, reach, size) for i in range(size.blocks[level])}
            up = {str(i): Stage(2 * width, width, reach, size) for i in range(size.blocks[level])}
            if level + 1 < len(channels):
                down["downsample"] = nn.Conv2d(width, channels[level + 1], 3, stride=2, padding=1)
            if level > 0:
                up["upsample"] = nn.Conv2d(width, channels[level - 1], 3, padding=1)
            self.down.append(nn.ModuleDict(down))
            self.up.append(nn.ModuleDict(up))
        deepest = channels[-1]
        self.middle = nn.ModuleDict({
            "first": ResidualBlock(deepest, deepest, size.text.width),
            "attention": AttentionBlock(deepest, "full", size),
            "second": ResidualBlock(deepest, deepest, size.text.width)})
        self.norm = ChannelNorm(channels[0])
        self.output = zeroed(nn.Conv2d(channels[0], folded, 3, padding=1))

    def forward(self, x, timestep, text):
        c = self.observe(self.conditioning(timestep, text), "conditioning")
        x = F.pixel_unshuffle(x, self.size.patch).to(memory_format=torch.channels_last)
        x = self.observe(self.input(x), "input")
        skips = []
        for level, blocks in zip(self.down, self.size.blocks):
            for i in range(blocks):
                x = level[str(i)](x, c, text)
                skips.append(x)
            if "downsample" in level:
                x = level["downsample"](x)
        x = self.middle["first"](x, c)
        x = self.middle["attention"](x, text)
        x = self.middle["second"](x, c)
        for level, blocks in reversed(list(zip(self.up, self.size.blocks))):
            for i in range(blocks):
                x = level[str(i)](torch.cat([x, skips.pop()], 1), c, text)
            if "upsample" in level:
                x = level["upsample"](F.interpolate(x, scale_factor=2.0))
        x = F.pixel_shuffle(self.output(F.silu(self.norm(x))), self.size.patch)
        return self.observe(x, "output")


class TransformerBlock(Observed):
    """Attention and feed-forward, each modulated and gated by the conditioning vector."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.modulation = zeroed(nn.Linear(width, 6 * width))
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.query_norm, self.key_norm = nn.LayerNorm(width // heads), nn.LayerNorm(width // heads)
        self.expand, self.contract = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, c):
        scale1, shift1, gate1, scale2, shift2, gate2 = self.modulation(c)[:, None].chunk(6, -1)
        normed = torch.addcmul(shift1, F.layer_norm(x, x.shape[-1:]), scale1 + 1)
        query, key, value = self.qkv(normed).chunk(3, -1)
        attended = attend(query, key, value, self.heads, self.query_norm, self.key_norm)
        x = self.observe(torch.addcmul(x, self.out(attended), gate1), "attention")
        h = self.expand(torch.addcmul(shift2, F.layer_norm(x, x.shape[-1:]), scale2 + 1))
        return self.observe(torch.addcmul(x, self.contract(F.gelu(h, approximate="tanh")), gate2))


class PixelTransformer(Observed):
    def __init__(self, size, resolution):
        super().__init__()
        self.size = size
        side, folded = resolution // size.patch, 3 * size.patch ** 2
        self.conditioning = ConditioningVector(size.width, size.text.width)
        self.input, self.words = nn.Linear(folded, size.width), nn.Linear(size.text.width, size.width)
        self.position = nn.Parameter(torch.randn(1, side * side, size.width) * 0.02)
        self.blocks = nn.ModuleList(TransformerBlock(size.width, size.heads) for _ in range(size.depth))
        self.final_modulation = zeroed(nn.Linear(size.width, 2 * size.width))
        self.output = zeroed(nn.Linear(size.width, folded))

    def forward(self, x, timestep, text):
        c = self.observe(self.conditioning(timestep, text), "conditioning")
        folded = F.pixel_unshuffle(x, self.size.patch)
        pixels = self.input(folded.flatten(2).transpose(1, 2)) + self.position
        h = torch.cat([self.words(text).to(pixels.dtype), pixels], 1)
        for block in self.blocks:
            h = block(h, c)
        scale, shift = self.final_modulation(c)[:, None].chunk(2, -1)
        h = h[:, text.shape[1]:]
        h = self.output(torch.addcmul(shift, F.layer_norm(h, h.shape[-1:]), scale + 1))
        x = F.pixel_shuffle(h.transpose(1, 2).reshape(folded.shape), self.size.patch)
        return self.observe(x, "output")


class TextToImage(nn.Module):
    """Words and picture network together; `unet` or `transformer` beside `text`, as in a Darkroom model file."""

    def __init__(self, size, resolution, vector_width):
        super().__init__()
        self.text = TextTransformer(vector_width, size.text)
        if isinstance(size, UNetSize):
            self.unet = UNet(size)
        else:
            self.transformer = PixelTransformer(size, resolution)

    @property
    def network(self):
        return self.unet if hasattr(self, "unet") else self.transformer

    def forward(self, x, timestep, vectors, dropped=None):
        return self.network(x, timestep, self.text(vectors, dropped))
