"""One unit of work of Stable Diffusion in diffusers, eager or compiled, or in OpenVINO.

usage: peer.py FOLDER --stage unet|vae|picture [--engine eager|compile|openvino] [--dtype bf16|fp32]
               [--width N] [--height N] [--batch N] [--steps N]
       peer.py FOLDER --stage shell …      one whole picture, then the marks on the way as JSON

Speaks the line protocol of Benchmarks/race.py. `unet` is one guided call (the batch doubled), `vae` the decoding of a
batch of latents, `picture` everything from prompt to pixels with 20 steps of DPM++ 2M. Weights are channels last,
which is diffusers' fastest layout here; `compile` freezes them. OpenVINO converts once and keeps the result in
FOLDER/openvino.
"""
import argparse
import json
import os
import pathlib
import sys
import time
import warnings

warnings.filterwarnings("ignore")
PROMPT = "a photograph of an astronaut riding a horse"


def since_process_start():
    """Seconds since this process was started."""
    with open("/proc/self/stat") as file:
        ticks = int(file.read().rsplit(")", 1)[1].split()[19])
    with open("/proc/uptime") as file:
        return float(file.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")


class Peer:
    def __init__(self, given):
        import diffusers
        import torch

        self.given, self.torch, self.diffusers = given, torch, diffusers
        torch.manual_seed(0)
        self.dtype = {"bf16": torch.bfloat16, "fp32": torch.float32}[given.dtype]
        self.is_xl = "StableDiffusionXL" in (given.folder / "model_index.json").read_text()

    def load(self, kind, part):
        model = kind.from_pretrained(self.given.folder, subfolder=part, torch_dtype=self.dtype)
        return model.eval().requires_grad_(False).to(memory_format=self.torch.channels_last)

    def noise(self, *shape):
        x = self.torch.randn(*shape).to(self.dtype)
        return x.contiguous(memory_format=self.torch.channels_last) if len(shape) == 4 else x

    def latents(self, factor):
        return self.noise(factor * self.given.batch, 4, self.given.height // 8, self.given.width // 8)

    def unet_inputs(self):
        x = self.latents(2)
        text = self.noise(len(x), 77, 2048 if self.is_xl else 768)
        inputs = [x, self.torch.full((len(x),), 500), text]
        if self.is_xl:
            inputs += [self.noise(len(x), 1280), self.torch.tensor([[1024.0, 1024, 0, 0, 1024, 1024]] * len(x))]
        return inputs

    def unet(self):
        model = self.load(self.diffusers.UNet2DConditionModel, "unet")

        def call(x, timestep, text, pooled=None, ids=None):
            added = {"text_embeds": pooled, "time_ids": ids} if pooled is not None else None
            return model(x, timestep, text, added_cond_kwargs=added, return_dict=False)[0]
        return self.engine(call, self.unet_inputs(), "unet")

    def vae(self):
        model = self.load(self.diffusers.AutoencoderKL, "vae")
        return self.engine(lambda z: model.decode(z, return_dict=False)[0], [self.latents(1)], "vae")

    def engine(self, call, inputs, name):
        torch = self.torch
        if self.given.engine == "openvino":
            return self.openvino(call, inputs, name)
        if self.given.engine == "compile":
            import torch._inductor.config as settings

            settings.freezing = True
            call = torch.compile(call, dynamic=False)

        def work():
            with torch.no_grad():
                return call(*inputs)
        return work

    def openvino(self, call, inputs, name):
        import openvino

        class Wrapped(self.torch.nn.Module):
            def forward(self, *tensors):
                return call(*tensors)
        size = "x".join(str(n) for n in inputs[0].shape)
        file = self.given.folder / "openvino" / f"{name}-{size}.xml"
        plain = [x.float() if x.is_floating_point() else x for x in inputs]
        if not file.exists():
            with self.torch.no_grad():
                converted = openvino.convert_model(
                    Wrapped(), example_input=tuple(plain), input=[tuple(x.shape) for x in plain])
            file.parent.mkdir(exist_ok=True)
            openvino.save_model(converted, file, compress_to_fp16=True)
        precision = {"bf16": "bf16", "fp32": "f32"}[self.given.dtype]
        compiled = openvino.Core().compile_model(
            file, "CPU", {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"})
        request, arrays = compiled.create_infer_request(), [x.numpy() for x in plain]
        return lambda: request.infer(arrays)

    def pipeline(self):
        pipeline = self.diffusers.DiffusionPipeline.from_pretrained(
            self.given.folder, torch_dtype=self.dtype, safety_checker=None, requires_safety_checker=False
        ) if not self.is_xl else self.diffusers.DiffusionPipeline.from_pretrained(
            self.given.folder, torch_dtype=self.dtype)
        pipeline.set_progress_bar_config(disable=True)
        for part in (pipeline.unet, pipeline.vae):
            part.to(memory_format=self.torch.channels_last)
        return pipeline

    def draw(self, pipeline, marks=None):
        def mark(_, index, timestep, values):
            if marks is not None:
                marks.append(round(since_process_start(), 3))
            return values
        return pipeline(
            [PROMPT] * self.given.batch, num_inference_steps=self.given.steps, guidance_scale=7.5,
            width=self.given.width, height=self.given.height, callback_on_step_end=mark,
            generator=[self.torch.Generator().manual_seed(seed) for seed in range(self.given.batch)]).images

    def picture(self):
        pipeline = self.pipeline()
        return lambda: self.draw(pipeline)

    def shell(self):
        marks = []
        self.draw(self.pipeline(), marks)[0].save(self.given.folder / "peer.png")
        print(json.dumps({"first_step": marks[0], "steps": marks, "total": round(since_process_start(), 3)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--stage", choices=["unet", "vae", "picture", "shell"], default="unet")
    parser.add_argument("--engine", choices=["eager", "compile", "openvino"], default="eager")
    parser.add_argument("--dtype", choices=["bf16", "fp32"], default="bf16")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    given = parser.parse_args()
    peer = Peer(given)
    if given.engine == "openvino":
        peer.dtype = peer.torch.float32  # what the conversion starts from; the precision of the run is a setting
    if given.stage == "shell":
        return peer.shell()
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    import protocol

    begin = time.perf_counter()
    work = getattr(peer, given.stage)()
    protocol.serve(work, images=given.batch, load=round(time.perf_counter() - begin, 2))


if __name__ == "__main__":
    main()
