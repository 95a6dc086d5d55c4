public import Foundation

/// A file of named tensors, mapped into memory: safetensors, or what PyTorch's `torch.save` wrote.
///
/// Opening reads the table of contents; the numbers stay on disk until they are asked for.
public protocol WeightFile: Sendable {
    /// Where the file lies.
    var url: URL { get }
    /// The free-form texts that the writer put in.
    var metadata: [String: String] { get }
    /// The tensors.
    var entries: [TensorEntry] { get }

    /// True when the file has a tensor of that name.
    func contains(_ name: String) -> Bool
    /// The tensor of that name.
    ///
    /// - Throws: `WeightFileError.missingTensor` with the nearest names.
    func entry(named name: String) throws(WeightFileError) -> TensorEntry
    /// A tensor's bytes, little-endian and row-major, in memory that lives as long as the value.
    ///
    /// - Throws: `WeightFileError` when the entry is of another file.
    func bytes(of entry: TensorEntry) throws(WeightFileError) -> MappedBytes
}

extension WeightFile {
    /// The names of the tensors.
    public var names: [String] { entries.map(\.name) }
}

/// A stretch of read-only memory, usually of a mapped file, that lives as long as this value or a copy of it.
public struct MappedBytes: Sendable {
    /// What keeps the memory alive.
    package let owner: FileMapping
    /// Where it lies in the owner's bytes.
    let range: Range<Int>

    init(_ owner: FileMapping, _ range: Range<Int>) { (self.owner, self.range) = (owner, range) }

    /// The number of bytes.
    public var count: Int { range.count }

    /// Lends the bytes for the time of `body`.
    ///
    /// - Throws: what `body` throws.
    public func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(owner) { try body(unmanaged) }
    }

    /// The bytes, valid only while `owner` lives.
    package var unmanaged: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: owner.bytes[range]) }

    /// Something to keep as long as the bytes are used; with it the pages go back to the system.
    ///
    /// They are read again from the file should they be needed again.
    package var loan: AnyObject { Loan(self) }

    private final class Loan {
        private let bytes: MappedBytes
        init(_ bytes: MappedBytes) { self.bytes = bytes }
        deinit { bytes.owner.discard(bytes.range) }
    }
}
