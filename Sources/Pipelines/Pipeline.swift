public import Diffusion
public import Images
public import NoiseSchedules
public import Recipes
public import Tensors

/// A family of models as four arrows from a request to a picture.
///
/// They are prompt → conditioning, request → start, conditioning → denoiser and latent → picture; the path between
/// them is written once.
public protocol Pipeline: Sendable {
    /// What the network gets from prompt and negative prompt.
    associatedtype Conditioning: Sendable
    /// The denoiser of this family.
    associatedtype Denoising: Denoiser

    /// Where the network computes; noise is drawn on the CPU all the same, so that a seed means one picture.
    var device: Device { get }
    /// Prompt and negative prompt → what the network gets from them.
    func condition(_ request: GenerationRequest) throws -> Conditioning
    /// The noise levels that the request visits.
    func levels(_ request: GenerationRequest) throws -> [NoiseLevel]
    /// The shape of one picture on its way, `[channel, height, width]`.
    /// - Throws: `PipelineError` when the model cannot draw the size asked for.
    func latentShape(_ request: GenerationRequest) throws -> [Int]
    /// A denoiser that knows the prompt.
    func denoiser(for conditioning: Conditioning, _ request: GenerationRequest) throws -> Denoising
    /// The end of the walk as a picture.
    func decode(_ latent: Tensor) throws -> Image
    /// Runs `body` in the precision of the request and without recording gradients.
    func computing<R>(_ body: () throws -> R) throws -> R
}

extension Pipeline {
    /// The noise that a walk starts from, `[1, channel, height, width]`, scaled for the first level.
    ///
    /// `noise` is unit noise to use in place of the stream's, as another program may have drawn it.
    /// - Throws: `PipelineError.latentShape` when the given noise has another shape.
    public func start(
        _ request: GenerationRequest, noise: Tensor? = nil, random: inout RandomStream
    ) throws -> Tensor {
        let shape = try latentShape(request)
        let unit = try noise ?? random.normal(shape)
        guard unit.shape == [1] + shape else {
            throw PipelineError.latentShape(expected: [1] + shape, found: unit.shape)
        }
        let first = try levels(request)[0]
        return try unit.to(.float32) * (first.signal * first.signal + first.noise * first.noise).squareRoot()
    }

    /// Walks from noise to the latent of one picture.
    ///
    /// A picture has a stream of its own and is computed by itself, so its bytes do not depend on its batch.
    /// - Throws: what the network throws, and what `onStep` throws, such as `CancellationError`.
    public func latent(
        for conditioning: Conditioning, _ request: GenerationRequest, seed: UInt64, noise: Tensor? = nil,
        onStep: (SamplerStep) throws -> Void = { _ in }
    ) throws -> Tensor {
        var random = try RandomStream(seed: seed)
        let x = try start(request, noise: noise, random: &random).to(device)
        let denoiser = try denoiser(for: conditioning, request)
        let levels = try levels(request)
        return try computing {
            try request.sampler.make().sample(
                denoiser, from: x, along: levels, random: &random, onStep: onStep)
        }
    }

    /// Draws one picture a seed.
    /// - Throws: what the network throws, and what `onStep` throws, such as `CancellationError`.
    public func generate(
        _ request: GenerationRequest, onStep: (SamplerStep) throws -> Void = { _ in }
    ) throws -> [Image] {
        let conditioning = try condition(request)
        return try request.seeds.map {
            try decode(latent(for: conditioning, request, seed: $0, onStep: onStep))
        }
    }
}
