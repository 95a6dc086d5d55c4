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
    /// How far apart the elements of each axis lie, in elements; nil when they follow each other row by row.
    let strides: [Int]?

    /// A tensor of this name, type and shape whose bytes lie there.
    package init(name: String, type: StoredType, shape: [Int], byteRange: Range<Int>, strides: [Int]? = nil) {
        (self.name, self.type, self.shape) = (name, type, shape)
        (self.byteRange, self.strides) = (byteRange, strides)
    }

    /// The number of elements.
    public var elementCount: Int { shape.reduce(1, *) }
}
