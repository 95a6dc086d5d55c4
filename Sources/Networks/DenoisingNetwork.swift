public import Layers
public import Tensors

/// A network that looks at a noisy picture, its noise level and a text, and predicts what it was trained to predict.
public protocol DenoisingNetwork: Sendable {
    /// Predicts from noisy pictures what the network was trained to predict.
    ///
    /// - Parameters:
    ///   - x: noisy pictures, `[batch, 3, height, width]`. Networks that see their estimates take the last one behind them,
    ///     `[batch, 6, height, width]`, and its absence for zeros.
    ///   - timestep: timesteps of the schedule that it is trained with, `[batch]`, 0 to about 1000.
    ///   - text: tokens, `[batch, tokens, textWidth]`.
    ///   - context: what the pass carries besides, such as a probe.
    /// - Returns: the prediction, shaped like the noisy pictures.
    /// - Throws: `TensorError` from the engine.
    func callAsFunction(_ x: Tensor, timestep: Tensor, text: Tensor, _ context: ForwardContext) throws
        -> Tensor
    /// Height and width of `x` must be multiples of this.
    var sizeMultiple: Int { get }
}

/// Noise level and text summary as one vector that modulates every block.
struct ConditioningVector: Sendable {
    let embedding: SinusoidalEmbedding
    let time1, time2, pooled: Linear

    init(_ scope: ParameterScope, width: Int, textWidth: Int) throws {
        embedding = try SinusoidalEmbedding(width: 256)
        time1 = try Linear(scope["time1"], from: 256, to: width)
        time2 = try Linear(scope["time2"], from: width, to: width)
        pooled = try Linear(scope["pooled"], from: textWidth, to: width)
    }
    /// `[batch]`, `[batch, tokens, textWidth]` → `[batch, width]`, already through the last activation.
    func callAsFunction(timestep: Tensor, text: Tensor) throws -> Tensor {
        let time = try time2(time1(embedding(timestep)).silu())
        return try (time + pooled(text.mean(1))).silu()
    }
}

/// What goes into a network beside the noisy pictures.
enum PictureChannels {
    /// Channels of a noisy picture.
    static let picture = 3

    /// Channels that the first layer sees.
    static func count(seesEstimates: Bool) -> Int { seesEstimates ? 2 * picture : picture }

    /// `x` with as many channels as the first layer sees: zeros stand for an estimate that is not there.
    static func completed(_ x: Tensor, to channels: Int) throws -> Tensor {
        guard x.size(1) < channels else { return x }
        return try Tensor.concatenated([x, x * 0], along: 1)
    }
}
