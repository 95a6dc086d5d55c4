public import Layers
public import Tensors

/// Answers questions about a picture from the words of its caption alone: a teacher for the text transformer.
///
/// A denoiser teaches the words slowly which colour belongs to which thing and which thing stands left, since few pixels
/// depend on it. Questions such as "what colour stands left?" ask for it directly. Each question looks at all tokens by
/// attention, as the pixels do, so what it finds lies ready for them.
public struct CaptionReader: Sendable {
    /// Where it stands in the network.
    public let path: ParameterPath
    private let heads: Int
    private let questions: Tensor
    private let keyValue, out, expand, contract: Linear
    private let queryNorm, keyNorm: LayerNorm
    private let norm1, norm2: LayerNorm
    private let answers: Tensor

    /// Builds the layers for tokens of `width` numbers and so many questions of at most so many answers.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, width: Int, heads: Int, questions count: Int, answers limit: Int)
        throws
    {
        path = scope.path
        self.heads = heads
        questions = try scope.parameter("questions", [1, count, width], .normal(deviation: 1))
        keyValue = try Linear(scope["key_value"], from: width, to: 2 * width)
        queryNorm = try LayerNorm(scope["query_norm"], width: width / heads)
        keyNorm = try LayerNorm(scope["key_norm"], width: width / heads)
        out = try Linear(scope["out"], from: width, to: width)
        norm1 = try LayerNorm(scope["norm1"], width: width)
        expand = try Linear(scope["expand"], from: width, to: 2 * width)
        contract = try Linear(scope["contract"], from: 2 * width, to: width)
        norm2 = try LayerNorm(scope["norm2"], width: width)
        answers = try scope.parameter("answers", [count, width, limit], .normal(deviation: 0.02))
    }

    /// Text tokens `[batch, tokens, width]` → a score for each answer, `[questions, batch, answers]`.
    /// - Throws: `TensorError` from the engine.
    public func callAsFunction(_ text: Tensor) throws -> Tensor {
        let parts = try keyValue(text).chunks(2, along: -1)
        let asked = try questions.to(parts[0].dtype).expanded(text.size(0), -1, -1)
        var state = try out(
            MultiHeadAttention.attend(
                query: asked, key: parts[0], value: parts[1], heads: heads,
                normalization: (query: queryNorm, key: keyNorm)))
        state = try state + contract(expand(norm1(state)).gelu(approximate: true))
        return try norm2(state).transposed(0, 1).matmul(answers)
    }

    /// The mean cross-entropy of the given answers; questions with a negative label do not count.
    ///
    /// - Parameters:
    ///   - scores: `[questions, batch, answers]`.
    ///   - labels: `[batch, questions]`, row by row.
    /// - Returns: a scalar in nats.
    /// - Throws: `TensorError` from the engine.
    public static func loss(of scores: Tensor, labels: [Int64]) throws -> Tensor {
        let (questions, batch, answers) = (scores.size(0), scores.size(1), scores.size(2))
        var chosen = [Float](repeating: 0, count: questions * batch * answers)
        var counted = 0
        for (place, label) in labels.enumerated() where label >= 0 && label < answers {
            let (example, question) = place.quotientAndRemainder(dividingBy: questions)
            chosen[(question * batch + example) * answers + Int(label)] = 1
            counted += 1
        }
        let mask = try Tensor(chosen, shape: [questions, batch, answers]).to(scores.device)
        return try (scores.to(.float32).logSoftmax(along: -1) * mask).sum() * (-1 / Double(max(1, counted)))
    }
}
