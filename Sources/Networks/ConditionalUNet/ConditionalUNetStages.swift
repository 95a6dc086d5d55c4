import Layers
import Tensors

/// A residual block and, where the stage has it, attention to the text.
private struct ConditionalLayer: Sendable {
    let block: ResnetBlock
    let attention: TransformerStack?

    init(
        _ scope: ParameterScope, _ index: Int, from input: Int, _ stage: ConditionalUNetConfiguration.Stage,
        style: ResnetBlock.Style
    ) throws {
        block = try ResnetBlock(scope["resnets"][index], from: input, to: stage.channels, style: style)
        if let depths = stage.depths, let attention = stage.attention {
            self.attention = try TransformerStack(
                scope["attentions"][index], channels: stage.channels, layers: depths[index],
                groups: style.groups, attention: attention)
        } else {
            attention = nil
        }
    }
    func callAsFunction(
        _ x: Tensor, _ vector: Tensor, text: PreparedText, _ context: ForwardContext
    ) throws -> Tensor {
        let h = try block(x, embedding: vector, context)
        return try attention?(h, text: text, context) ?? h
    }
}

/// One resolution on the way down: `DownBlock2D` and `CrossAttnDownBlock2D`.
struct DownStage: Sendable {
    private let layers: [ConditionalLayer]
    private let downsampler: Downsampler?

    /// Without `downsamplePadding` the size stays.
    init(
        _ scope: ParameterScope, from input: Int, _ stage: ConditionalUNetConfiguration.Stage,
        style: ResnetBlock.Style, downsamplePadding: Int?
    ) throws {
        layers = try (0..<stage.layers).map {
            try ConditionalLayer(scope, $0, from: $0 == 0 ? input : stage.channels, stage, style: style)
        }
        downsampler = try downsamplePadding.map {
            try Downsampler(scope["downsamplers"][0], channels: stage.channels, padding: $0)
        }
    }
    func prepare(_ text: Tensor, into entries: inout [ParameterPath: KeysAndValues]) throws {
        for layer in layers { try layer.attention?.prepare(text, into: &entries) }
    }
    func callAsFunction(
        _ x: Tensor, _ vector: Tensor, text: PreparedText, skips: inout [Tensor], _ context: ForwardContext
    ) throws -> Tensor {
        var h = x
        for layer in layers {
            h = try layer(h, vector, text: text, context)
            skips.append(h)
        }
        if let downsampler {
            h = try downsampler(h, context)
            skips.append(h)
        }
        return h
    }
}

/// The narrowest place: `UNetMidBlock2DCrossAttn` and `UNetMidBlock2D`.
struct MiddleStage: Sendable {
    private let first: ConditionalLayer
    private let second: ResnetBlock?

    init(
        _ scope: ParameterScope, channels: Int, _ middle: ConditionalUNetConfiguration.Middle,
        style: ResnetBlock.Style
    ) throws {
        var style = style
        style.outputScale = middle.outputScale
        let stage = ConditionalUNetConfiguration.Stage(
            channels: channels, layers: 1, depths: middle.depth.map { [$0] }, attention: middle.attention)
        first = try ConditionalLayer(scope, 0, from: channels, stage, style: style)
        second =
            middle.depth == nil
            ? nil : try ResnetBlock(scope["resnets"][1], from: channels, to: channels, style: style)
    }
    func prepare(_ text: Tensor, into entries: inout [ParameterPath: KeysAndValues]) throws {
        try first.attention?.prepare(text, into: &entries)
    }
    func callAsFunction(
        _ x: Tensor, _ vector: Tensor, text: PreparedText, _ context: ForwardContext
    ) throws -> Tensor {
        let h = try first(x, vector, text: text, context)
        return try second?(h, embedding: vector, context) ?? h
    }
}

/// One resolution on the way up: `UpBlock2D` and `CrossAttnUpBlock2D`.
struct UpStage: Sendable {
    private let layers: [ConditionalLayer]
    private let upsampler: Upsampler?

    /// `skips` are the channels of the maps that are joined on, in the order of use.
    init(
        _ scope: ParameterScope, from input: Int, skips: [Int], _ stage: ConditionalUNetConfiguration.Stage,
        style: ResnetBlock.Style, upsamples: Bool
    ) throws {
        layers = try skips.enumerated().map { index, skip in
            try ConditionalLayer(
                scope, index, from: (index == 0 ? input : stage.channels) + skip, stage, style: style)
        }
        upsampler = upsamples ? try Upsampler(scope["upsamplers"][0], channels: stage.channels) : nil
    }
    func prepare(_ text: Tensor, into entries: inout [ParameterPath: KeysAndValues]) throws {
        for layer in layers { try layer.attention?.prepare(text, into: &entries) }
    }
    func callAsFunction(
        _ x: Tensor, _ vector: Tensor, text: PreparedText, skips: inout [Tensor], _ context: ForwardContext
    ) throws -> Tensor {
        let h = try deep(x, vector, text: text, skips: &skips, context)
        return try last(h, vector, text: text, skips: &skips, context)
    }

    /// All layers but the last.
    func deep(
        _ x: Tensor, _ vector: Tensor, text: PreparedText, skips: inout [Tensor], _ context: ForwardContext
    ) throws -> Tensor {
        var h = x
        for layer in layers.dropLast() {
            h = try layer(
                .concatenated([h, skips.removeLast()], along: 1), vector, text: text, context)
        }
        return h
    }

    /// The last layer, and the way to the next stage.
    func last(
        _ x: Tensor, _ vector: Tensor, text: PreparedText, skips: inout [Tensor], _ context: ForwardContext
    ) throws -> Tensor {
        var h = x
        if let layer = layers.last {
            h = try layer(
                .concatenated([h, skips.removeLast()], along: 1), vector, text: text, context)
        }
        guard let upsampler else { return h }
        // Where a size did not halve evenly on the way down, the skip that comes next knows it.
        let size = skips.last.map { (height: $0.size(2), width: $0.size(3)) }
        return try upsampler(h, to: size, context)
    }
}
