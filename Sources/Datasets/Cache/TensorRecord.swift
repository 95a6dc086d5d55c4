public import WeightFiles

/// An array of numbers as it is kept in a cache: pixels now, and whatever else is dear to compute.
public struct TensorRecord: Sendable, Equatable {
    /// The type of its numbers.
    public let type: StoredType
    /// The sides, outermost first.
    public let shape: [Int]
    /// The numbers, least bytes first, row by row.
    public let bytes: [UInt8]

    /// An array of numbers; nil when the bytes are not as many as type and shape say.
    public init?(type: StoredType, shape: [Int], bytes: [UInt8]) {
        guard Self.byteCount(type, shape) == bytes.count, shape.count <= 255 else { return nil }
        (self.type, self.shape, self.bytes) = (type, shape, bytes)
    }

    /// The record as it is stored: the length of the type's name and the name, the number of sides and the sides as 32 bits
    /// each, the numbers.
    public var encoded: [UInt8] {
        var all: [UInt8] = []
        all.reserveCapacity(bytes.count + 64)
        all.append(UInt8(type.rawValue.utf8.count))
        all += type.rawValue.utf8
        all.append(UInt8(shape.count))
        for side in shape { withUnsafeBytes(of: UInt32(side).littleEndian) { all.append(contentsOf: $0) } }
        return all + bytes
    }

    /// Reads what `encoded` gives; nil when it is something else.
    public init?(encoded: [UInt8]) {
        var rest = encoded[...]
        guard let length = rest.popFirst(), rest.count > Int(length),
            let type = StoredType(rawValue: String(decoding: rest.prefix(Int(length)), as: UTF8.self))
        else { return nil }
        rest = rest.dropFirst(Int(length))
        guard let sides = rest.popFirst(), rest.count >= 4 * Int(sides) else { return nil }
        let shape = (0..<Int(sides)).map { side in
            (0..<4).reduce(0) { $0 | Int(rest[rest.startIndex + 4 * side + $1]) << (8 * $1) }
        }
        self.init(type: type, shape: shape, bytes: Array(rest.dropFirst(4 * Int(sides))))
    }

    /// Bytes that an array takes; nil where no computer has so many.
    private static func byteCount(_ type: StoredType, _ shape: [Int]) -> Int? {
        var count = type.byteCount
        for side in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: side)
            guard (0...Int(UInt32.max)).contains(side), !overflow else { return nil }
            count = product
        }
        return count
    }
}
