import Tensors

/// Which opposite edges of a picture are taken as one, so that the picture can be laid beside itself without a seam.
public struct JoinedEdges: OptionSet, Hashable, Sendable {
    /// The edges as bits.
    public let rawValue: Int

    /// Edges of bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The left edge and the right one.
    public static let leftAndRight = JoinedEdges(rawValue: 1)
    /// The upper edge and the lower one.
    public static let topAndBottom = JoinedEdges(rawValue: 2)

    /// A picture with a margin: beyond joined edges stands what lies at the other side, beyond others zeros.
    ///
    /// - Parameters:
    ///   - x: `[batch, channel, height, width]`.
    ///   - before: pixels added at the left and at the top.
    ///   - after: pixels added at the right and at the bottom.
    /// - Returns: `[batch, channel, before + height + after, before + width + after]`; channels last stays channels last.
    /// - Throws: `TensorError` from the engine.
    func margined(_ x: Tensor, before: Int, after: Int) throws -> Tensor {
        var padded = x
        if contains(.topAndBottom) {
            padded = try padded.continued(along: 2, before: before, after: after)
        } else {
            padded = try padded.padded(top: before, bottom: after)
        }
        if contains(.leftAndRight) {
            return try padded.continued(along: 3, before: before, after: after)
        }
        return try padded.padded(left: before, right: after)
    }
}

extension Tensor {
    /// The tensor continued at both ends of an axis by itself, as often as that takes.
    fileprivate func continued(along axis: Int, before: Int, after: Int) throws -> Tensor {
        let size = size(axis)
        guard size > 0, before > 0 || after > 0 else { return self }
        var parts: [Tensor] = []
        if before % size > 0 { parts.append(try slice(size - before % size..<size, along: axis)) }
        parts += Array(repeating: self, count: before / size + 1 + after / size)
        if after % size > 0 { parts.append(try slice(0..<after % size, along: axis)) }
        return try .concatenated(parts, along: axis)
    }
}
