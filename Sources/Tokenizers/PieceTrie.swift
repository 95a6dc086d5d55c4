/// Finds the longest piece at a place in a text, in time proportional to that piece.
///
/// A tree of characters: an edge leads from a node by one Unicode scalar to the next node. All edges lie in one hash
/// table with open addressing, which is built several times faster than a `Dictionary` of this size.
struct PieceTrie: Sendable {
    /// Node and scalar of each edge; `empty` where the place is free.
    private var keys: [UInt64]
    /// The node that the edge at the same place leads to.
    private var targets: [Int32]
    /// The piece that ends at each node; -1 where none does.
    private var pieces: [Int32] = [-1]

    private static let empty = UInt64.max

    init() {
        keys = Array(repeating: Self.empty, count: 1024)
        targets = Array(repeating: 0, count: 1024)
    }

    /// Adds a piece; returns the id under which it is already known, or nil when it is new.
    mutating func insert(_ piece: some Sequence<Unicode.Scalar>, id: Int32) -> Int? {
        var node: Int32 = 0
        for scalar in piece {
            let key = Self.key(node, scalar)
            var place = place(of: key)
            if keys[place] == Self.empty {
                if pieces.count * 2 > keys.count {
                    grow()
                    place = self.place(of: key)
                }
                keys[place] = key
                targets[place] = Int32(truncatingIfNeeded: pieces.count)
                pieces.append(-1)
            }
            node = targets[place]
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
            let place = place(of: Self.key(node, scalar))
            if keys[place] == Self.empty { break }
            node = targets[place]
            length += 1
            if pieces[Int(node)] >= 0 { best = (Int(pieces[Int(node)]), length) }
        }
        return best
    }

    /// The node that `scalars` lead to from another one, the root by default; nil where no piece goes on like that.
    func node(from start: Int32 = 0, along scalars: some Sequence<Unicode.Scalar>) -> Int32? {
        var node = start
        for scalar in scalars {
            let place = place(of: Self.key(node, scalar))
            if keys[place] == Self.empty { return nil }
            node = targets[place]
        }
        return node
    }

    /// The piece that ends at a node.
    func piece(at node: Int32) -> Int32? {
        pieces[Int(node)] < 0 ? nil : pieces[Int(node)]
    }

    /// Where the key stands, or the free place where it would.
    private func place(of key: UInt64) -> Int {
        // The upper bits of the product depend on all bits of the key. The number of places is a power of two.
        var place = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & (keys.count - 1)
        while keys[place] != key, keys[place] != Self.empty { place = (place + 1) & (keys.count - 1) }
        return place
    }

    private mutating func grow() {
        let old = (keys, targets)
        keys = Array(repeating: Self.empty, count: old.0.count * 4)
        targets = Array(repeating: 0, count: keys.count)
        for (key, target) in zip(old.0, old.1) where key != Self.empty {
            let place = place(of: key)
            keys[place] = key
            targets[place] = target
        }
    }

    private static func key(_ node: Int32, _ scalar: Unicode.Scalar) -> UInt64 {
        // 21 bits hold every scalar, and 31 more the node, so no key is `empty`.
        UInt64(UInt32(bitPattern: node)) << 21 | UInt64(scalar.value)
    }
}
