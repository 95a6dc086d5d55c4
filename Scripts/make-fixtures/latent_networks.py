"""Golden fixtures of latent diffusion's networks: tiny random U-Nets, autoencoders and text encoders of the reference.

usage: latent_networks.py [OUTPUT FOLDER]      (needs what requirements.txt pins)

One safetensors file a network, its `config.json` in the metadata:
    weight/PATH       every parameter, random and exact in half precision
    input/NAME        what the network reads
    activation/PATH   what each module of note gives
    output/NAME       what the network gives
Everything is computed in double precision (the timestep's waves in single, as in the reference) and stored in single.
"""
import importlib.metadata
import json
import pathlib
import sys

import diffusers
import torch
import transformers
from diffusers.models.attention import BasicTransformerBlock
from diffusers.models.attention_processor import Attention
from diffusers.models.downsampling import Downsample2D
from diffusers.models.embeddings import TimestepEmbedding
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.upsampling import Upsample2D
from safetensors.torch import save_file
from transformers.models.clip.modeling_clip import CLIPEncoderLayer

PINNED = {"torch": "2.11.0", "safetensors": "0.8.0", "diffusers": "0.42.1", "transformers": "5.23.0"}

CROSS = ["CrossAttnDownBlock2D", "CrossAttnUpBlock2D"]
PLAIN = ["DownBlock2D", "UpBlock2D"]


def unet(attends, channels, **options):
    """A U-Net; `attends` says of each level, finest first, whether it attends to the text."""
    return diffusers.UNet2DConditionModel(**{
        "block_out_channels": channels, "norm_num_groups": 2, "layers_per_block": 1, "cross_attention_dim": 10,
        "down_block_types": [(CROSS if attend else PLAIN)[0] for attend in attends],
        "up_block_types": [(CROSS if attend else PLAIN)[1] for attend in reversed(attends)],
        "attention_head_dim": 2, "sample_size": 8, **options})


# name: (size of the latent, further inputs, network)
UNETS = {
    "unet-sd1": ((8, 8), {}, lambda: unet((1, 1, 0), (8, 12, 16), layers_per_block=2, norm_num_groups=4)),
    "unet-sd2": ((8, 4), {}, lambda: unet(
        (1, 1, 0), (8, 12, 16), attention_head_dim=[1, 2, 4], use_linear_projection=True, upcast_attention=True,
        sample_size=[8, 4])),
    "unet-xl": ((4, 8), {"added": (6, 6)}, lambda: unet(
        (0, 1), (8, 16), attention_head_dim=[2, 4], transformer_layers_per_block=[1, 3], use_linear_projection=True,
        addition_embed_type="text_time", addition_time_embed_dim=4, projection_class_embeddings_input_dim=6 + 6 * 4)),
    "unet-inpaint": ((7, 5), {}, lambda: unet((1, 1, 0), (8, 12, 8), in_channels=9)),
    "unet-lcm": ((4, 4), {"guidance": 6}, lambda: unet((1, 0), (8, 12), time_cond_proj_dim=6)),
    # Options that only few models use.
    "unet-nested": ((5, 6), {"classes": 7}, lambda: unet(
        (1, 1), (8, 10), layers_per_block=[1, 2], transformer_layers_per_block=[[2], [1, 0]],
        reverse_transformer_layers_per_block=[[1, 2, 0], [0, 1]], mid_block_type="UNetMidBlock2D", num_class_embeds=7,
        only_cross_attention=[True, False], attention_head_dim=[3, 2], resnet_time_scale_shift="scale_shift",
        act_fn="gelu", mid_block_scale_factor=2.0, conv_in_kernel=5, conv_out_kernel=1, center_input_sample=True)),
    "unet-bare": ((6, 6), {"labels": 9}, lambda: unet(
        (1, 0), (9, 8), norm_num_groups=1, mid_block_type=None, downsample_padding=0, flip_sin_to_cos=False, freq_shift=1,
        time_embedding_dim=14, time_embedding_act_fn="mish", timestep_post_act="silu", encoder_hid_dim=10,
        cross_attention_dim=12, attention_head_dim=3, class_embed_type="projection", class_embeddings_concat=True,
        projection_class_embeddings_input_dim=9, down_block_types=["UNetResCrossAttnDownBlock2D", "UNetResDownBlock2D"],
        act_fn="relu")),
    "unet-timestep-class": ((2, 2), {"numbers": True}, lambda: unet((1,), (8,), class_embed_type="timestep")),
    "unet-simple-class": ((2, 2), {"labels": 5}, lambda: unet(
        (0, 0), (4, 4), class_embed_type="simple_projection", projection_class_embeddings_input_dim=5)),
}


def autoencoder(**options):
    return diffusers.AutoencoderKL(**{
        "block_out_channels": (8, 12), "down_block_types": ["DownEncoderBlock2D"] * 2,
        "up_block_types": ["UpDecoderBlock2D"] * 2, "norm_num_groups": 2, "sample_size": 8, **options})


AUTOENCODERS = {
    "autoencoder": lambda: autoencoder(layers_per_block=2),
    "autoencoder-bare": lambda: autoencoder(
        use_quant_conv=False, use_post_quant_conv=False, mid_block_add_attention=False, act_fn="mish", latent_channels=3,
        shift_factor=0.25, scaling_factor=1.5, block_out_channels=(4, 6, 8), sample_size=16, down_block_types=["DownEncoderBlock2D"] * 3,
        up_block_types=["UpDecoderBlock2D"] * 3),
}


def text_encoder(kind, **options):
    return kind(transformers.CLIPTextConfig(**{
        "vocab_size": 30, "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 3, "num_attention_heads": 3,
        "max_position_embeddings": 8, "bos_token_id": 28, "eos_token_id": 29, "pad_token_id": 29, **options}))


TEXT_ENCODERS = {
    "clip-legacy": lambda: text_encoder(transformers.CLIPTextModel, eos_token_id=2),
    "clip-projection": lambda: text_encoder(
        transformers.CLIPTextModelWithProjection, hidden_act="gelu", projection_dim=7, layer_norm_eps=1e-3, pad_token_id=0),
}


def randomize(model, generator):
    """Gives every parameter random values, exact in half precision, of a size that keeps activations near one."""
    for path, parameter in model.named_parameters():
        values = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 1 and path.endswith("weight"):
            values = 1 + 0.2 * values
        elif parameter.dim() == 1:
            values = 0.2 * values
        elif "_embedding.weight" not in path:
            values = values / parameter[0].numel() ** 0.5
        parameter.data.copy_(values.half())
    return model.double().eval()


class Recorder:
    """Writes down what modules of note give; with `on` false, nothing."""

    KINDS = (ResnetBlock2D, Transformer2DModel, BasicTransformerBlock, Downsample2D, Upsample2D, TimestepEmbedding,
             CLIPEncoderLayer)
    NAMES = ("conv_in", "conv_out", "embeddings", "final_layer_norm", "text_projection")
    # A stream after attention is what the norm behind it reads.
    STREAMS = {(BasicTransformerBlock, "norm2"): "attn1", (BasicTransformerBlock, "norm3"): "attn2",
               (CLIPEncoderLayer, "layer_norm2"): "self_attn"}

    def __init__(self, model, prefix=""):
        self.activations, self.on = {}, True
        modules = dict(model.named_modules())
        for path, module in modules.items():
            parent = modules.get(path.rpartition(".")[0])
            name = path.rpartition(".")[2]
            alone = isinstance(module, Attention) and not isinstance(parent, BasicTransformerBlock)
            if isinstance(module, self.KINDS) or name in self.NAMES or alone:
                module.register_forward_hook(
                    lambda _, inputs, output, path=prefix + path: self.record(path, output))
            stream = self.STREAMS.get((type(parent), name))
            if stream:
                path = prefix + path.rpartition(".")[0] + "." + stream
                module.register_forward_pre_hook(lambda _, inputs, path=path: self.record(path, inputs[0]))

    def record(self, path, output):
        if not self.on:
            return
        if not torch.is_tensor(output):
            output = output[0]
        assert path not in self.activations, path
        self.activations[path] = output.detach().clone()


def random_inputs(generator, **shapes):
    return {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def exact(inputs):
    return {name: value.double() if value.is_floating_point() else value for name, value in inputs.items()}


def unet_case(seed, size, extra, make):
    generator = torch.Generator().manual_seed(seed)
    model = randomize(make(), generator)
    recorder = Recorder(model)
    batch, config = 2, model.config
    text_width = config.encoder_hid_dim or config.cross_attention_dim
    inputs = random_inputs(generator, x=(batch, config.in_channels, *size), text=(batch, 5, text_width))
    inputs["timestep"] = torch.tensor([981.0, 20.5])
    further = {}
    if "added" in extra:
        pooled, numbers = extra["added"]
        inputs |= random_inputs(generator, pooled=(batch, pooled))
        inputs["time_ids"] = torch.tensor([[1024.0, 768, 0, 16, 512, 512], [640, 480, 8, 0, 1024, 1024]])[:, :numbers]
    if "guidance" in extra:
        inputs |= random_inputs(generator, guidance=(batch, extra["guidance"]))
    if "labels" in extra:
        inputs |= random_inputs(generator, labels=(batch, extra["labels"]))
    if "classes" in extra:
        inputs["labels"] = torch.tensor([extra["classes"] - 1, 2])
    if "numbers" in extra:
        inputs["labels"] = torch.tensor([12.0, 345.0])
    given = exact(inputs)
    if "added" in extra:
        further["added_cond_kwargs"] = {"text_embeds": given["pooled"], "time_ids": given["time_ids"]}
    output = model(given["x"], given["timestep"], given["text"], class_labels=given.get("labels"),
                   timestep_cond=given.get("guidance"), **further).sample
    return model, recorder, inputs, {"sample": output}


def autoencoder_case(seed, make):
    generator = torch.Generator().manual_seed(seed)
    model = randomize(make(), generator)
    recorder = Recorder(model)
    # The last tiles are not whole.
    large = {8: (12, 22), 16: (28, 40)}[model.config.sample_size]
    inputs = random_inputs(
        generator, picture=(2, 3, 8, 8), z=(2, model.config.latent_channels, 4, 3),
        large_picture=(1, 3, *large), large_z=(1, model.config.latent_channels, 7, 11))
    given = exact(inputs)
    outputs = {"moments": model.encode(given["picture"]).latent_dist.parameters, "picture": model.decode(given["z"]).sample}
    recorder.on = False
    model.enable_tiling()
    outputs["tiled_moments"] = model.encode(given["large_picture"]).latent_dist.parameters
    outputs["tiled_picture"] = model.decode(given["large_z"]).sample
    return model, recorder, inputs, outputs


def text_encoder_case(seed, make):
    generator = torch.Generator().manual_seed(seed)
    model = randomize(make(), generator)
    model.config.architectures = [type(model).__name__]  # as `save_pretrained` writes
    # Files have this prefix whatever the version of the reference calls its modules.
    recorder = Recorder(model, "" if hasattr(model, "text_model") else "text_model.")
    # Ends of text once, twice and never.
    ids = torch.tensor([[28, 3, 5, 29, 29, 29], [28, 1, 7, 9, 29, 0], [28, 4, 4, 8, 6, 2]])
    made = model(ids, output_hidden_states=True)
    outputs = {f"hidden.{index}": state for index, state in enumerate(made.hidden_states)}
    outputs["last"] = made.last_hidden_state
    if hasattr(made, "text_embeds"):
        outputs["projected"] = made.text_embeds
        recorder.on = False
        outputs["pooled"] = model.text_model(ids).pooler_output
    else:
        outputs["pooled"] = made.pooler_output
    return model, recorder, {"ids": ids}, outputs


def tensors_of(model, recorder, inputs, outputs):
    prefix = "text_model." if isinstance(model, transformers.CLIPTextModel) else ""
    tensors = {f"weight/{prefix}{path}": value.half() for path, value in model.named_parameters()}
    tensors |= {f"input/{name}": value for name, value in inputs.items()}
    tensors |= {f"activation/{path}": value.float() for path, value in recorder.activations.items()}
    tensors |= {f"output/{name}": value.float() for name, value in outputs.items()}
    return {name: value.detach().contiguous() for name, value in tensors.items()}


def main():
    for package, version in PINNED.items():
        found = importlib.metadata.version(package)
        if found != version:
            raise SystemExit(f"{package} {version} is needed, {found} is installed: pip install -r requirements.txt")
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[1] / "Tests/GoldenTests/Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    cases = {name: lambda seed, case=case: unet_case(seed, *case) for name, case in UNETS.items()}
    cases |= {name: lambda seed, case=case: autoencoder_case(seed, case) for name, case in AUTOENCODERS.items()}
    cases |= {name: lambda seed, case=case: text_encoder_case(seed, case) for name, case in TEXT_ENCODERS.items()}
    for seed, (name, case) in enumerate(cases.items(), 1):
        with torch.no_grad():
            model, recorder, inputs, outputs = case(seed)
        tensors = tensors_of(model, recorder, inputs, outputs)
        config = (model.to_json_string() if hasattr(model, "to_json_string")
                  else model.config.to_json_string(use_diff=False))
        about = {"made_by": "Scripts/make-fixtures/latent_networks.py", **PINNED, "seed": seed, "config": config}
        path = folder / f"{name}.safetensors"
        # One entry only: with several, their order in the file would change from run to run.
        save_file(tensors, path, {"fixture": json.dumps(about, sort_keys=True)})
        print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
