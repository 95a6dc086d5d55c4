public import Layers
public import Recipes
public import Tensors

/// The classical diffusion network: down, across, up, with skip connections and attention to the words.
///
/// Works on pictures folded by space-to-depth, so that the widest maps stay small. Trainable with any prediction
/// target. Source: Ho et al. 2020 for the shape, Rombach et al. 2022 for attention to text.
public struct UNet: DenoisingNetwork {
    /// Where it stands in the model.
    public let path: ParameterPath
    private let size: UNetSize
    private let channelsIn: Int
    private let conditioning: ConditioningVector
    private let input: Conv2d
    private let down: [[Stage]]
    private let downsamplers: [Conv2d]
    private let middle: (first: ResidualBlock, attention: AttentionBlock, second: ResidualBlock)
    private let up: [[Stage]]
    private let upsamplers: [Conv2d]
    private let norm: ChannelNorm
    private let output: Conv2d

    /// A residual block and, at the levels that have it, attention.
    private struct Stage: Sendable {
        let block: ResidualBlock
        let attention: AttentionBlock?

        init(
            _ scope: ParameterScope, from input: Int, to output: Int, attention reach: AttentionReach,
            size: UNetSize
        ) throws {
            block = try ResidualBlock(scope["block"], from: input, to: output, conditioning: size.text.width)
            attention =
                reach == .none
                ? nil
                : try AttentionBlock(
                    scope["attention"], channels: output, toItself: reach == .full, size: size)
        }
        /// `skip` comes behind `x` along the channels.
        func callAsFunction(
            _ x: Tensor, skip: Tensor? = nil, _ c: Tensor, text: Tensor, _ context: ForwardContext
        ) throws -> Tensor {
            try context.block([x, c, text] + (skip.map { [$0] } ?? [])) { [block, attention] inputs in
                let x =
                    inputs.count > 3
                    ? try Tensor.concatenated([inputs[0], inputs[3]], along: 1) : inputs[0]
                let y = try block(x, inputs[1], context)
                return try attention?(y, text: inputs[2], context) ?? y
            }
        }
    }

    /// Builds the network of the given size; one that `seesEstimates` has input channels for its last one.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, size: UNetSize, seesEstimates: Bool = false) throws {
        path = scope.path
        self.size = size
        let channels = size.channels
        channelsIn = PictureChannels.count(seesEstimates: seesEstimates)
        let folded = PictureChannels.picture * size.patch * size.patch
        conditioning = try ConditioningVector(
            scope["conditioning"], width: size.text.width, textWidth: size.text.width)
        input = try Conv2d(
            scope["input"], from: channelsIn * size.patch * size.patch, to: channels[0])

        var down: [[Stage]] = []
        var downsamplers: [Conv2d] = []
        for (level, width) in channels.enumerated() {
            let here = scope["down"][level]
            down.append(
                try (0..<size.blocks[level]).map {
                    try Stage(here[$0], from: width, to: width, attention: size.attention[level], size: size)
                })
            if level + 1 < channels.count {
                downsamplers.append(
                    try Conv2d(here["downsample"], from: width, to: channels[level + 1], stride: 2))
            }
        }
        let deepest = channels[channels.count - 1]
        middle = (
            try ResidualBlock(
                scope["middle"]["first"], from: deepest, to: deepest, conditioning: size.text.width),
            try AttentionBlock(
                scope["middle"]["attention"], channels: deepest, toItself: true, size: size),
            try ResidualBlock(
                scope["middle"]["second"], from: deepest, to: deepest, conditioning: size.text.width)
        )
        var up: [[Stage]] = []
        var upsamplers: [Conv2d] = []
        for (level, width) in channels.enumerated() {
            let here = scope["up"][level]
            up.append(
                try (0..<size.blocks[level]).map {
                    try Stage(
                        here[$0], from: 2 * width, to: width, attention: size.attention[level], size: size)
                })
            if level > 0 {
                upsamplers.append(try Conv2d(here["upsample"], from: width, to: channels[level - 1]))
            }
        }
        (self.down, self.downsamplers, self.up, self.upsamplers) = (down, downsamplers, up, upsamplers)
        norm = try ChannelNorm(scope["norm"], channels: channels[0])
        output = try Conv2d(scope["output"], from: channels[0], to: folded, initializer: .zeros)
    }

    /// True for the parameters that tell pixels where they are, which networks without `positions` lack.
    public static func tellsPosition(_ path: ParameterPath) -> Bool {
        path.description.hasSuffix(".attention.position.weight")
    }

    /// Height and width must divide by this.
    public var sizeMultiple: Int { size.patch << (size.channels.count - 1) }

    /// Predicts from noisy pictures `[batch, 3, height, width]`, or from pictures and estimates, `[batch, 6, height, width]`.
    public func callAsFunction(
        _ x: Tensor, timestep: Tensor, text: Tensor, _ context: ForwardContext
    ) throws -> Tensor {
        let c = try context.observe(
            conditioning(timestep: timestep, text: text), at: path.appending("conditioning"))
        let seen = try PictureChannels.completed(x, to: channelsIn)
        var x = try input(seen.pixelUnshuffled(size.patch).channelsLast())
        x = try context.observe(x, at: path.appending("input"))
        var skips: [Tensor] = []
        for (level, stages) in down.enumerated() {
            for stage in stages {
                x = try stage(x, c, text: text, context)
                skips.append(x)
            }
            if level < downsamplers.count { x = try downsamplers[level](x) }
        }
        x = try context.block([x, c, text]) { [middle] inputs in
            let first = try middle.first(inputs[0], inputs[1], context)
            let attended = try middle.attention(first, text: inputs[2], context)
            return try middle.second(attended, inputs[1], context)
        }
        for level in up.indices.reversed() {
            for stage in up[level] {
                x = try stage(x, skip: skips.removeLast(), c, text: text, context)
            }
            if level > 0 { x = try upsamplers[level - 1](x.upsampledNearest(2)) }
        }
        x = try output(norm(x, thenSiLU: true)).pixelShuffled(size.patch)
        return try context.observe(x, at: path.appending("output"))
    }
}
