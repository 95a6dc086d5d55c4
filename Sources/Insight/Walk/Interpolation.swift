import Foundation
public import Tensors

/// How to get from one conditioning to another.
public enum Interpolation: String, CaseIterable, Codable, Sendable {
    /// The straight line: `(1 − s)·a + s·b`. Shorter in the middle than at its ends.
    case linear
    /// Each token's vector turns from a to b in their common plane, its length changing evenly.
    ///
    /// Keeps tokens as long as the network is used to. Source: Shoemake 1985, for quaternions.
    case spherical

    /// What lies `share` of the way from `a` to `b`.
    ///
    /// Tokens are the last axis; tokens that are nearly parallel, opposite or zero go straight.
    /// - Parameters:
    ///   - a: the conditioning at share 0, such as `[1, tokens, width]`.
    ///   - b: the conditioning at share 1, of the same shape.
    ///   - share: 0 to 1; beyond, the walk goes on.
    /// - Returns: a tensor of the same shape; exactly `a` at 0 and `b` at 1.
    /// - Throws: `InsightError.conditioningMismatch`, `TensorError`.
    public func between(_ a: Tensor, _ b: Tensor, share: Double) throws -> Tensor {
        guard a.shape == b.shape, a.rank >= 1 else {
            throw InsightError.conditioningMismatch(from: a.shape, to: b.shape)
        }
        if share == 0 { return a }
        if share == 1 { return b }
        switch self {
        case .linear: return try a * (1 - share) + b * share
        case .spherical: return try Self.turned(a, b, share)
        }
    }

    private static func turned(_ a: Tensor, _ b: Tensor, _ share: Double) throws -> Tensor {
        let (lengthA, lengthB) = (try a.norm(-1, keepingAxes: true), try b.norm(-1, keepingAxes: true))
        let width = a.size(-1)
        let count = a.count / max(width, 1)
        // A handful of angles: computed as plain numbers, in double precision.
        let dots = try (a * b).sum(-1).values(as: Float.self)
        let (la, lb) = (try lengthA.values(as: Float.self), try lengthB.values(as: Float.self))
        var (partA, partB) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
        for token in 0..<count {
            let (x, y) = (Double(la[token]), Double(lb[token]))
            (partA[token], partB[token]) = Self.parts(dot: Double(dots[token]), x, y, share)
        }
        let shape = lengthA.shape
        let factorA = try Tensor(partA, shape: shape).to(a.device, a.dtype)
        let factorB = try Tensor(partB, shape: shape).to(b.device, b.dtype)
        return try a * factorA + b * factorB
    }

    /// The factors of a and of b for one token.
    private static func parts(dot: Double, _ lengthA: Double, _ lengthB: Double, _ share: Double) -> (
        Float, Float
    ) {
        let straight = (Float(1 - share), Float(share))
        guard lengthA > 1e-9, lengthB > 1e-9 else { return straight }
        let cosine = min(max(dot / (lengthA * lengthB), -1), 1)
        guard abs(cosine) < 0.9995 else { return straight }
        let angle = acos(cosine)
        let length = lengthA * (1 - share) + lengthB * share
        return (
            Float(sin((1 - share) * angle) / sin(angle) * length / lengthA),
            Float(sin(share * angle) / sin(angle) * length / lengthB)
        )
    }
}
