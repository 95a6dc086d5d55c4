import Layers
import Tensors

/// Encoder or decoder: a way down or up, and attention at the narrowest place.
struct AutoencoderHalf: Sendable {
    let path: ParameterPath
    let input: Conv2d
    private let output: Conv2d
    private let steps: [Step]
    private let norm: GroupNorm

    /// What stands on the way, in order.
    private enum Step: Sendable {
        case block(ResnetBlock)
        case attention(PixelAttention)
        case down(Downsampler)
        case up(Upsampler)
    }

    init(encoder scope: ParameterScope, _ configuration: AutoencoderConfiguration) throws {
        path = scope.path
        let (channels, style) = (configuration.channels, Self.style(configuration))
        input = try Conv2d(scope["conv_in"], from: configuration.inputChannels, to: channels[0])
        var steps: [Step] = []
        var width = channels[0]
        for (level, next) in channels.enumerated() {
            let here = scope["down_blocks"][level]
            for index in 0..<configuration.layers {
                steps.append(
                    .block(try ResnetBlock(here["resnets"][index], from: width, to: next, style: style)))
                width = next
            }
            if level + 1 < channels.count {
                steps.append(
                    .down(try Downsampler(here["downsamplers"][0], channels: width, padding: 0)))
            }
        }
        steps += try Self.middle(scope["mid_block"], channels: width, configuration)
        self.steps = steps
        norm = try GroupNorm(
            scope["conv_norm_out"], channels: width, groups: style.groups, epsilon: style.epsilon)
        output = try Conv2d(scope["conv_out"], from: width, to: 2 * configuration.latentChannels)
    }

    init(decoder scope: ParameterScope, _ configuration: AutoencoderConfiguration) throws {
        path = scope.path
        let (channels, style) = (Array(configuration.channels.reversed()), Self.style(configuration))
        input = try Conv2d(scope["conv_in"], from: configuration.latentChannels, to: channels[0])
        var steps = try Self.middle(scope["mid_block"], channels: channels[0], configuration)
        var width = channels[0]
        for (level, next) in channels.enumerated() {
            let here = scope["up_blocks"][level]
            for index in 0...configuration.layers {
                steps.append(
                    .block(try ResnetBlock(here["resnets"][index], from: width, to: next, style: style)))
                width = next
            }
            if level + 1 < channels.count {
                steps.append(.up(try Upsampler(here["upsamplers"][0], channels: width)))
            }
        }
        self.steps = steps
        norm = try GroupNorm(
            scope["conv_norm_out"], channels: width, groups: style.groups, epsilon: style.epsilon)
        output = try Conv2d(scope["conv_out"], from: width, to: configuration.outputChannels)
    }

    private static func style(_ configuration: AutoencoderConfiguration) -> ResnetBlock.Style {
        ResnetBlock.Style(
            groups: configuration.groups, epsilon: 1e-6, activation: configuration.activation)
    }

    private static func middle(
        _ scope: ParameterScope, channels: Int, _ configuration: AutoencoderConfiguration
    ) throws -> [Step] {
        func block(_ index: Int) throws -> Step {
            .block(
                try ResnetBlock(
                    scope["resnets"][index], from: channels, to: channels, style: style(configuration)))
        }
        guard configuration.hasAttention else { return [try block(0), try block(1)] }
        let attention = try PixelAttention(
            scope["attentions"][0], channels: channels, groups: configuration.groups)
        return [try block(0), .attention(attention), try block(1)]
    }

    /// Channels last in and out.
    func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        var h = try context.observe(input(x), at: path.appending("conv_in"))
        for step in steps {
            h =
                switch step {
                case .block(let block): try block(h, embedding: nil, context)
                case .attention(let attention): try attention(h, context)
                case .down(let sampler): try sampler(h, context)
                case .up(let sampler): try sampler(h, context)
                }
        }
        // The reference has SiLU here whatever the blocks have.
        return try context.observe(output(norm(h, activation: .silu)), at: path.appending("conv_out"))
    }
}

/// Pixels attend to each other, in one head as wide as the map.
struct PixelAttention: Sendable {
    private let norm: GroupNorm
    private let attention: ProjectedAttention

    init(_ scope: ParameterScope, channels: Int, groups: Int) throws {
        norm = try GroupNorm(scope["group_norm"], channels: channels, groups: groups, epsilon: 1e-6)
        attention = try ProjectedAttention(scope, width: channels, inner: channels, heads: 1, bias: true)
    }
    func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        let pixels = try x.flattened(from: 2).transposed(1, 2)
        let h = try attention(norm(x).flattened(from: 2).transposed(1, 2), adding: pixels)
        let map = try h.transposed(1, 2).reshaped(x.size(0), x.size(1), x.size(2), x.size(3))
        return try context.observe(map, at: attention.path)
    }
}
