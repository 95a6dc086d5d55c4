"""The original layout of Stable Diffusion's single files: names and shapes, written down from the original networks.

`models.py` and `keys.py` import this; what it says is checked there against the reference's own conversion.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Denoiser:
    width: int = 320
    multiples: tuple = (1, 2, 4, 4)
    layers: int = 2
    depths: tuple = (1, 1, 1, 0)
    context: int = 768
    linear: bool = False
    inputs: int = 4
    added: int = 0
    middle: int = 1

    def names(self):
        """Names with shapes, without `model.diffusion_model.`"""
        found, time = {}, 4 * self.width

        def both(name, *shape):
            found[f"{name}.weight"], found[f"{name}.bias"] = list(shape), [shape[0]]

        def resnet(name, before, after):
            both(f"{name}.in_layers.0", before), both(f"{name}.in_layers.2", after, before, 3, 3)
            both(f"{name}.emb_layers.1", after, time), both(f"{name}.out_layers.0", after)
            both(f"{name}.out_layers.3", after, after, 3, 3)
            if before != after:
                both(f"{name}.skip_connection", after, before, 1, 1)

        def attention(name, width, depth):
            one = [] if self.linear else [1, 1]
            both(f"{name}.norm", width), both(f"{name}.proj_in", width, width, *one)
            for block in range(depth):
                inner = f"{name}.transformer_blocks.{block}"
                for kind, source in ("attn1", width), ("attn2", self.context):
                    found[f"{inner}.{kind}.to_q.weight"] = [width, width]
                    found[f"{inner}.{kind}.to_k.weight"] = [width, source]
                    found[f"{inner}.{kind}.to_v.weight"] = [width, source]
                    both(f"{inner}.{kind}.to_out.0", width, width)
                both(f"{inner}.ff.net.0.proj", 8 * width, width), both(f"{inner}.ff.net.2", width, 4 * width)
                for norm in "norm1", "norm2", "norm3":
                    both(f"{inner}.{norm}", width)
            both(f"{name}.proj_out", width, width, *one)

        both("time_embed.0", time, self.width), both("time_embed.2", time, time)
        if self.added:
            both("label_emb.0.0", time, self.added), both("label_emb.0.2", time, time)
        both("input_blocks.0.0", self.width, self.inputs, 3, 3)
        widths, width, index = [self.width], self.width, 1
        for level, multiple in enumerate(self.multiples):
            for _ in range(self.layers):
                resnet(f"input_blocks.{index}.0", width, multiple * self.width)
                width = multiple * self.width
                if self.depths[level]:
                    attention(f"input_blocks.{index}.1", width, self.depths[level])
                widths.append(width)
                index += 1
            if level < len(self.multiples) - 1:
                both(f"input_blocks.{index}.0.op", width, width, 3, 3)
                widths.append(width)
                index += 1
        resnet("middle_block.0", width, width), attention("middle_block.1", width, self.middle)
        resnet("middle_block.2", width, width)
        index = 0
        for level, multiple in reversed(list(enumerate(self.multiples))):
            for layer in range(self.layers + 1):
                resnet(f"output_blocks.{index}.0", width + widths.pop(), multiple * self.width)
                width = multiple * self.width
                if self.depths[level]:
                    attention(f"output_blocks.{index}.1", width, self.depths[level])
                if level and layer == self.layers:
                    both(f"output_blocks.{index}.{2 if self.depths[level] else 1}.conv", width, width, 3, 3)
                index += 1
        both("out.0", width), both("out.2", 4, width, 3, 3)
        return found


@dataclasses.dataclass(frozen=True)
class Autoencoder:
    width: int = 128
    multiples: tuple = (1, 2, 4, 4)
    layers: int = 2
    latent: int = 4

    def names(self):
        """Names with shapes, without `first_stage_model.`"""
        found = {}

        def both(name, *shape):
            found[f"{name}.weight"], found[f"{name}.bias"] = list(shape), [shape[0]]

        def resnet(name, before, after):
            both(f"{name}.norm1", before), both(f"{name}.conv1", after, before, 3, 3)
            both(f"{name}.norm2", after), both(f"{name}.conv2", after, after, 3, 3)
            if before != after:
                both(f"{name}.nin_shortcut", after, before, 1, 1)

        def middle(name, width):
            resnet(f"{name}.mid.block_1", width, width)
            both(f"{name}.mid.attn_1.norm", width)
            for kind in "q", "k", "v", "proj_out":
                both(f"{name}.mid.attn_1.{kind}", width, width, 1, 1)
            resnet(f"{name}.mid.block_2", width, width)

        last = self.multiples[-1] * self.width
        both("encoder.conv_in", self.width, 3, 3, 3)
        width = self.width
        for level, multiple in enumerate(self.multiples):
            for layer in range(self.layers):
                resnet(f"encoder.down.{level}.block.{layer}", width, multiple * self.width)
                width = multiple * self.width
            if level < len(self.multiples) - 1:
                both(f"encoder.down.{level}.downsample.conv", width, width, 3, 3)
        middle("encoder", last)
        both("encoder.norm_out", last), both("encoder.conv_out", 2 * self.latent, last, 3, 3)
        both("quant_conv", 2 * self.latent, 2 * self.latent, 1, 1)
        both("post_quant_conv", self.latent, self.latent, 1, 1)
        both("decoder.conv_in", last, self.latent, 3, 3)
        middle("decoder", last)
        width = last
        for level, multiple in reversed(list(enumerate(self.multiples))):
            for layer in range(self.layers + 1):
                resnet(f"decoder.up.{level}.block.{layer}", width, multiple * self.width)
                width = multiple * self.width
            if level:
                both(f"decoder.up.{level}.upsample.conv", width, width, 3, 3)
        both("decoder.norm_out", width), both("decoder.conv_out", 3, width, 3, 3)
        return found


@dataclasses.dataclass(frozen=True)
class OpenCLIP:
    width: int = 1024
    layers: int = 24
    words: int = 49408
    tokens: int = 77

    def names(self):
        """Names with shapes, without what stands before them."""
        width = self.width
        found = {"positional_embedding": [self.tokens, width], "text_projection": [width, width], "logit_scale": [],
                 "token_embedding.weight": [self.words, width], "ln_final.weight": [width], "ln_final.bias": [width]}
        for layer in range(self.layers):
            name = f"transformer.resblocks.{layer}"
            found |= {f"{name}.attn.in_proj_weight": [3 * width, width], f"{name}.attn.in_proj_bias": [3 * width]}
            for part, shape in {"attn.out_proj": [width, width], "mlp.c_fc": [4 * width, width],
                                "mlp.c_proj": [width, 4 * width], "ln_1": [width], "ln_2": [width]}.items():
                found |= {f"{name}.{part}.weight": shape, f"{name}.{part}.bias": shape[:1]}
        return found


@dataclasses.dataclass(frozen=True)
class CLIP:
    width: int = 768
    layers: int = 12
    words: int = 49408
    tokens: int = 77

    def names(self):
        """Names with shapes of `CLIPTextModel`, which the original layout takes over."""
        width = self.width
        found = {"text_model.embeddings.position_ids": [1, self.tokens],
                 "text_model.embeddings.token_embedding.weight": [self.words, width],
                 "text_model.embeddings.position_embedding.weight": [self.tokens, width]}
        for layer in range(self.layers):
            name = f"text_model.encoder.layers.{layer}"
            for part, shape in {"self_attn.k_proj": [width, width], "self_attn.v_proj": [width, width],
                                "self_attn.q_proj": [width, width], "self_attn.out_proj": [width, width],
                                "layer_norm1": [width], "mlp.fc1": [4 * width, width], "mlp.fc2": [width, 4 * width],
                                "layer_norm2": [width]}.items():
                found |= {f"{name}.{part}.weight": shape, f"{name}.{part}.bias": shape[:1]}
        return found | {"text_model.final_layer_norm.weight": [width], "text_model.final_layer_norm.bias": [width]}


def whole(denoiser, autoencoder, texts):
    """The names of a whole single file; `texts` gives each text encoder's prefix."""
    parts = {"model.diffusion_model.": denoiser, "first_stage_model.": autoencoder, **texts}
    return {prefix + name: shape for prefix, part in parts.items() for name, shape in part.names().items()}


LARGE = OpenCLIP(width=1280, layers=32)
# What has been published.
FAMILIES = {
    "sd1": whole(Denoiser(), Autoencoder(), {"cond_stage_model.transformer.": CLIP()}),
    "sd1-inpainting": whole(Denoiser(inputs=9), Autoencoder(), {"cond_stage_model.transformer.": CLIP()}),
    "sd2": whole(Denoiser(context=1024, linear=True), Autoencoder(), {"cond_stage_model.model.": OpenCLIP()}),
    "sdxl": whole(
        Denoiser(multiples=(1, 2, 4), depths=(0, 2, 10), middle=10, context=2048, linear=True, added=2816), Autoencoder(),
        {"conditioner.embedders.0.transformer.": CLIP(), "conditioner.embedders.1.model.": LARGE}),
    "sdxl-refiner": whole(
        Denoiser(width=384, depths=(0, 4, 4, 0), middle=4, context=1280, linear=True, added=2560), Autoencoder(),
        {"conditioner.embedders.0.model.": LARGE}),
}
