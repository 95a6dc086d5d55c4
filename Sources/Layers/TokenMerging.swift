public import Tensors

/// Merges pixels that look alike before they attend to each other, and spreads the result over them again.
///
/// In each 2 × 2 square the first pixel is a place that others may be merged into. Of the rest, those that are most like
/// such a place are averaged with it. The source draws the place at random; here it is fixed, so that one seed gives one
/// picture. Source: Bolya and Hoffman 2023 (arXiv 2303.17604), section 4; Bolya et al. 2022 for the matching.
public struct TokenMerging: Sendable {
    /// The share of the pixels that is merged away, 0 to 0.75.
    public let ratio: Double
    /// Only maps of this many pixels are touched.
    public let pixels: Int

    /// Merging at maps of `pixels` pixels.
    public init(ratio: Double, pixels: Int) { (self.ratio, self.pixels) = (ratio, pixels) }

    /// What was merged, and how to undo it.
    public struct Merged {
        /// `[batch, fewer tokens, width]`: those left alone, then the places.
        public let tokens: Tensor
        let places: Places
        /// Indices among the movable tokens, `[batch, count, 1]`.
        let alone, merged: Tensor
        /// The place of each merged token, `[batch, count, 1]`.
        let target: Tensor

        /// Tokens `[batch, fewer tokens, width]` spread over all pixels again, `[batch, tokens, width]`.
        /// - Throws: `TensorError` when they are not those of this merging.
        public func restored(_ tokens: Tensor) throws -> Tensor {
            let width = tokens.size(2)
            let aloneCount = alone.size(1)
            let kept = try tokens.slice(0..<aloneCount, along: 1)
            let fixed = try tokens.slice(aloneCount..<tokens.size(1), along: 1)
            let spread = try fixed.picked(target.expanded(-1, -1, width))
            let movable = try Tensor.full(
                [tokens.size(0), alone.size(1) + merged.size(1), width], 0, dtype: tokens.dtype,
                device: tokens.device
            ).placing(kept, at: alone.expanded(-1, -1, width)).placing(
                spread, at: merged.expanded(-1, -1, width))
            return try Tensor.concatenated([fixed, movable], along: 1).gathered(places.order, along: 1)
        }
    }

    /// Which tokens are places, which may move, and how both stand in the map.
    struct Places {
        /// Indices of the places, of the others, and of each token among places and others in a row.
        let fixed, movable, order: Tensor

        init(height: Int, width: Int, on device: Device) throws {
            var (fixed, movable): ([Int], [Int]) = ([], [])
            for row in 0..<height {
                for column in 0..<width {
                    let isFixed = row.isMultiple(of: 2) && column.isMultiple(of: 2)
                    if isFixed {
                        fixed.append(row * width + column)
                    } else {
                        movable.append(row * width + column)
                    }
                }
            }
            var order = [Int](repeating: 0, count: height * width)
            for (place, token) in (fixed + movable).enumerated() { order[token] = place }
            func tensor(_ values: [Int]) throws -> Tensor {
                try Tensor.indices(values, shape: [values.count]).to(device)
            }
            self.fixed = try tensor(fixed)
            self.movable = try tensor(movable)
            self.order = try tensor(order)
        }
    }

    /// Merges tokens that are the pixels of a map; nil where nothing is to be merged.
    ///
    /// - Parameters:
    ///   - x: `[batch, height · width, width of a token]`.
    ///   - height: rows of the map.
    ///   - width: columns of the map.
    /// - Returns: the tokens that are left, with what undoes the merging.
    /// - Throws: `TensorError` from the engine.
    public func merge(_ x: Tensor, height: Int, width: Int) throws -> Merged? {
        guard ratio > 0, height * width == pixels, x.size(1) == pixels, height > 1, width > 1 else {
            return nil
        }
        let places = try Places(height: height, width: width, on: x.device)
        let count = min(Int(Double(pixels) * ratio), places.movable.size(0))
        guard count > 0 else { return nil }
        let fixed = try x.gathered(places.fixed, along: 1)
        let movable = try x.gathered(places.movable, along: 1)
        let likeness = try Self.unit(movable).matmul(Self.unit(fixed).transposed(1, 2))
        let (best, target) = try likeness.largest(along: -1)
        let ranking = try best.ranking().unsqueezed(-1)
        let merged = try ranking.slice(0..<count, along: 1)
        let alone = try ranking.slice(count..<ranking.size(1), along: 1)
        let goal = try target.unsqueezed(-1).picked(merged)
        let size = x.size(2)
        let kept = try movable.picked(alone.expanded(-1, -1, size))
        let moved = try movable.picked(merged.expanded(-1, -1, size))
        let mixed = try fixed.averaging(moved, into: goal.expanded(-1, -1, size))
        return Merged(
            tokens: try .concatenated([kept, mixed], along: 1), places: places, alone: alone, merged: merged,
            target: goal)
    }

    private static func unit(_ x: Tensor) throws -> Tensor {
        try x / x.to(.float32).squared().sum(-1).squareRoot().unsqueezed(-1).clamped(from: 1e-12).to(x.dtype)
    }
}
