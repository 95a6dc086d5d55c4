import Foundation

/// The pieces of a byte-level vocabulary and the rules by which they are joined.
///
/// A word begins as one piece a byte, the last with `</w>` behind it. Of all neighbours that a rule joins, those of the
/// earliest rule are joined first, the leftmost first, until no rule fits. Time for a word of n bytes is proportional
/// to n log n; nothing is remembered between words.
/// Source: Sennrich et al. 2016; Radford et al. 2021 (CLIP).
struct BytePairVocabulary: Sendable {
    /// What stands behind the last letter of a word.
    static let wordEnd = "</w>"

    /// The pieces with their ids, in the order of the ids.
    let pieces: [(name: String, id: Int32)]

    private let ids: PieceTrie
    /// Rank of the rule and id of what it makes, by the ids of the two that it joins.
    private let rules: [UInt64: (rank: UInt32, id: Int32)]
    /// The piece of each byte within a word, and at its end.
    private let inner: [Int32]
    private let last: [Int32]

    /// Takes pieces with their ids, the rules in order, and the piece that stands for bytes without one.
    init(
        pieces: [(name: String, id: Int32)], rules lines: [Rule], unknown: String
    ) throws(TokenizerError) {
        var ids = PieceTrie()
        var sorted = true
        for (place, piece) in pieces.enumerated() {
            guard !piece.name.isEmpty else { throw .emptyPiece(id: Int(piece.id)) }
            if let earlier = ids.insert(piece.name.unicodeScalars, id: piece.id) {
                throw .repeatedPiece(piece.name, first: earlier, second: Int(piece.id))
            }
            if place > 0, pieces[place - 1].id >= piece.id { sorted = false }
        }
        let pieces = sorted ? pieces : pieces.sorted { $0.id < $1.id }
        for (piece, next) in zip(pieces, pieces.dropFirst()) where piece.id == next.id {
            throw .repeatedID(Int(piece.id), first: piece.name, second: next.name)
        }
        func id(_ scalars: some Sequence<Unicode.Scalar>, after node: Int32 = 0) -> Int32? {
            ids.node(from: node, along: scalars).flatMap { ids.piece(at: $0) }
        }

        var rules: [UInt64: (rank: UInt32, id: Int32)] = [:]
        rules.reserveCapacity(lines.count)
        for (rank, line) in lines.enumerated() {
            guard let left = ids.node(along: line.left), let leftID = ids.piece(at: left),
                let rightID = id(line.right), let both = id(line.right, after: left)
            else {
                let parts = [Array(line.left), Array(line.right), Array(line.left + line.right)]
                throw .unknownRulePart(
                    Self.text(parts.first { id($0) == nil } ?? []), rule: line.description, number: rank + 1)
            }
            // A rule that stands there twice counts where it stands last.
            rules[Self.key(leftID, rightID)] = (UInt32(clamping: rank), both)
        }

        let unknownID = id(unknown.unicodeScalars)
        var missing = false
        func symbol(_ scalars: [Unicode.Scalar]) -> Int32 {
            if let known = id(scalars) { return known }
            if unknownID == nil { missing = true }
            return unknownID ?? 0
        }
        inner = ByteAlphabet.characters.map { symbol([$0]) }
        last = ByteAlphabet.characters.map { symbol([$0] + Array(Self.wordEnd.unicodeScalars)) }
        if missing { throw .missingPiece(unknown, count: pieces.count) }
        (self.pieces, self.ids, self.rules) = (pieces, ids, rules)
    }

    /// The id of a piece, spelt as in the vocabulary.
    func id(of piece: String) -> Int32? {
        ids.node(along: piece.unicodeScalars).flatMap { ids.piece(at: $0) }
    }

    /// The piece of that id.
    func piece(at id: Int) -> String? {
        // Ids that have no gap are their own places.
        if pieces.indices.contains(id), Int(pieces[id].id) == id { return pieces[id].name }
        var (low, high) = (0, pieces.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(pieces[middle].id) < id { low = middle + 1 } else { high = middle }
        }
        return low < pieces.count && Int(pieces[low].id) == id ? pieces[low].name : nil
    }

    /// The pieces of a word's bytes.
    func encode(_ word: [UInt8]) -> [Int32] {
        guard let end = word.last else { return [] }
        var ids = word.dropLast().map { inner[Int($0)] } + [last[Int(end)]]
        guard ids.count > 1 else { return ids }
        /// The place behind and before each one that still stands; one that was joined to its left has the id −1.
        var next = Array(1...ids.count)
        var previous = Array(-1..<ids.count - 1)
        var queue = MergeQueue()
        func offer(_ place: Int) {
            guard place >= 0, next[place] < ids.count,
                let rule = rules[Self.key(ids[place], ids[next[place]])]
            else { return }
            queue.insert(rank: rule.rank, place: place)
        }
        for place in ids.indices.dropLast() { offer(place) }
        while let (rank, place) = queue.removeFirst() {
            guard ids[place] >= 0, next[place] < ids.count else { continue }
            let right = next[place]
            // What stood here when the rule was found may have been joined otherwise since.
            guard let rule = rules[Self.key(ids[place], ids[right])], rule.rank == rank else { continue }
            ids[place] = rule.id
            ids[right] = -1
            next[place] = next[right]
            if next[right] < ids.count { previous[next[right]] = place }
            offer(previous[place])
            offer(place)
        }
        return ids.filter { $0 >= 0 }
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// Two neighbouring pieces that become one.
    struct Rule: CustomStringConvertible {
        var left: ArraySlice<Unicode.Scalar>
        var right: ArraySlice<Unicode.Scalar>
        var description: String { BytePairVocabulary.text(left) + " " + BytePairVocabulary.text(right) }
    }
}

/// Rules that fit somewhere, the earliest rule first and at its leftmost place.
private struct MergeQueue {
    /// A heap: rank in the upper half, place in the lower.
    private var entries: [UInt64] = []

    mutating func insert(rank: UInt32, place: Int) {
        entries.append(UInt64(rank) << 32 | UInt64(UInt32(clamping: place)))
        var child = entries.count - 1
        while child > 0, entries[child] < entries[(child - 1) / 2] {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> (rank: UInt32, place: Int)? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        if !entries.isEmpty {
            entries[0] = last
            var parent = 0
            while true {
                var child = 2 * parent + 1
                guard child < entries.count else { break }
                if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
                guard entries[child] < entries[parent] else { break }
                entries.swapAt(parent, child)
                parent = child
            }
        }
        return (UInt32(truncatingIfNeeded: first >> 32), Int(UInt32(truncatingIfNeeded: first)))
    }
}
