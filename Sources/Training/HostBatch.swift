import Images
public import Tensors

/// Examples on their way to the device: plain bytes and numbers.
public struct HostBatch: Sendable {
    /// Images seen before this batch.
    public let start: Int
    /// Number of examples.
    public let count: Int
    /// Side of the pictures, in pixels.
    public let resolution: Int
    /// Red, green and blue, `[count, resolution, resolution, 3]`.
    public let pixels: [UInt8]
    /// How much each pixel counts in the loss, `[count, resolution, resolution]`; nil when all count alike.
    public let pixelWeights: [Float]?
    /// Word-piece ids, `[count, tokens]`.
    public let ids: [Int64]
    /// What the pictures show, as answers to the recipe's `CaptionQuestions`, `[count, questions]`; nil where nobody knows.
    public let labels: [Int64]?
    /// True for captions without pictures.
    public var isCaptionsOnly: Bool { pixels.isEmpty }

    /// The pictures as numbers from −1 to 1, `[count, 3, resolution, resolution]`, channels last.
    /// - Throws: `TensorError` when there is no memory for them.
    public func samples() throws -> Tensor {
        let bytes = try Tensor(pixels, shape: [count, resolution, resolution, 3])
        return try (bytes.to(.float32) / 127.5 - 1).permuted(0, 3, 1, 2)
    }
    /// The captions, `[count, tokens]`.
    /// - Throws: `TensorError` when there is no memory for them.
    public func tokens() throws -> Tensor { try Tensor(ids, shape: [count, ids.count / max(1, count)]) }
    /// How much each pixel counts, `[count, 1, resolution, resolution]`.
    /// - Throws: `TensorError` when there is no memory for them.
    public func weights() throws -> Tensor? {
        guard let pixelWeights else { return nil }
        return try Tensor(pixelWeights, shape: [count, 1, resolution, resolution])
    }
}
