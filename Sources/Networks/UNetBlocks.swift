import Layers
import Recipes
import Tensors

/// Two convolutions around a modulation by the conditioning vector; starts as the identity.
struct ResidualBlock: Sendable {
    let path: ParameterPath
    let norm1, norm2: GroupNorm
    let conv1, conv2: Conv2d
    let modulation: Linear
    let skip: Conv2d?

    init(_ scope: ParameterScope, from input: Int, to output: Int, conditioning: Int) throws {
        path = scope.path
        norm1 = try GroupNorm(scope["norm1"], channels: input, groups: Self.groups(of: input))
        conv1 = try Conv2d(scope["conv1"], from: input, to: output)
        modulation = try Linear(scope["modulation"], from: conditioning, to: 2 * output)
        norm2 = try GroupNorm(scope["norm2"], channels: output, groups: Self.groups(of: output))
        conv2 = try Conv2d(scope["conv2"], from: output, to: output, initializer: .zeros)
        skip = input == output ? nil : try Conv2d(scope["skip"], from: input, to: output, kernel: 1)
    }

    /// Groups of about eight channels; every channel count that a recipe may have divides by them.
    static func groups(of channels: Int) -> Int { max(1, channels / 8) }

    func callAsFunction(_ x: Tensor, _ c: Tensor, _ context: ForwardContext) throws -> Tensor {
        var h = try conv1(norm1(x).silu())
        let parts = try modulation(c).unsqueezed(-1).unsqueezed(-1).chunks(2, along: 1)
        let (scale, shift) = (parts[0], parts[1])
        h = try shift.adding(norm2(h), times: scale + 1).silu()
        h = try conv2(h)
        return try context.observe((skip?(x) ?? x) + h, at: path)
    }
}

/// Pixels attend to each other and to the words in one softmax, then a small feed-forward; starts as the identity.
struct AttentionBlock: Sendable {
    let path: ParameterPath
    let heads: Int
    let norm: GroupNorm
    let query, keyValue, textKeyValue, out: Linear
    let queryNorm, keyNorm: RMSNorm
    let feedForwardNorm: LayerNorm
    let expand, contract: Linear

    init(_ scope: ParameterScope, channels: Int, size: UNetSize) throws {
        path = scope.path
        heads = size.heads
        norm = try GroupNorm(scope["norm"], channels: channels, groups: ResidualBlock.groups(of: channels))
        query = try Linear(scope["query"], from: channels, to: channels)
        keyValue = try Linear(scope["key_value"], from: channels, to: 2 * channels)
        textKeyValue = try Linear(scope["text_key_value"], from: size.text.width, to: 2 * channels)
        queryNorm = try RMSNorm(scope["query_norm"], width: channels / heads)
        keyNorm = try RMSNorm(scope["key_norm"], width: channels / heads)
        out = try Linear(scope["out"], from: channels, to: channels, initializer: .zeros)
        feedForwardNorm = try LayerNorm(scope["feed_forward_norm"], width: channels)
        expand = try Linear(scope["expand"], from: channels, to: 2 * channels)
        contract = try Linear(scope["contract"], from: 2 * channels, to: channels, initializer: .zeros)
    }

    func callAsFunction(_ x: Tensor, text: Tensor, _ context: ForwardContext) throws -> Tensor {
        let (height, width) = (x.size(2), x.size(3))
        var pixels = try x.flattened(from: 2).transposed(1, 2)  // a view: x is channels last
        let normed = try norm(x).flattened(from: 2).transposed(1, 2)
        let own = try keyValue(normed).chunks(2, along: -1)
        let words = try textKeyValue(text).chunks(2, along: -1)
        let attended = try MultiHeadAttention.attend(
            query: query(normed), key: .concatenated([own[0], words[0]], along: 1),
            value: .concatenated([own[1], words[1]], along: 1), heads: heads,
            normalization: (query: queryNorm, key: keyNorm))
        pixels = try context.observe(pixels + out(attended), at: path.appending("attended"))
        pixels = try pixels + contract(expand(feedForwardNorm(pixels)).gelu(approximate: true))
        let map = try pixels.transposed(1, 2).reshaped(x.size(0), x.size(1), height, width)
        return try context.observe(map, at: path)
    }
}
