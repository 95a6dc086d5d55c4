public import Layers
public import Recipes
public import Tensors

/// A transformer on patches of plain pixels that stand in one sequence with the words.
///
/// Adaptive layer norm from the noise level and the text summary, normalised queries and keys; meant to predict the
/// clean picture, which lies on a low-dimensional surface that a narrow network can follow.
/// Source: Li and He 2025 (arXiv 2511.13720); Peebles and Xie 2023 for the adaptive norm.
public struct PixelTransformer: DenoisingNetwork {
    /// Where it stands in the model.
    public let path: ParameterPath
    private let size: TransformerSize
    private let resolution: Int
    private let channelsIn: Int
    private let conditioning: ConditioningVector
    private let input, words, output: Linear
    private let position: Tensor
    private let blocks: [TransformerBlock]
    private let norm: LayerNorm
    private let finalModulation: Linear

    /// Builds the network for square pictures of `resolution` pixels; one that `seesEstimates` has inputs for its last one.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(
        _ scope: ParameterScope, size: TransformerSize, resolution: Int, seesEstimates: Bool = false
    ) throws {
        path = scope.path
        self.size = size
        self.resolution = resolution
        let side = resolution / size.patch
        channelsIn = PictureChannels.count(seesEstimates: seesEstimates)
        let folded = PictureChannels.picture * size.patch * size.patch
        conditioning = try ConditioningVector(
            scope["conditioning"], width: size.width, textWidth: size.text.width)
        input = try Linear(scope["input"], from: channelsIn * size.patch * size.patch, to: size.width)
        words = try Linear(scope["words"], from: size.text.width, to: size.width)
        position = try scope.parameter("position", [1, side * side, size.width], .normal(deviation: 0.02))
        blocks = try (0..<size.depth).map {
            try TransformerBlock(scope["blocks"][$0], width: size.width, heads: size.heads)
        }
        norm = try LayerNorm(scope["norm"], width: size.width, affine: false)
        finalModulation = try Linear(
            scope["final_modulation"], from: size.width, to: 2 * size.width, initializer: .zeros)
        output = try Linear(scope["output"], from: size.width, to: folded, initializer: .zeros)
    }

    /// The one size that the position table was made for.
    public var sizeMultiple: Int { resolution }

    /// Predicts from noisy pictures `[batch, 3, resolution, resolution]`, or from pictures and estimates, with 6 channels.
    public func callAsFunction(
        _ x: Tensor, timestep: Tensor, text: Tensor, _ context: ForwardContext
    ) throws -> Tensor {
        let (batch, side, tokens) = (x.size(0), resolution / size.patch, text.size(1))
        let c = try context.observe(
            conditioning(timestep: timestep, text: text), at: path.appending("conditioning"))
        // [b, 3p², side, side] → [b, side², 3p²], or 6p² with an estimate
        let seen = try PictureChannels.completed(x, to: channelsIn)
        let patches = try seen.pixelUnshuffled(size.patch).flattened(from: 2).transposed(1, 2)
        let pixels = try input(patches) + position
        var h = try Tensor.concatenated([words(text).to(pixels.dtype), pixels], along: 1)
        for block in blocks {
            h = try context.block([h, c]) { try block($0[0], $0[1], context) }
        }
        let parts = try finalModulation(c).unsqueezed(1).chunks(2, along: -1)
        h = try h.slice(tokens..<(tokens + side * side), along: 1)
        h = try output(parts[1].adding(norm(h), times: parts[0] + 1))
        let folded = try h.transposed(1, 2).reshaped(batch, 3 * size.patch * size.patch, side, side)
        return try context.observe(folded.pixelShuffled(size.patch), at: path.appending("output"))
    }
}

/// Attention and feed-forward, each modulated and gated by the conditioning vector; starts as the identity.
struct TransformerBlock: Sendable {
    let path: ParameterPath
    let heads: Int
    let norm1, norm2: LayerNorm
    let modulation, qkv, out, expand, contract: Linear
    let queryNorm, keyNorm: LayerNorm

    init(_ scope: ParameterScope, width: Int, heads: Int) throws {
        path = scope.path
        self.heads = heads
        modulation = try Linear(scope["modulation"], from: width, to: 6 * width, initializer: .zeros)
        norm1 = try LayerNorm(scope["norm1"], width: width, affine: false)
        qkv = try Linear(scope["qkv"], from: width, to: 3 * width)
        queryNorm = try LayerNorm(scope["query_norm"], width: width / heads)
        keyNorm = try LayerNorm(scope["key_norm"], width: width / heads)
        out = try Linear(scope["out"], from: width, to: width)
        norm2 = try LayerNorm(scope["norm2"], width: width, affine: false)
        expand = try Linear(scope["expand"], from: width, to: 4 * width)
        contract = try Linear(scope["contract"], from: 4 * width, to: width)
    }

    func callAsFunction(_ x: Tensor, _ c: Tensor, _ context: ForwardContext) throws -> Tensor {
        let m = try modulation(c).unsqueezed(1).chunks(6, along: -1)
        let parts = try qkv(m[1].adding(norm1(x), times: m[0] + 1)).chunks(3, along: -1)
        let attended = try MultiHeadAttention.attend(
            query: parts[0], key: parts[1], value: parts[2], heads: heads,
            normalization: (query: queryNorm, key: keyNorm))
        let x = try context.observe(x.adding(out(attended), times: m[2]), at: path.appending("attention"))
        let h = try expand(m[4].adding(norm2(x), times: m[3] + 1)).gelu(approximate: true)
        return try context.observe(x.adding(contract(h), times: m[5]), at: path)
    }
}
