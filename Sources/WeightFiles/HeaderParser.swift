import Foundation

/// Reads the JSON of a safetensors header, and only that JSON.
///
/// The grammar is fixed two levels deep, so there is no recursion to exhaust; a key that occurs twice, a number with a
/// sign, fraction or exponent, and text that is not UTF-8 are errors. Generic JSON readers let some of these pass.
struct HeaderParser {
    /// A tensor as the header describes it; `begin` and `end` count from the start of the data.
    struct Tensor {
        var name: String
        var type: StoredType
        var shape: [Int]
        var begin: Int
        var end: Int
    }

    private let bytes: UnsafeRawBufferPointer
    private let url: URL
    /// The header's first byte in the file, for messages.
    private let start: Int
    private var position = 0

    private static let maximumRank = 64

    init(_ bytes: UnsafeRawBufferPointer, startingAt start: Int, of url: URL) {
        self.bytes = bytes
        self.start = start
        self.url = url
    }

    /// The tensors in the header's order, and the free-form metadata.
    mutating func parse() throws(WeightFileError) -> (tensors: [Tensor], metadata: [String: String]) {
        var tensors: [Tensor] = []
        var metadata: [String: String] = [:]
        var seen: Set<String> = []
        // The format asks for `{` as the very first byte.
        guard byte == UInt8(ascii: "{") else { throw unexpected("\"{\"") }
        try members { (parser: inout Self, key: String) throws(WeightFileError) in
            guard seen.insert(key).inserted else { throw .duplicateName(parser.url, name: key) }
            if key == "__metadata__" {
                try parser.members { (parser: inout Self, key: String) throws(WeightFileError) in
                    guard metadata[key] == nil else {
                        throw .duplicateName(parser.url, name: "__metadata__." + key)
                    }
                    metadata[key] = try parser.string()
                }
            } else {
                tensors.append(try parser.tensor(named: key))
            }
        }
        skipSpace()
        guard position == bytes.count else { throw unexpected("only spaces after the last \"}\"") }
        return (tensors, metadata)
    }

    private mutating func tensor(named name: String) throws(WeightFileError) -> Tensor {
        var type: StoredType?
        var shape: [Int]?
        var offsets: [Int]?
        let opening = position
        try members { (parser: inout Self, key: String) throws(WeightFileError) in
            switch key {
            case "dtype" where type == nil:
                let found = try parser.string()
                type = StoredType(rawValue: found)
                if type == nil { throw .unknownType(parser.url, tensor: name, found: found) }
            case "shape" where shape == nil:
                shape = try parser.integers(atMost: Self.maximumRank)
            case "data_offsets" where offsets == nil:
                offsets = try parser.integers(atMost: 2)
            case "dtype", "shape", "data_offsets":
                throw .duplicateName(parser.url, name: name + "." + key)
            default:
                throw parser.malformed(
                    "dtype, shape or data_offsets in \(WeightFileError.quoted(name))",
                    found: WeightFileError.quoted(key))
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            position = opening
            throw malformed(
                "dtype, shape and two data_offsets in \(WeightFileError.quoted(name))", found: "fewer")
        }
        return Tensor(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
    }

    /// An object; `member` reads the value of each key.
    private mutating func members(
        _ member: (inout Self, String) throws(WeightFileError) -> Void
    ) throws(WeightFileError) {
        try take(UInt8(ascii: "{"))
        skipSpace()
        if byte == UInt8(ascii: "}") {
            position += 1
            return
        }
        while true {
            let key = try string()
            try take(UInt8(ascii: ":"))
            try member(&self, key)
            skipSpace()
            switch byte {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return
            default: throw unexpected("\",\" or \"}\"")
            }
        }
    }

    private mutating func integers(atMost limit: Int) throws(WeightFileError) -> [Int] {
        try take(UInt8(ascii: "["))
        skipSpace()
        if byte == UInt8(ascii: "]") {
            position += 1
            return []
        }
        var numbers: [Int] = []
        while true {
            guard numbers.count < limit else { throw unexpected("at most \(limit) numbers") }
            numbers.append(try integer())
            skipSpace()
            switch byte {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return numbers
            default: throw unexpected("\",\" or \"]\"")
            }
        }
    }

    /// A whole number of at least zero, without sign, leading zero, fraction or exponent.
    private mutating func integer() throws(WeightFileError) -> Int {
        skipSpace()
        let first = position
        var value = 0
        while let digit = byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            guard !overflow, !carry else { throw malformed("a number below 2^63", found: "a larger one") }
            value = sum
            position += 1
        }
        let length = position - first
        if length == 0 || (length > 1 && bytes[first] == UInt8(ascii: "0")) {
            position = first
            throw unexpected("a whole number")
        }
        return value
    }

    private mutating func string() throws(WeightFileError) -> String {
        try take(UInt8(ascii: "\""))
        let first = position
        var decoded: [UInt8] = []
        while let next = byte {
            position += 1
            switch next {
            case UInt8(ascii: "\""):
                guard let text = String(validating: decoded, as: UTF8.self) else {
                    position = first
                    throw malformed("text in UTF-8", found: "other bytes")
                }
                return text
            case UInt8(ascii: "\\"): decoded.append(contentsOf: try escape())
            case 0..<0x20:
                position -= 1
                throw unexpected("a character or a closing quotation mark")
            default: decoded.append(next)
            }
        }
        throw unexpected("a closing quotation mark")
    }

    /// What stands behind a backslash, as UTF-8.
    private mutating func escape() throws(WeightFileError) -> [UInt8] {
        let letter = byte
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter ?? 0]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            if let scalar = Unicode.Scalar(unit) { return Array(UTF8.encode(scalar) ?? .init()) }
            guard unit < 0xDC00, byte == UInt8(ascii: "\\"), position + 1 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw unexpected("a pair of surrogates") }
            position += 2
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
            else { throw malformed("a pair of surrogates", found: "another code") }
            return Array(UTF8.encode(scalar) ?? .init())
        default:
            position -= 1
            throw unexpected("one of \"\\/bfnrtu after a backslash")
        }
    }

    private mutating func hexadecimal() throws(WeightFileError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = byte.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw unexpected("a hexadecimal digit")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ expected: UInt8) throws(WeightFileError) {
        skipSpace()
        guard byte == expected else { throw unexpected("\"\(Character(Unicode.Scalar(expected)))\"") }
        position += 1
    }

    private mutating func skipSpace() {
        while let next = byte, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { position += 1 }
    }

    private func unexpected(_ expected: String) -> WeightFileError {
        let found =
            switch byte {
            case nil: "the end of the header"
            case .some(let next) where (0x21..<0x7F).contains(next): "\"\(Character(Unicode.Scalar(next)))\""
            case .some(let next): "the byte 0x" + String(next, radix: 16, uppercase: true)
            }
        return malformed(expected, found: found)
    }

    private func malformed(_ expected: String, found: String) -> WeightFileError {
        .malformedHeader(url, offset: start + position, expected: expected, found: found)
    }
}
