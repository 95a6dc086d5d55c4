/// Finds the longest piece at a place in a text, in time proportional to that piece.
///
/// A tree of characters: an edge leads from a node by one Unicode scalar to the next node.
struct PieceTrie: Sendable {
    private var edges: [UInt64: Int32] = [:]
    /// The piece that ends at each node; -1 where none does.
    private var pieces: [Int32] = [-1]

    init(capacity: Int) {
        edges.reserveCapacity(capacity)
        pieces.reserveCapacity(capacity)
    }

    /// Adds a piece; returns the id under which it is already known, or nil when it is new.
    mutating func insert(_ piece: some Sequence<Unicode.Scalar>, id: Int32) -> Int? {
        var node: Int32 = 0
        for scalar in piece {
            let key = Self.key(node, scalar)
            if let next = edges[key] {
                node = next
            } else {
                node = Int32(truncatingIfNeeded: pieces.count)
                edges[key] = node
                pieces.append(-1)
            }
        }
        guard pieces[Int(node)] < 0 else { return Int(pieces[Int(node)]) }
        pieces[Int(node)] = id
        return nil
    }

    /// The longest piece that `text` begins with, and its length in scalars.
    func longestPrefix(of text: ArraySlice<Unicode.Scalar>) -> (id: Int, length: Int)? {
        var node: Int32 = 0
        var best: (id: Int, length: Int)?
        var length = 0
        for scalar in text {
            guard let next = edges[Self.key(node, scalar)] else { break }
            node = next
            length += 1
            if pieces[Int(node)] >= 0 { best = (Int(pieces[Int(node)]), length) }
        }
        return best
    }

    private static func key(_ node: Int32, _ scalar: Unicode.Scalar) -> UInt64 {
        // 21 bits hold every scalar.
        UInt64(UInt32(bitPattern: node)) << 21 | UInt64(scalar.value)
    }
}
