// libtorch is found by pkg-config (`darkroom-libtorch.pc`, written by Scripts/bootstrap); only CTorchShim includes it.
