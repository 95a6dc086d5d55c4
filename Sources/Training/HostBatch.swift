import Images
public import Tensors

/// Examples on their way to the device: plain bytes and numbers.
public struct HostBatch: Sendable {
    /// Images seen before this batch.
    public let start: Int
    /// Number of examples.
    public let count: Int
    /// Columns of the pictures, in pixels.
    public let width: Int
    /// Rows of the pictures, in pixels.
    public let height: Int
    /// Red, green and blue, `[count, height, width, 3]`.
    public let pixels: [UInt8]
    /// How much each pixel counts in the loss, `[count, height, width]`; nil when all count alike.
    public let pixelWeights: [Float]?
    /// Word-piece ids, `[count, tokens]`.
    public let ids: [Int64]
    /// What the pictures show, as answers to the recipe's `CaptionQuestions`, `[count, questions]`; nil where nobody knows.
    public let labels: [Int64]?
    /// True for captions without pictures.
    public var isCaptionsOnly: Bool { pixels.isEmpty }

    /// The pictures as numbers from −1 to 1, `[count, 3, height, width]`, channels last.
    /// - Throws: `TensorError` when there is no memory for them.
    public func samples() throws -> Tensor {
        let bytes = try Tensor(pixels, shape: [count, height, width, 3])
        return try (bytes.to(.float32) / 127.5 - 1).permuted(0, 3, 1, 2)
    }
    /// The captions, `[count, tokens]`.
    /// - Throws: `TensorError` when there is no memory for them.
    public func tokens() throws -> Tensor { try Tensor(ids, shape: [count, ids.count / max(1, count)]) }
    /// How much each pixel counts, `[count, 1, height, width]`.
    /// - Throws: `TensorError` when there is no memory for them.
    public func weights() throws -> Tensor? {
        guard let pixelWeights else { return nil }
        return try Tensor(pixelWeights, shape: [count, 1, height, width])
    }
}

extension HostBatch {
    /// A batch of square pictures.
    init(
        start: Int, count: Int, resolution: Int, pixels: [UInt8], pixelWeights: [Float]?, ids: [Int64],
        labels: [Int64]?
    ) {
        self.init(
            start: start, count: count, width: resolution, height: resolution, pixels: pixels,
            pixelWeights: pixelWeights, ids: ids, labels: labels)
    }
}
