import Foundation

/// A zip archive as PyTorch writes it, made by hand.
struct HandmadeZip {
    struct Entry {
        var name: String
        var bytes: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0
    }
    var entries: [Entry]
    var comment: [UInt8] = []
    /// Puts sizes and places into the fields for large files.
    var isWide = false

    init(_ entries: [(String, [UInt8])]) { self.entries = entries.map { Entry(name: $0.0, bytes: $0.1) } }

    /// An archive with this pickle and these storages.
    init(pickle: [UInt8], storages: [[UInt8]] = []) {
        self.init(
            [("archive/data.pkl", pickle), ("archive/byteorder", Array("little".utf8))]
                + storages.enumerated().map { ("archive/data/\($0)", $1) })
    }

    var bytes: [UInt8] {
        var result: [UInt8] = []
        var table: [UInt8] = []
        for entry in entries {
            let place = UInt32(result.count)
            let size = UInt32(entry.bytes.count)
            let common =
                little(entry.flags) + little(entry.method) + little(UInt32(0)) + little(UInt32(0))
                + little(isWide ? .max : size) + little(isWide ? .max : size)
            let name = Array(entry.name.utf8)
            let wide =
                isWide
                ? little(UInt16(1)) + little(UInt16(24)) + little(UInt64(size)) + little(UInt64(size))
                    + little(UInt64(place)) : []
            result += little(UInt32(0x0403_4B50)) + little(UInt16(20)) + common
            result += little(UInt16(name.count)) + little(UInt16(0)) + name + entry.bytes
            table += little(UInt32(0x0201_4B50)) + little(UInt16(20)) + little(UInt16(20)) + common
            table +=
                little(UInt16(name.count)) + little(UInt16(wide.count)) + little(UInt16(0))
                + little(UInt16(0))
            table += little(UInt16(0)) + little(UInt32(0)) + little(isWide ? UInt32.max : place) + name + wide
        }
        let start = result.count
        result += table
        if isWide {
            let end = result.count
            result += little(UInt32(0x0606_4B50)) + little(UInt64(44)) + little(UInt32(0)) + little(UInt64(0))
            result += little(UInt64(entries.count)) + little(UInt64(entries.count))
            result += little(UInt64(table.count)) + little(UInt64(start))
            result +=
                little(UInt32(0x0706_4B50)) + little(UInt32(0)) + little(UInt64(end)) + little(UInt32(1))
        }
        result += little(UInt32(0x0605_4B50)) + little(UInt32(0))
        result +=
            little(isWide ? .max : UInt16(entries.count)) + little(isWide ? .max : UInt16(entries.count))
        result += little(UInt32(table.count)) + little(isWide ? .max : UInt32(start))
        return result + little(UInt16(comment.count)) + comment
    }
}

func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
}

/// Pieces of pickles.
enum Pickle {
    static func text(_ text: String) -> [UInt8] {
        [0x58] + little(UInt32(text.utf8.count)) + Array(text.utf8)
    }
    static func int(_ number: Int) -> [UInt8] { [0x8A, 8] + little(number) }
    static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    static func tuple(_ values: [UInt8]...) -> [UInt8] { [0x28] + values.joined() + [0x74] }
    static func ints(_ numbers: [Int]) -> [UInt8] { [0x28] + numbers.flatMap(int) + [0x74] }

    static func storage(_ kind: String = "FloatStorage", key: String = "0", count: Int) -> [UInt8] {
        tuple(text("storage"), global("torch", kind), text(key), text("cpu"), int(count)) + [0x51]
    }
    static func tensor(
        _ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]
    ) -> [UInt8] {
        global("torch._utils", "_rebuild_tensor_v2")
            + tuple(
                storage, int(offset), ints(shape), ints(strides), [0x89],
                global("collections", "OrderedDict") + [0x29, 0x52]) + [0x52]
    }
    /// A dictionary of these members, whole.
    static func file(_ members: [(String, [UInt8])]) -> [UInt8] {
        [0x80, 2, 0x7D, 0x28] + members.flatMap { text($0.0) + $0.1 } + [0x75, 0x2E]
    }
}
