import Layers
import Tensors

/// Two convolutions beside a shortcut, as in the U-Nets and autoencoders of latent diffusion.
///
/// Names and mathematics are those of diffusers' `ResnetBlock2D`.
struct ResnetBlock: Sendable {
    /// What all residual blocks of a network have in common.
    struct Style: Equatable, Sendable {
        var groups = 32
        var epsilon = 1e-6
        var activation = Activation.silu
        /// Width of the vector that modulates the block; nil without.
        var embeddingWidth: Int?
        /// The vector scales and shifts what was normalised, in place of shifting what is.
        var scalesAndShifts = false
        /// The sum is divided by this.
        var outputScale = 1.0
    }
    let path: ParameterPath
    private let style: Style
    private let norm1, norm2: GroupNorm
    private let conv1, conv2: Conv2d
    private let modulation: Linear?
    private let shortcut: Conv2d?

    init(_ scope: ParameterScope, from input: Int, to output: Int, style: Style) throws {
        path = scope.path
        self.style = style
        norm1 = try GroupNorm(
            scope["norm1"], channels: input, groups: style.groups, epsilon: style.epsilon)
        conv1 = try Conv2d(scope["conv1"], from: input, to: output)
        modulation = try style.embeddingWidth.map {
            try Linear(
                scope["time_emb_proj"], from: $0, to: style.scalesAndShifts ? 2 * output : output)
        }
        norm2 = try GroupNorm(
            scope["norm2"], channels: output, groups: style.groups, epsilon: style.epsilon)
        conv2 = try Conv2d(scope["conv2"], from: output, to: output)
        shortcut =
            input == output ? nil : try Conv2d(scope["conv_shortcut"], from: input, to: output, kernel: 1)
    }

    /// `[batch, in, height, width]` → `[batch, out, height, width]`; `embedding` `[batch, width]` has been through the
    /// activation already, which is the same for all blocks.
    func callAsFunction(_ x: Tensor, embedding: Tensor?, _ context: ForwardContext) throws -> Tensor {
        var h = try conv1(norm1(x, activation: style.activation))
        let vector = try embedding.flatMap { vector in try modulation.map { try $0(vector) } }
        if style.scalesAndShifts, let vector {
            let parts = try vector.unsqueezed(-1).unsqueezed(-1).chunks(2, along: 1)
            h = try style.activation(parts[1].adding(norm2(h), times: parts[0] + 1))
        } else {
            h = try norm2(h, shift: vector, activation: style.activation)
        }
        h = try conv2(h, adding: shortcut?(x) ?? x)
        if style.outputScale != 1 { h = try h / style.outputScale }
        return try context.observe(h, at: path)
    }
}

/// Halves height and width with a convolution of step two.
struct Downsampler: Sendable {
    let path: ParameterPath
    private let conv: Conv2d

    init(_ scope: ParameterScope, channels: Int, padding: Int) throws {
        path = scope.path
        conv = try Conv2d(
            scope["conv"], from: channels, to: channels, stride: 2,
            padding: padding == 0 ? .after(1) : .around(padding))
    }
    func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try context.observe(conv(x), at: path)
    }
}

/// Doubles height and width, or brings them to a given size, and smooths with a convolution.
struct Upsampler: Sendable {
    let path: ParameterPath
    private let conv: Conv2d

    init(_ scope: ParameterScope, channels: Int) throws {
        path = scope.path
        conv = try Conv2d(scope["conv"], from: channels, to: channels)
    }
    func callAsFunction(
        _ x: Tensor, to size: (height: Int, width: Int)? = nil, _ context: ForwardContext
    ) throws -> Tensor {
        let (height, width) = size ?? (2 * x.size(2), 2 * x.size(3))
        return try context.observe(conv(x.resizedNearest(height: height, width: width)), at: path)
    }
}
