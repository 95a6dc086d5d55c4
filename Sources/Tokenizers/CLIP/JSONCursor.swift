import Foundation

/// Reads the JSON of tokenizer files from front to back.
///
/// A vocabulary has fifty thousand members, whose names must be told apart byte by byte: `Dictionary<String, …>` would
/// hold a letter with an accent and the letter followed by the accent equal. What nobody asks for is skipped without
/// recursion, so no depth of brackets can exhaust the stack.
struct JSONCursor {
    private let bytes: [UInt8]
    private let file: String
    private var position = 0

    /// Takes a file's bytes and its name for messages.
    init(_ data: Data, named file: String) {
        bytes = [UInt8](data)
        self.file = file
    }

    /// An object: `member` reads or skips the value of each key.
    mutating func members(
        _ member: (inout Self, String) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        try list(from: "{", to: "}") { (cursor: inout Self) throws(TokenizerError) in
            let key = try cursor.string()
            try cursor.take(":")
            try member(&cursor, key)
        }
    }

    /// An array: `element` reads or skips each value.
    mutating func elements(
        _ element: (inout Self) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        try list(from: "[", to: "]", element)
    }

    /// True where an object begins, and so on for the first character of any value.
    mutating func begins(with character: Unicode.Scalar) -> Bool {
        skipSpace()
        return byte == UInt8(ascii: character)
    }

    /// A text.
    mutating func string() throws(TokenizerError) -> String {
        try take("\"")
        let first = position
        // Most texts have no escapes and are taken as they stand.
        while let next = byte, next != UInt8(ascii: "\""), next != UInt8(ascii: "\\"), next >= 0x20 {
            position += 1
        }
        if byte == UInt8(ascii: "\"") {
            position += 1
            return try text(bytes[first..<position - 1], from: first)
        }
        var decoded = Array(bytes[first..<position])
        while let next = byte {
            position += 1
            switch next {
            case UInt8(ascii: "\""): return try text(decoded[...], from: first)
            case UInt8(ascii: "\\"): decoded.append(contentsOf: try escape())
            case 0..<0x20:
                position -= 1
                throw expected("a character or a closing quotation mark")
            default: decoded.append(next)
            }
        }
        throw expected("a closing quotation mark")
    }

    /// A whole number from zero to 2³¹ − 1.
    mutating func integer() throws(TokenizerError) -> Int32 {
        skipSpace()
        let first = position
        var value = 0
        while let digit = byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit), value <= Int32.max {
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
            position += 1
        }
        let end = byte
        guard position > first, value <= Int32.max, end != UInt8(ascii: "."), end != UInt8(ascii: "e"),
            end != UInt8(ascii: "E")
        else {
            position = first
            throw expected("a whole number from 0 to 2147483647")
        }
        return Int32(value)
    }

    /// `true` or `false`.
    mutating func boolean() throws(TokenizerError) -> Bool {
        skipSpace()
        for value in [true, false] where bytes[position...].starts(with: "\(value)".utf8) {
            position += value ? 4 : 5
            return value
        }
        throw expected("true or false")
    }

    /// Passes over a value of any kind.
    mutating func skip() throws(TokenizerError) {
        var depth = 0
        repeat {
            skipSpace()
            switch byte {
            case UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { throw expected("a value") }
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw expected("a value") }
                position += 1
            case .some(let first) where Self.isBare(first):
                while let next = byte, Self.isBare(next) { position += 1 }
            default: throw expected("a value")
            }
        } while depth > 0
    }

    /// Nothing but white space may follow.
    mutating func end() throws(TokenizerError) {
        skipSpace()
        guard position == bytes.count else { throw expected("the end of the file") }
    }

    /// A letter, digit or sign of `true`, `null`, `-1.5e3`.
    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }

    private mutating func list(
        from opening: Unicode.Scalar, to closing: Unicode.Scalar,
        _ item: (inout Self) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        try take(opening)
        skipSpace()
        if byte == UInt8(ascii: closing) {
            position += 1
            return
        }
        while true {
            try item(&self)
            skipSpace()
            if byte == UInt8(ascii: closing) {
                position += 1
                return
            }
            guard byte == UInt8(ascii: ",") else { throw expected("\",\" or \"\(closing)\"") }
            position += 1
        }
    }

    private func text(_ decoded: ArraySlice<UInt8>, from first: Int) throws(TokenizerError) -> String {
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw .malformed(file: file, offset: first, expected: "text in UTF-8")
        }
        return text
    }

    /// What stands behind a backslash, as UTF-8.
    private mutating func escape() throws(TokenizerError) -> [UInt8] {
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
            var unit = try hexadecimal()
            if (0xD800..<0xDC00).contains(unit), byte == UInt8(ascii: "\\"), position + 1 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw expected("a pair of surrogates") }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw expected("a pair of surrogates") }
            return Array(UTF8.encode(scalar) ?? .init())
        default:
            position -= 1
            throw expected("one of \"\\/bfnrtu after a backslash")
        }
    }

    private mutating func hexadecimal() throws(TokenizerError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = byte.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw expected("a hexadecimal digit")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ wanted: Unicode.Scalar) throws(TokenizerError) {
        skipSpace()
        guard byte == UInt8(ascii: wanted) else { throw expected("\"\(wanted)\"") }
        position += 1
    }

    private mutating func skipSpace() {
        while let next = byte, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { position += 1 }
    }

    private func expected(_ expected: String) -> TokenizerError {
        .malformed(file: file, offset: position, expected: expected)
    }
}
