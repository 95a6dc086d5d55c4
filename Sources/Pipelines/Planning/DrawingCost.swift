import Checkpoints
import Diffusion
public import Foundation
import NoiseSchedules
public import Recipes
public import Tensors

/// What drawing a request takes, found from descriptions and shapes before any weight is read.
public struct DrawingCost: Equatable, Sendable {
    /// Bytes of the weights that will be held.
    public var weightBytes: Int
    /// Bytes that the largest weight of the network takes when it is widened for a product; zero where none is kept in bytes
    /// alone.
    public var widenedBytes: Int
    /// Bytes of the activations of one call of the network.
    public var networkBytes: Int
    /// Bytes of the activations of the autoencoder.
    public var decodingBytes: Int
    /// Operations.
    public var work: GenerationPlan.Work
    /// The request with nothing left open.
    public var request: GenerationRequest

    /// Runs the networks of a model on shapes.
    ///
    /// - Parameters:
    ///   - request: what is to be drawn.
    ///   - model: the model's file or folder; only descriptions and tables of contents are read.
    ///   - options: how it would be opened.
    ///   - inputs: what the request names by path, opened.
    ///   - device: where it would compute.
    /// - Throws: what opening the model would throw for its descriptions.
    public init(
        of request: GenerationRequest, model: URL, _ options: ModelOptions, _ inputs: GenerationInputs,
        on device: Device
    ) throws {
        let isOwn = DarkroomModelFile.isOne(model)
        let type = DarkroomPipeline.computeType(for: options.precision, on: device, isLarge: !isOwn)
        self =
            isOwn
            ? try Self.darkroom(request, model, type)
            : try StableDiffusionCost(
                files: StableDiffusionSource(url: model, options: options, device: device).files(as: type),
                type: type
            ).cost(of: request, inputs)
    }

    init(
        weights: Int, widened: Int = 0, network: Int, decoding: Int, work: GenerationPlan.Work,
        request: GenerationRequest
    ) {
        (weightBytes, networkBytes, decodingBytes) = (weights, network, decoding)
        widenedBytes = widened
        (self.work, self.request) = (work, request)
    }

    /// Calls of the network along a plan, counted by walking it with a number in place of a picture.
    static func calls(along plan: SamplingPlan) throws -> Int {
        let counter = CountingDenoiser()
        var random = try RandomStream(seed: 0)
        _ = try Autograd.disabled {
            try plan.sampler.sample(
                counter, from: Tensor.ones([1, 1, 1, 1]), along: plan.levels, random: &random
            ) { _ in }
        }
        return counter.count
    }
}

/// Counts how often it is asked.
private final class CountingDenoiser: Denoiser {
    private(set) var count = 0

    func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        count += 1
        return try x * 0.5
    }
}
