import Tensors

extension KeyMap {
    /// What happens to a stored tensor on its way to the inner one.
    public enum Change: Hashable, Sendable {
        /// Nothing.
        case none
        /// Only one of equal parts along the first axis.
        case part(Int, of: Int)
        /// Rows and columns exchanged.
        case transposed
        /// A kernel of one pixel becomes a matrix; a matrix stays one.
        case kernelToMatrix

        /// The shape of the inner tensor, nil when a tensor of this shape cannot be changed so.
        func shape(of stored: [Int]) -> [Int]? {
            switch self {
            case .none: return stored
            case .part(_, let count):
                guard let rows = stored.first, rows.isMultiple(of: count) else { return nil }
                return [rows / count] + stored.dropFirst()
            case .transposed: return stored.count == 2 ? [stored[1], stored[0]] : nil
            case .kernelToMatrix:
                // Vectors pass: a rule may speak of weight and bias alike.
                guard stored.count > 1 else { return stored }
                return stored[2...].allSatisfy { $0 == 1 } ? Array(stored[..<2]) : nil
            }
        }

        /// The inner tensor, a view of the stored one.
        func applied(to stored: Tensor) throws(TensorError) -> Tensor {
            switch self {
            case .none: return stored
            case .part(let index, let count):
                let rows = stored.size(0) / count
                return try stored.slice(index * rows..<(index + 1) * rows)
            case .transposed: return try stored.transposed(0, 1)
            case .kernelToMatrix: return stored.rank > 2 ? try stored.flattened(from: 1) : stored
            }
        }

        /// The stored tensor from the inner ones: all parts in order, or the one there is.
        static func undone(_ inner: [(tensor: Tensor, change: Change)]) throws(TensorError) -> Tensor? {
            guard let first = inner.first else { return nil }
            switch first.change {
            case .none: return first.tensor
            case .transposed: return try first.tensor.transposed(0, 1)
            case .kernelToMatrix:
                let shape = first.tensor.shape
                return shape.count == 2 ? try first.tensor.reshaped(to: shape + [1, 1]) : first.tensor
            case .part(_, let count):
                guard inner.count == count else { return nil }
                let ordered = inner.sorted { $0.change.index < $1.change.index }
                return try .concatenated(ordered.map(\.tensor))
            }
        }

        private var index: Int { if case .part(let index, _) = self { index } else { 0 } }
    }
}
