public import Foundation

/// A safetensors file, opened by mapping it into memory: nothing is read before it is asked for.
///
/// Opening checks the whole header: every tensor lies within the file, has as many bytes as its shape and type ask for,
/// and every byte of the data belongs to exactly one tensor. After that, reading cannot leave the file. The file must
/// not be cut short while it is open; Darkroom's own files are replaced whole (`DurableFile`), so theirs are not.
///
/// Source: the safetensors format (8 bytes of header length, JSON header, data; little-endian).
public struct SafetensorsFile: WeightFile {
    /// Where the file lies.
    public let url: URL
    /// The free-form texts that the writer put in.
    public let metadata: [String: String]
    /// The tensors, in the order of their data.
    public let entries: [TensorEntry]

    private let mapping: FileMapping
    private let indices: [String: Int]

    /// The longest header that is read, as in the format's reference implementation.
    static let maximumHeaderLength = 100_000_000

    /// Opens and checks a file.
    ///
    /// - Throws: `WeightFileError` naming the file, the tensor, what was expected and what was found.
    public init(contentsOf url: URL) throws(WeightFileError) {
        try self.init(FileMapping(contentsOf: url), at: url)
    }

    init(_ mapping: FileMapping, at url: URL) throws(WeightFileError) {
        let bytes = mapping.bytes
        if let found = OtherFormat.named(by: bytes) { throw .otherFormat(url, found: found) }
        guard bytes.count >= 10 else { throw .tooShort(url, byteCount: bytes.count) }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        let limit = min(bytes.count - 8, Self.maximumHeaderLength)
        guard length <= UInt64(limit) else { throw .headerTooLong(url, found: length, limit: limit) }
        let dataStart = 8 + Int(length)
        var parser = HeaderParser(
            UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]), startingAt: 8, of: url)
        let header = try parser.parse()
        let entries = try Self.placed(header.tensors, dataStart: dataStart, end: bytes.count, url: url)
        self.url = url
        self.metadata = header.metadata
        self.entries = entries
        self.mapping = mapping
        self.indices = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    }

    /// True when the file has a tensor of that name.
    public func contains(_ name: String) -> Bool { indices[name] != nil }

    /// The tensor of that name.
    ///
    /// - Throws: `WeightFileError.missingTensor` with the nearest names.
    public func entry(named name: String) throws(WeightFileError) -> TensorEntry {
        guard let index = indices[name] else { throw .missingTensor(url, name: name, nearest: names) }
        return entries[index]
    }

    /// A tensor's bytes, little-endian and row-major, in memory that lives as long as the value.
    ///
    /// In files of other writers a tensor may begin at any address.
    /// - Throws: `WeightFileError.missingTensor` when the entry is of another file.
    public func bytes(of entry: TensorEntry) throws(WeightFileError) -> MappedBytes {
        guard let index = indices[entry.name], entries[index] == entry else {
            throw .missingTensor(url, name: entry.name, nearest: names)
        }
        return MappedBytes(mapping, entry.byteRange)
    }

    /// Lends the bytes of a tensor, little-endian, row-major, for the time of `body`.
    ///
    /// In files of other writers a tensor may begin at any address: read with `loadUnaligned` or copy.
    /// - Throws: `WeightFileError.missingTensor` when the entry is of another file, and what `body` throws.
    public func withBytes<Result>(
        of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        try bytes(of: entry).withBytes(body)
    }

    /// Lends the bytes of the tensor of that name, little-endian, row-major, for the time of `body`.
    ///
    /// - Throws: `WeightFileError.missingTensor`, and what `body` throws.
    public func withBytes<Result>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        try withBytes(of: entry(named: name), body)
    }

    /// Checks sizes and places: each tensor within the data, none sharing bytes, no byte without a tensor.
    private static func placed(
        _ tensors: [HeaderParser.Tensor], dataStart: Int, end fileEnd: Int, url: URL
    ) throws(WeightFileError) -> [TensorEntry] {
        let dataByteCount = fileEnd - dataStart
        for tensor in tensors {
            guard tensor.begin <= tensor.end, tensor.end <= dataByteCount else {
                throw .outOfRange(
                    url, tensor: tensor.name, begin: tensor.begin, end: tensor.end,
                    dataByteCount: dataByteCount)
            }
            guard let expected = tensor.type.byteCount(of: tensor.shape) else {
                throw .shapeTooLarge(url, tensor: tensor.name, shape: tensor.shape)
            }
            let found = tensor.end - tensor.begin
            guard expected == found else {
                throw .wrongByteCount(url, tensor: tensor.name, expected: expected, found: found)
            }
        }
        // Equal places are those of empty tensors; they keep the header's order.
        let ordered = tensors.enumerated().sorted {
            ($0.element.begin, $0.element.end, $0.offset) < ($1.element.begin, $1.element.end, $1.offset)
        }
        var position = 0
        var previous = ""
        var entries: [TensorEntry] = []
        entries.reserveCapacity(tensors.count)
        for (_, tensor) in ordered {
            if tensor.begin < position { throw .overlap(url, tensor: tensor.name, other: previous) }
            if tensor.begin > position {
                throw .unclaimedBytes(url, range: position..<tensor.begin, before: tensor.name)
            }
            entries.append(
                TensorEntry(
                    name: tensor.name, type: tensor.type, shape: tensor.shape,
                    byteRange: dataStart + tensor.begin..<dataStart + tensor.end))
            position = tensor.end
            previous = tensor.name
        }
        if position < dataByteCount {
            throw .unclaimedBytes(url, range: position..<dataByteCount, before: nil)
        }
        return entries
    }
}
