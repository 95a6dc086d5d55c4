import Tensors

/// How the names of a foreign file and the inner names correspond: data, read in both directions.
public struct KeyMap: Sendable {
    /// What happens to a stored tensor on its way to the inner one.
    public enum Change: Hashable, Sendable {
        /// Nothing.
        case none
        /// Only one of equal parts along the first axis.
        case part(Int, of: Int)
        /// Rows and columns exchanged.
        case transposed
        /// A 1 × 1 kernel becomes a matrix.
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
                // Some files hold the matrix already.
                if stored.count == 2 { return stored }
                return stored.count == 4 && stored[2...] == [1, 1] ? Array(stored[..<2]) : nil
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
            case .kernelToMatrix: return try stored.flattened(from: 1)
            }
        }
    }
}
