import DurableFiles
public import Foundation

/// A tensor on its way to a file: its description, and a way to get at its bytes when their turn comes.
public struct TensorToWrite {
    /// The name under which it is stored.
    public let name: String
    /// The number format of the bytes.
    public let type: StoredType
    /// The sizes, outermost first.
    public let shape: [Int]
    /// Hands the bytes, little-endian and row-major, in one or more pieces to its argument.
    let bytes: (_ take: (UnsafeRawBufferPointer) throws -> Void) throws -> Void

    /// A tensor whose bytes are fetched when they are written, so that they need not be in memory twice.
    ///
    /// `bytes` calls its argument with the tensor's memory, whole or piece by piece.
    public init(
        name: String, type: StoredType, shape: [Int],
        bytes: @escaping (_ take: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) {
        self.name = name
        self.type = type
        self.shape = shape
        self.bytes = bytes
    }

    /// A tensor whose bytes are at hand.
    public init(name: String, type: StoredType, shape: [Int], bytes: [UInt8]) {
        self.init(name: name, type: type, shape: shape) { take in try bytes.withUnsafeBytes(take) }
    }

    /// A tensor of 32-bit numbers.
    public init(name: String, shape: [Int], floats: [Float]) {
        self.init(name: name, type: .float32, shape: shape) { take in
            #if _endian(little)
                try floats.withUnsafeBytes(take)
            #else
                try floats.map(\.bitPattern.littleEndian).withUnsafeBytes(take)
            #endif
        }
    }
}

/// Writes safetensors files: the same tensors and metadata always give the same bytes.
public enum SafetensorsWriter {
    /// Writes a file whole or not at all.
    ///
    /// Tensors of wider elements come first, those of equal width by name; so each begins at a multiple of its element
    /// size. The data begin at a multiple of 8. Bytes flow from the tensors to the disk without being gathered.
    /// - Parameters:
    ///   - tensors: What to write, in any order.
    ///   - metadata: Free-form texts for the header.
    ///   - url: The file; an old one is replaced when the new one is complete.
    /// - Throws: `WeightFileError`, `DurableFileError`, and what the tensors' closures throw.
    public static func write(
        _ tensors: [TensorToWrite], metadata: [String: String] = [:], to url: URL
    ) throws {
        let ordered = tensors.sorted {
            $0.type.byteCount == $1.type.byteCount ? $0.name < $1.name : $0.type.byteCount > $1.type.byteCount
        }
        let header = try header(for: ordered, metadata: metadata, url: url)
        try DurableFile.write(to: url) { writer in
            try writer.write(header)
            for tensor in ordered {
                let expected = tensor.type.byteCount(of: tensor.shape) ?? 0
                let start = writer.byteCount
                try tensor.bytes { try writer.write($0) }
                let found = writer.byteCount - start
                guard found == expected else {
                    throw WeightFileError.wrongByteCount(
                        url, tensor: tensor.name, expected: expected, found: found)
                }
            }
        }
    }

    /// The length, the JSON and the spaces that fill it up to a multiple of 8 bytes.
    private static func header(
        for tensors: [TensorToWrite], metadata: [String: String], url: URL
    ) throws(WeightFileError) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\"__metadata__\":{" + texts.joined(separator: ",") + "}")
        }
        var names: Set<String> = []
        var position = 0
        for tensor in tensors {
            guard tensor.name != "__metadata__" else { throw .reservedName(url, name: tensor.name) }
            guard names.insert(tensor.name).inserted else { throw .duplicateName(url, name: tensor.name) }
            guard let count = tensor.type.byteCount(of: tensor.shape) else {
                throw .shapeTooLarge(url, tensor: tensor.name, shape: tensor.shape)
            }
            let (end, overflow) = position.addingReportingOverflow(count)
            guard !overflow else { throw .shapeTooLarge(url, tensor: tensor.name, shape: tensor.shape) }
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(position),\(end)]}")
            position = end
        }
        var json = Array("{\(members.joined(separator: ","))}".utf8)
        json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
        guard json.count <= SafetensorsFile.maximumHeaderLength else {
            throw .headerTooLong(url, found: UInt64(json.count), limit: SafetensorsFile.maximumHeaderLength)
        }
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
    }

    /// A text as a JSON string.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\0"..<" ": result += String(format: "\\u%04x", scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
