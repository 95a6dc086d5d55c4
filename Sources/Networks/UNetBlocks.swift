import Layers
import Recipes
import Tensors

/// Two convolutions around a modulation by the conditioning vector; starts as the identity.
struct ResidualBlock: Sendable {
    let path: ParameterPath
    let norm1, norm2: ChannelNorm
    let conv1, conv2: Conv2d
    let modulation: Linear
    let skip: Conv2d?

    init(_ scope: ParameterScope, from input: Int, to output: Int, conditioning: Int) throws {
        path = scope.path
        norm1 = try ChannelNorm(scope["norm1"], channels: input)
        conv1 = try Conv2d(scope["conv1"], from: input, to: output)
        modulation = try Linear(scope["modulation"], from: conditioning, to: 2 * output)
        norm2 = try ChannelNorm(scope["norm2"], channels: output)
        conv2 = try Conv2d(scope["conv2"], from: output, to: output, initializer: .zeros)
        skip = input == output ? nil : try Conv2d(scope["skip"], from: input, to: output, kernel: 1)
    }

    func callAsFunction(_ x: Tensor, _ c: Tensor, _ context: ForwardContext) throws -> Tensor {
        var h = try conv1(norm1(x, thenSiLU: true))
        h = try conv2(norm2(h, modulation: modulation(c), thenSiLU: true))
        return try context.observe((skip?(x) ?? x) + h, at: path)
    }
}

/// Pixels attend to the words, and at coarse levels to each other in the same softmax, then a small feed-forward;
/// starts as the identity.
struct AttentionBlock: Sendable {
    let path: ParameterPath
    let heads: Int
    let norm: ChannelNorm
    let query, textKeyValue, out: Linear
    /// Nil where pixels look at the words only.
    let keyValue: Linear?
    let queryNorm, keyNorm: LayerNorm
    let feedForwardNorm: LayerNorm
    let expand, contract: Linear
    /// Tells the pixels where they are; nil in networks that find out from their borders alone.
    let position: Linear?

    init(_ scope: ParameterScope, channels: Int, toItself: Bool, size: UNetSize) throws {
        path = scope.path
        heads = size.heads
        norm = try ChannelNorm(scope["norm"], channels: channels)
        query = try Linear(scope["query"], from: channels, to: channels)
        keyValue =
            try !toItself ? nil : Linear(scope["key_value"], from: channels, to: 2 * channels)
        textKeyValue = try Linear(scope["text_key_value"], from: size.text.width, to: 2 * channels)
        queryNorm = try LayerNorm(scope["query_norm"], width: channels / heads)
        keyNorm = try LayerNorm(scope["key_norm"], width: channels / heads)
        out = try Linear(scope["out"], from: channels, to: channels, initializer: .zeros)
        feedForwardNorm = try LayerNorm(scope["feed_forward_norm"], width: channels)
        expand = try Linear(scope["expand"], from: channels, to: 2 * channels)
        contract = try Linear(scope["contract"], from: 2 * channels, to: channels, initializer: .zeros)
        position =
            try !size.positions
            ? nil
            : Linear(
                scope["position"], from: PositionMap.width, to: channels, bias: false, initializer: .zeros)
    }

    func callAsFunction(_ x: Tensor, text: Tensor, _ context: ForwardContext) throws -> Tensor {
        let (height, width) = (x.size(2), x.size(3))
        var pixels = try x.flattened(from: 2).transposed(1, 2)  // a view: x is channels last
        var normed = try norm(x).flattened(from: 2).transposed(1, 2)
        if let position {
            let map = try PositionMap.features(height: height, width: width, on: x.device)
            normed = try normed + position(map).to(normed.dtype)
        }
        var keys = try textKeyValue(text).to(normed.dtype)
        if let keyValue { keys = try .concatenated([keyValue(normed), keys], along: 1) }
        let parts = try keys.chunks(2, along: -1)
        let attended = try MultiHeadAttention.attend(
            query: query(normed), key: parts[0], value: parts[1], heads: heads,
            normalization: (query: queryNorm, key: keyNorm))
        pixels = try context.observe(pixels + out(attended), at: path.appending("attended"))
        pixels = try pixels + contract(expand(feedForwardNorm(pixels)).gelu(approximate: true))
        let map = try pixels.transposed(1, 2).reshaped(x.size(0), x.size(1), height, width)
        return try context.observe(map, at: path)
    }
}
