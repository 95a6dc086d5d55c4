public import Diffusion
public import Images
import Networks
public import Recipes
public import Tensors

extension StableDiffusionPipeline {
    /// The latent of one picture: a walk, and where the request says so a second one at a larger size.
    ///
    /// A picture has a stream of its own and is computed by itself, so its bytes do not depend on its batch.
    public func latent(
        for conditioning: Conditioning, _ request: GenerationRequest, _ inputs: GenerationInputs,
        seed: UInt64,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var random = try RandomStream(seed: seed)
        let first = try pass(conditioning, request, inputs, random: &random, onStep: onStep)
        guard request.hires != nil else { return first }
        let second = enlarged(request)
        var larger = inputs
        larger.noise = nil
        larger.picture = try decode(first, inputs)
        larger.mask = nil
        return try pass(condition(second), second, larger, random: &random, onStep: onStep)
    }

    /// The request of the second pass: from the first one's picture, enlarged.
    func enlarged(_ request: GenerationRequest) -> GenerationRequest {
        Self.enlarged(request, from: defaults, multiple: networks.autoencoder.configuration.downscaling)
    }

    /// The same of a model that is not open.
    static func enlarged(
        _ request: GenerationRequest, from defaults: GenerationDefaults, multiple factor: Int
    ) -> GenerationRequest {
        guard let hires = request.hires else { return request }
        func scaled(_ side: Int) -> Int {
            max(factor, Int((Double(side) * hires.scale / Double(factor)).rounded()) * factor)
        }
        var second = request
        second.hires = nil
        (second.initialPicture, second.mask, second.strength) = ("", nil, hires.strength)
        second.width = scaled(request.width ?? defaults.width)
        second.height = scaled(request.height ?? defaults.height)
        second.steps = hires.steps ?? request.steps
        return second
    }

    private func pass(
        _ conditioning: Conditioning, _ request: GenerationRequest, _ inputs: GenerationInputs,
        random: inout RandomStream, onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        let plan = try plan(request)
        let start = try start(request, inputs, along: plan, random: &random)
        let end = try walk(
            for: conditioning, request, inputs, along: plan, from: start, random: &random, onStep: onStep)
        guard let kept = try start.kept?.placed(on: device), let latent = kept.latent else { return end }
        return try kept.laid(over: end, latent)
    }

    /// Noise alone, or a picture noised as far as the walk begins.
    ///
    /// The stream gives, in the order of diffusers: with a picture, the noise of the autoencoder's sample, then that of
    /// the walk; with a mask, also that of the masked picture's sample. A network for inpainting that starts from noise
    /// alone does not look at the unmasked picture.
    public func start(
        _ request: GenerationRequest, _ inputs: GenerationInputs, along plan: SamplingPlan,
        random: inout RandomStream
    ) throws -> PictureStart {
        let shape = try latentShape(request)
        guard let picture = inputs.picture else {
            let epsilon = try unitNoise(shape, request, inputs, random: &random)
            return PictureStart(x: try epsilon * plan.startScale, epsilon: epsilon)
        }
        let size = (width: request.width ?? defaults.width, height: request.height ?? defaults.height)
        let pixels = try picture.rgb().resized(width: size.width, height: size.height, method: .lanczos)
            .pixelTensor()
        let isFromNoise = request.mask != nil && request.strength == 1
        let latent =
            isFromNoise && traits.seesMask ? nil : try encode(pixels, inputs, random: &random)
        let epsilon = try unitNoise(shape, request, inputs, random: &random)
        let x =
            try latent.flatMap { isFromNoise ? nil : try plan.start(from: $0, epsilon: epsilon) }
            ?? epsilon * plan.startScale
        guard let mask = inputs.mask else { return PictureStart(x: x, epsilon: epsilon) }
        let redrawn = try Self.tensor(of: mask, width: size.width, height: size.height)
        let masked = try encode(pixels * (1 - redrawn), inputs, random: &random)
        let kept = KeptPicture(
            latent: traits.seesMask ? nil : latent, maskedLatent: masked,
            mask: try redrawn.resizedNearest(height: shape[1], width: shape[2]))
        return PictureStart(x: x, epsilon: epsilon, kept: kept)
    }

    /// 1 where a mask is at least half white, 0 elsewhere, `[1, 1, height, width]`.
    private static func tensor(of mask: Image, width: Int, height: Int) throws -> Tensor {
        let gray = try mask.resized(width: width, height: height, method: .lanczos).gray()
        let ones = gray.pixels.map { Float($0 >= 128 ? 1 : 0) }
        return try Tensor(ones, shape: [1, 1, height, width])
    }

    /// A latent drawn from what the autoencoder says of a picture.
    private func encode(
        _ pixels: Tensor, _ inputs: GenerationInputs, random: inout RandomStream
    ) throws -> Tensor {
        let (mean, logVariance) = try finite(inputs, stage: "autoencoder", in: networks.autoencoderType) {
            isExact in
            let network = isExact ? try networks.exactAutoencoder(hasEncoder: true) : try networks.encoder()
            let tiling = inputs.isDecodedInTiles ? network.tiling : nil
            let moments = try network.encode(pixels.to(device), tiling: tiling)
            return try [moments.mean.to(.float32), moments.logVariance.to(.float32)]
        }.pair
        let noise = try random.normal(Array(mean.shape.dropFirst())).to(device)
        let sample = try mean + (logVariance * 0.5).exp() * noise
        return try networks.autoencoder.latent(of: sample).to(.cpu)
    }

    /// The latent as pixels.
    /// - Throws: `PipelineError.notFinite`; `TensorError`.
    public func decode(_ latent: Tensor, _ inputs: GenerationInputs) throws -> Image {
        let encoded = try networks.autoencoder.encoded(of: latent.to(device, .float32))
        let pixels = try finite(inputs, stage: "autoencoder", in: networks.autoencoderType) { isExact in
            let network = isExact ? try networks.exactAutoencoder(hasEncoder: false) : networks.autoencoder
            let tiling = inputs.isDecodedInTiles ? network.tiling : nil
            return [try network.decode(encoded, tiling: tiling).to(.float32)]
        }
        return try Image(pixels: pixels[0].to(.cpu))
    }

    /// Runs a stage in its type, and again in single precision when that gives what is no number.
    private func finite(
        _ inputs: GenerationInputs, stage: String, in type: DType,
        _ body: (_ isExact: Bool) throws -> [Tensor]
    ) throws -> [Tensor] {
        func areFinite(_ tensors: [Tensor]) throws -> Bool {
            try tensors.allSatisfy { try $0.isFinite().allTrue().item() != 0 }
        }
        let usual = try computing(in: type) { try body(false) }
        if try areFinite(usual) { return usual }
        guard type != .float32 else { throw PipelineError.notFinite(stage: stage) }
        inputs.onNotice("the \(stage)'s numbers overflow in \(type); it is run again in fp32")
        let exact = try computing(in: .float32) { try body(true) }
        guard try areFinite(exact) else { throw PipelineError.notFinite(stage: stage) }
        return exact
    }

    /// A rough look at a latent: its four channels mixed into three colours, a pixel each.
    ///
    /// The mixes are least-squares fits that the makers of front ends found for the autoencoders of Stable Diffusion.
    public func sketch(_ latent: Tensor) throws -> Image {
        let mix = traits.hasSizes ? Self.mixOfXL : Self.mix
        guard latent.size(1) == 4 else {
            return try Image(pixels: latent.slice(0..<min(3, latent.size(1)), along: 1))
        }
        let colors = try Tensor(mix, shape: [4, 3])
        let pixels = try latent.to(.cpu, .float32).permuted(0, 2, 3, 1).matmul(colors)
        return try Image(pixels: pixels.permuted(0, 3, 1, 2).contiguous())
    }

    private static let mix: [Float] = [
        0.35, 0.23, 0.32, 0.33, 0.50, 0.24, -0.28, 0.18, 0.27, -0.21, -0.26, -0.72,
    ]
    private static let mixOfXL: [Float] = [
        0.3920, 0.4054, 0.4549, -0.2634, -0.0196, 0.0653, 0.0568, 0.1687, -0.0755, -0.3112, -0.2359, -0.2076,
    ]
}

extension [Tensor] {
    /// The first two.
    fileprivate var pair: (Tensor, Tensor) { (self[0], self[1]) }
}
