/// A text as token ids, cut and padded to what a network expects.
public struct Tokens: Hashable, Sendable {
    /// The ids; those from `count` on are padding.
    public let ids: [Int]
    /// How many of the ids stand for text.
    public let count: Int

    /// Takes ids of which the first `count` stand for text.
    public init(ids: [Int], count: Int) {
        self.ids = ids
        self.count = min(max(count, 0), ids.count)
    }

    /// True for each id that stands for text, false for padding.
    public var mask: [Bool] { ids.indices.map { $0 < count } }
}
