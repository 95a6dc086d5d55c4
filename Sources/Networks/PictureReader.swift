public import Layers
public import Tensors

/// Answers questions about a picture from its pixels alone: a small convolutional network with one linear answer sheet.
///
/// It tells what a drawn picture shows, attribute by attribute, as `CaptionReader` tells what a caption says.
public struct PictureReader: Sendable {
    /// Where it stands in the network.
    public let path: ParameterPath
    /// Numbers that everything it knows of a picture passes through.
    public static let featureWidth = 160
    /// The sides that it can be built for are multiples of this.
    public static let sizeMultiple = 16
    private static let channels = [48, 64, 128, 192]

    private let stem: Conv2d
    private let stages: [Stage]
    private let gather, answers: Linear
    private let norm: LayerNorm
    private let questions: Int

    /// One level: a convolution that halves the sides, then one that looks again.
    private struct Stage: Sendable {
        let down, again: Conv2d
        let norm1, norm2: ChannelNorm

        init(_ scope: ParameterScope, from input: Int, to output: Int) throws {
            norm1 = try ChannelNorm(scope["norm1"], channels: input)
            down = try Conv2d(scope["down"], from: input, to: output, stride: 2)
            norm2 = try ChannelNorm(scope["norm2"], channels: output)
            again = try Conv2d(scope["again"], from: output, to: output)
        }

        func callAsFunction(_ x: Tensor) throws -> Tensor {
            let x = try down(norm1(x, thenSiLU: true))
            return try again(norm2(x, thenSiLU: true), adding: x)
        }
    }

    /// Builds the layers for square pictures of `resolution` pixels a side and so many questions of at most so many answers.
    /// - Throws: `NetworkError.pictureSide` for a side that is no multiple of `sizeMultiple`; what the source throws when a
    ///   tensor is missing or misshapen.
    public init(_ scope: ParameterScope, resolution: Int, questions: Int, answers limit: Int) throws {
        guard resolution > 0, resolution.isMultiple(of: Self.sizeMultiple) else {
            throw NetworkError.pictureSide(scope.path, side: resolution, multiple: Self.sizeMultiple)
        }
        path = scope.path
        self.questions = questions
        // Four pixels become one with four times the channels, so that nothing is lost where most pixels are.
        stem = try Conv2d(scope["stem"], from: 12, to: Self.channels[0])
        stages = try (1..<Self.channels.count).map {
            try Stage(scope["stages"][$0 - 1], from: Self.channels[$0 - 1], to: Self.channels[$0])
        }
        let cells = resolution / Self.sizeMultiple * (resolution / Self.sizeMultiple)
        norm = try LayerNorm(scope["norm"], width: Self.channels[3] * cells)
        gather = try Linear(scope["gather"], from: Self.channels[3] * cells, to: Self.featureWidth)
        answers = try Linear(scope["answers"], from: Self.featureWidth, to: questions * limit)
    }

    /// Pictures `[batch, 3, side, side]` from −1 to 1 → what is known of them, `[batch, featureWidth]`.
    /// - Throws: `TensorError` from the engine, also for pictures of another size.
    public func features(_ pictures: Tensor) throws -> Tensor {
        var x = try stem(pictures.pixelUnshuffled(2).channelsLast())
        for stage in stages { x = try stage(x) }
        return try gather(norm(x.contiguous().flattened(from: 1)).silu()).silu()
    }

    /// Features → a score for each answer, `[questions, batch, answers]`, as `CaptionReader.loss` wants them.
    /// - Throws: `TensorError` from the engine.
    public func scores(_ features: Tensor) throws -> Tensor {
        try answers(features).reshaped(features.size(0), questions, -1).transposed(0, 1)
    }
}
