/// One named tensor of a weight file: what it is and where its bytes lie.
public struct TensorEntry: Hashable, Sendable {
    /// The name, as the file spells it.
    public let name: String
    /// The number format.
    public let type: StoredType
    /// The sizes, outermost first; empty for a single number.
    public let shape: [Int]
    /// Where the bytes lie, counted from the start of the file.
    public let byteRange: Range<Int>

    /// The number of elements.
    public var elementCount: Int { byteRange.count / type.byteCount }
}
