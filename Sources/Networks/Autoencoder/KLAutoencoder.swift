public import Layers
public import Tensors

/// Pictures ↔ latents: the autoencoder of latent diffusion, equal to diffusers' `AutoencoderKL`.
///
/// Names of parameters and of observed activations are those of the reference. Source: Rombach et al. 2022, Esser et
/// al. 2021 for the shape.
public struct KLAutoencoder: Sendable {
    /// Where it stands in the model.
    public let path: ParameterPath
    /// Its sizes.
    public let configuration: AutoencoderConfiguration
    let encoder: AutoencoderHalf?
    let decoder: AutoencoderHalf
    let quantization, postQuantization: Conv2d?

    /// Builds decoder and, where asked for, encoder.
    /// - Throws: `LayerError` for sizes that do not fit together; what the source throws when a tensor is missing or
    ///   misshapen.
    public init(_ scope: ParameterScope, _ configuration: AutoencoderConfiguration, hasEncoder: Bool = true)
        throws
    {
        path = scope.path
        self.configuration = configuration
        let latent = configuration.latentChannels
        encoder =
            hasEncoder ? try AutoencoderHalf(encoder: scope["encoder"], configuration) : nil
        quantization =
            hasEncoder && configuration.hasQuantization
            ? try Conv2d(scope["quant_conv"], from: 2 * latent, to: 2 * latent, kernel: 1) : nil
        postQuantization =
            configuration.hasPostQuantization
            ? try Conv2d(scope["post_quant_conv"], from: latent, to: latent, kernel: 1) : nil
        decoder = try AutoencoderHalf(decoder: scope["decoder"], configuration)
    }

    /// Latents are multiplied by this before they go to the U-Net.
    public var scalingFactor: Double { configuration.scalingFactor }
    /// Subtracted from latents before scaling.
    public var shiftFactor: Double { configuration.shiftFactor ?? 0 }
    /// Tiles of the size that the reference uses for this model.
    public var tiling: AutoencoderTiling { AutoencoderTiling(configuration) }

    /// Decodes what an encoder gave, without scaling and shift.
    ///
    /// It computes in the type of its parameters and answers in the type of `z`.
    /// - Parameters:
    ///   - z: `[batch, latentChannels, height, width]`.
    ///   - tiling: cuts latents that are larger than a tile into overlapping ones, which bounds memory; nil decodes whole.
    ///   - context: what the pass carries besides, such as a probe.
    /// - Returns: pictures from about −1 to 1, `[batch, outputChannels, downscaling · height, downscaling · width]`.
    /// - Throws: `NetworkError.wrongShape`; `TensorError` from the engine.
    public func decode(
        _ z: Tensor, tiling: AutoencoderTiling? = nil, _ context: ForwardContext = ForwardContext()
    ) throws -> Tensor {
        try check(z, "the latent", channels: configuration.latentChannels)
        let dtype = decoder.input.weight.dtype
        func decodeWhole(_ z: Tensor) throws -> Tensor {
            let z = try z.to(dtype).channelsLast()
            return try decoder(postQuantization?(z) ?? z, context)
        }
        guard let tiling, tiling.cuts(z, side: tiling.latentSide) else {
            return try decodeWhole(z).to(z.dtype)
        }
        return try tiling.map(z, side: tiling.latentSide, resultSide: tiling.pictureSide, decodeWhole)
            .to(z.dtype)
    }

    /// Encodes pictures as a Gaussian a latent pixel.
    ///
    /// - Parameters:
    ///   - picture: from −1 to 1, `[batch, inputChannels, height, width]`; what `downscaling` does not divide is lost at
    ///     the right and the bottom.
    ///   - tiling: cuts pictures that are larger than a tile into overlapping ones; nil encodes whole.
    ///   - context: what the pass carries besides, such as a probe.
    /// - Returns: mean and logarithm of the variance, without scaling and shift, `[batch, latentChannels, …]` each.
    /// - Throws: `NetworkError.missingInput` without an encoder, `NetworkError.wrongShape`; `TensorError` from the engine.
    public func encode(
        _ picture: Tensor, tiling: AutoencoderTiling? = nil, _ context: ForwardContext = ForwardContext()
    ) throws -> (mean: Tensor, logVariance: Tensor) {
        guard let encoder else {
            throw NetworkError.missingInput(
                path, "an encoder", why: "it was opened for decoding only")
        }
        try check(picture, "the picture", channels: configuration.inputChannels)
        let dtype = encoder.input.weight.dtype
        func encodeWhole(_ picture: Tensor) throws -> Tensor {
            let moments = try encoder(picture.to(dtype).channelsLast(), context)
            return try quantization?(moments) ?? moments
        }
        var moments: Tensor
        if let tiling, tiling.cuts(picture, side: tiling.pictureSide) {
            moments = try tiling.map(
                picture, side: tiling.pictureSide, resultSide: tiling.latentSide, encodeWhole)
        } else {
            moments = try encodeWhole(picture)
        }
        moments = try moments.to(picture.dtype)
        let parts = try moments.chunks(2, along: 1)
        return (parts[0], try parts[1].clamped(from: -30, to: 20))
    }

    /// What the U-Net works on, of what the encoder gave.
    public func latent(of z: Tensor) throws -> Tensor {
        if let (mean, deviation) = try statistics(like: z) {
            return try (z - mean) * scalingFactor / deviation
        }
        return try (z - shiftFactor) * scalingFactor
    }

    /// What the decoder takes, of what the U-Net worked on.
    public func encoded(of latent: Tensor) throws -> Tensor {
        if let (mean, deviation) = try statistics(like: latent) {
            return try latent * deviation / scalingFactor + mean
        }
        let z = try latent / scalingFactor
        return shiftFactor == 0 ? z : try z + shiftFactor
    }

    private func statistics(like x: Tensor) throws -> (mean: Tensor, deviation: Tensor)? {
        guard let statistics = configuration.latentStatistics else { return nil }
        func tensor(_ values: [Double]) throws -> Tensor {
            try Tensor(values.map(Float.init), shape: [1, values.count, 1, 1]).to(x.device, x.dtype)
        }
        return (try tensor(statistics.mean), try tensor(statistics.deviation))
    }

    private func check(_ x: Tensor, _ what: String, channels: Int) throws {
        guard x.rank == 4, x.size(1) == channels, x.count > 0 else {
            throw NetworkError.wrongShape(
                path, of: what, expected: "[batch, \(channels), height, width]", found: x.shape)
        }
    }
}
