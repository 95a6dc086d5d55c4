"""Golden fixture of the optimiser: six updates of torch.optim.AdamW with clipping, and the moving average behind it.

usage: optimizers.py [OUTPUT FOLDER]      (needs torch 2.11.0 and safetensors 0.8.0, see requirements.txt)

    start/NAME             parameters before the first update
    gradient/STEP/NAME     what each update is given
    norm/STEP              length of the whole gradient before clipping
    parameter/STEP/NAME, moment/STEP/NAME, squared/STEP/NAME, ema/STEP/NAME      after that update
Computed in double precision, stored in single.
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file

SHAPES = {"matrix": (3, 4), "kernel": (2, 3, 3, 3), "bias": (5,)}
STEPS, BATCH = 6, 8
RATES = [1e-3, 2e-3, 5e-3, 5e-3, 1e-2, 1e-4]
# Lengths of the gradients: below and above the limit of 1.
LENGTHS = [0.01, 0.5, 3.0, 40.0, 0.9, 1.5]
DECAY, BETAS, EPSILON, LIMIT = 0.1, (0.9, 0.95), 1e-8, 1.0
HALF_LIFE, RAMP = 20.0, 0.25


def main():
    generator = torch.Generator().manual_seed(5)
    parameters = {
        name: torch.randn(shape, generator=generator).double().requires_grad_() for name, shape in SHAPES.items()}
    tensors = {f"start/{name}": value.detach().clone() for name, value in parameters.items()}
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in parameters.values() if p.dim() > 1], "weight_decay": DECAY},
         {"params": [p for p in parameters.values() if p.dim() == 1], "weight_decay": 0.0}],
        betas=BETAS, eps=EPSILON)
    averages = {name: value.detach().clone() for name, value in parameters.items()}
    for step in range(STEPS):
        gradients = {name: torch.randn(shape, generator=generator).double() for name, shape in SHAPES.items()}
        length = torch.cat([value.flatten() for value in gradients.values()]).norm()
        for name, parameter in parameters.items():
            # Rounded to single precision first, so that both sides are given the same numbers.
            parameter.grad = (gradients[name] * LENGTHS[step] / length).float().double()
            tensors[f"gradient/{step}/{name}"] = parameter.grad.clone()
        tensors[f"norm/{step}"] = torch.nn.utils.clip_grad_norm_(parameters.values(), LIMIT)
        for group in optimizer.param_groups:
            group["lr"] = RATES[step]
        optimizer.step()
        half_life = min(HALF_LIFE, RAMP * (step + 1) * BATCH)
        for name, parameter in parameters.items():
            averages[name].lerp_(parameter.detach(), 1 - 0.5 ** (BATCH / half_life))
            state = optimizer.state[parameter]
            tensors[f"parameter/{step}/{name}"] = parameter.detach().clone()
            tensors[f"ema/{step}/{name}"] = averages[name].clone()
            tensors[f"moment/{step}/{name}"] = state["exp_avg"].clone()
            tensors[f"squared/{step}/{name}"] = state["exp_avg_sq"].clone()
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[1] / "Tests/OptimizersTests/Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    about = {"made_by": "Scripts/make-fixtures/optimizers.py", "torch": torch.__version__.split("+")[0]}
    path = folder / "adamw.safetensors"
    save_file({name: value.float().contiguous() for name, value in tensors.items()}, path,
              {"fixture": json.dumps(about, sort_keys=True)})
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
