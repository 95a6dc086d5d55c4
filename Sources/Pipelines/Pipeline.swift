public import Diffusion
import Foundation
public import Images
public import Recipes
public import Tensors

/// A family of models as arrows from a request to a picture.
///
/// They are prompt → conditioning, request → plan and start, conditioning → denoiser and latent → picture; the path
/// between them is written once.
public protocol Pipeline: Sendable {
    /// What the network gets from prompt and negative prompt.
    associatedtype Conditioning: Sendable
    /// The denoiser of this family.
    associatedtype Denoising: Denoiser

    /// Where the network computes; noise is drawn on the CPU all the same, so that a seed means one picture.
    var device: Device { get }
    /// What the model draws with where a request leaves it open.
    var defaults: GenerationDefaults { get }
    /// The request with nothing left open: the model's defaults, and the sizes that follow from the inputs.
    /// - Throws: `PipelineError` when the model cannot draw what is asked for.
    func resolved(_ request: GenerationRequest, _ inputs: GenerationInputs) throws -> GenerationRequest
    /// Prompt and negative prompt → what the network gets from them.
    func condition(_ request: GenerationRequest) throws -> Conditioning
    /// The noise levels that a resolved request visits, and the solver that walks them.
    func plan(_ request: GenerationRequest) throws -> SamplingPlan
    /// The steps of a resolved request's picture.
    func stepCount(_ request: GenerationRequest) throws -> Int
    /// The shape of one picture on its way, `[channel, height, width]`, of a resolved request.
    func latentShape(_ request: GenerationRequest) throws -> [Int]
    /// Where the walk of a resolved request begins; draws what it needs from the picture's stream.
    func start(
        _ request: GenerationRequest, _ inputs: GenerationInputs, along plan: SamplingPlan,
        random: inout RandomStream
    ) throws -> PictureStart
    /// A denoiser that knows the prompt.
    func denoiser(
        for conditioning: Conditioning, _ request: GenerationRequest, along plan: SamplingPlan,
        from start: PictureStart, _ inputs: GenerationInputs
    ) throws -> Denoising
    /// The latent of one picture; walks once, unless the family knows of more.
    func latent(
        for conditioning: Conditioning, _ request: GenerationRequest, _ inputs: GenerationInputs,
        seed: UInt64,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor
    /// The end of the walk as a picture.
    func decode(_ latent: Tensor, _ inputs: GenerationInputs) throws -> Image
    /// A quick, rough look at a latent.
    func sketch(_ latent: Tensor) throws -> Image
    /// Runs `body` in the precision of the model and without recording gradients.
    func computing<R>(_ body: () throws -> R) throws -> R
}

/// What a drawing gets besides its request: what the request names by path, opened.
public struct GenerationInputs: Sendable {
    /// Unit noise in place of the stream's, `[1, channel, height, width]`, as another program may have drawn it.
    public var noise: Tensor?
    /// The picture to start from.
    public var picture: Image?
    /// White where the picture is drawn anew.
    public var mask: Image?
    /// True for an autoencoder that works tile by tile, which bounds its memory.
    public var isDecodedInTiles: Bool
    /// Called when something happens that whoever waits for the picture should know.
    public var onNotice: @Sendable (String) -> Void

    /// Nothing but the request, unless told otherwise.
    public init(
        noise: Tensor? = nil, picture: Image? = nil, mask: Image? = nil, isDecodedInTiles: Bool = false,
        onNotice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.noise, self.picture, self.mask) = (noise, picture, mask)
        self.isDecodedInTiles = isDecodedInTiles
        self.onNotice = onNotice
    }
}

/// Where a walk begins.
public struct PictureStart: Sendable {
    /// The latent at the first level.
    public var x: Tensor
    /// The unit noise in it.
    public var epsilon: Tensor
    /// What is kept of another picture.
    public var kept: KeptPicture?

    /// A start at `x`.
    public init(x: Tensor, epsilon: Tensor, kept: KeptPicture? = nil) {
        (self.x, self.epsilon, self.kept) = (x, epsilon, kept)
    }
}

/// The picture under a mask.
public struct KeptPicture: Sendable {
    /// The latent of the whole picture; nil for networks that are shown the masked picture instead.
    public var latent: Tensor?
    /// The latent of the picture with nothing where it is drawn anew.
    public var maskedLatent: Tensor
    /// 1 where it is drawn anew, 0 where it is kept, `[1, 1, height, width]` of the latent.
    public var mask: Tensor

    /// A picture, the same without its masked part, and the mask.
    public init(latent: Tensor?, maskedLatent: Tensor, mask: Tensor) {
        (self.latent, self.maskedLatent, self.mask) = (latent, maskedLatent, mask)
    }
}

extension Pipeline {
    /// Walks once from a start to the latent of one picture.
    ///
    /// A picture has a stream of its own and is computed by itself, so its bytes do not depend on its batch.
    /// - Throws: what the network throws, and what `onStep` throws, such as `CancellationError`.
    public func latent(
        for conditioning: Conditioning, _ request: GenerationRequest, _ inputs: GenerationInputs,
        seed: UInt64,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var random = try RandomStream(seed: seed)
        let plan = try plan(request)
        let start = try start(request, inputs, along: plan, random: &random)
        return try walk(
            for: conditioning, request, inputs, along: plan, from: start, random: &random, onStep: onStep)
    }

    /// One walk's.
    public func stepCount(_ request: GenerationRequest) throws -> Int { try plan(request).levels.count - 1 }

    /// Walks from a start to its end.
    func walk(
        for conditioning: Conditioning, _ request: GenerationRequest, _ inputs: GenerationInputs,
        along plan: SamplingPlan, from start: PictureStart, random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        let denoiser = try denoiser(for: conditioning, request, along: plan, from: start, inputs)
        return try computing {
            try plan.sampler.sample(
                denoiser, from: start.x.to(device), along: plan.levels, random: &random, onStep: onStep)
        }
    }

    /// The request resolved, its prompt read: ready to draw pictures of it.
    /// - Throws: `PipelineError` when the model cannot draw what is asked for.
    public func prepared(
        _ request: GenerationRequest, _ inputs: GenerationInputs = .init()
    ) throws -> PreparedDrawing {
        let resolved = try resolved(request, inputs)
        let conditioning = try condition(resolved)
        return PreparedDrawing(
            request: resolved, shape: try latentShape(resolved), steps: try stepCount(resolved)
        ) { seed, inputs, onStep in
            try latent(for: conditioning, resolved, inputs, seed: seed, onStep: onStep)
        }
    }

    /// Draws one picture a seed.
    /// - Throws: what the network throws, and what `onStep` throws, such as `CancellationError`.
    public func generate(
        _ request: GenerationRequest, _ inputs: GenerationInputs = .init(),
        onStep: (SamplerStep) throws -> Void = { _ in }
    ) throws -> [Image] {
        let drawing = try prepared(request, inputs)
        return try request.seeds.map {
            try decode(drawing.latent(seed: $0, inputs, onStep: onStep), inputs)
        }
    }

    /// The unit noise that a walk starts from: that of the inputs, else the stream's with a part of the variation's.
    /// - Throws: `PipelineError.latentShape` when the given noise has another shape.
    func unitNoise(
        _ shape: [Int], _ request: GenerationRequest, _ inputs: GenerationInputs, random: inout RandomStream
    ) throws -> Tensor {
        var unit = try inputs.noise ?? random.normal(shape)
        guard unit.shape == [1] + shape else {
            throw PipelineError.latentShape(expected: [1] + shape, found: unit.shape)
        }
        unit = try unit.to(.float32)
        guard let variation = request.variation else { return unit }
        var other = try RandomStream(seed: variation.seed)
        return try unit.turned(towards: other.normal(shape), by: variation.strength)
    }
}

extension Tensor {
    /// The point at `share` of the arc from this tensor to another, both seen as vectors from the origin.
    ///
    /// Source: Shoemake 1985.
    func turned(towards other: Tensor, by share: Double) throws -> Tensor {
        if share <= 0 { return self }
        if share >= 1 { return other }
        let lengths = try norm().item() * other.norm().item()
        let cosine = try (self * other).sum().item() / lengths
        let angle = Foundation.acos(min(1, max(-1, cosine)))
        let whole = Foundation.sin(angle)
        guard whole > 1e-4 else { return try lerp(to: other, weight: share) }
        let own = Foundation.sin((1 - share) * angle) / whole
        let others = Foundation.sin(share * angle) / whole
        return try self * own + other * others
    }
}

/// A request whose prompt has been read; draws one picture a seed, whatever the family.
public struct PreparedDrawing: Sendable {
    /// What is done with a seed.
    public typealias Draw =
        @Sendable (
            _ seed: UInt64, _ inputs: GenerationInputs, _ onStep: (SamplerStep) throws -> Void
        ) throws -> Tensor

    /// The request with nothing left open.
    public let request: GenerationRequest
    /// The shape of one latent, `[channel, height, width]`.
    public let shape: [Int]
    /// Steps a picture.
    public let steps: Int
    private let draw: Draw

    init(request: GenerationRequest, shape: [Int], steps: Int, draw: @escaping Draw) {
        (self.request, self.shape, self.steps, self.draw) = (request, shape, steps, draw)
    }

    /// The latent of the picture of a seed.
    /// - Throws: what the network throws, and what `onStep` throws, such as `CancellationError`.
    public func latent(
        seed: UInt64, _ inputs: GenerationInputs = .init(),
        onStep: (SamplerStep) throws -> Void = { _ in }
    ) throws -> Tensor { try draw(seed, inputs, onStep) }
}
