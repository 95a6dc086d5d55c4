/// The chunks of a PNG file in order, without looking into them; stops at the first that does not fit.
struct PNGChunks: Sequence, IteratorProtocol {
    struct Chunk {
        let kind: String
        let content: Slice<UnsafeRawBufferPointer>
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 8

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() -> Chunk? {
        guard position + 12 <= bytes.count else { return nil }
        let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        let start = position + 8
        guard start + length + 4 <= bytes.count else { return nil }
        let kind = String(decoding: bytes[position + 4..<start], as: UTF8.self)
        position = start + length + 4
        return Chunk(kind: kind, content: bytes[start..<start + length])
    }
}
