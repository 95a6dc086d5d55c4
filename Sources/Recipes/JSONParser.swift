/// Reads JSON (RFC 8259) and notices what `JSONDecoder` lets pass: a key given twice.
///
/// Nesting is bounded, so no text can exhaust the stack.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private static let deepest = 64

    private let allowsInfinity: Bool

    /// The tree of a text; with `allowsInfinity`, the `-Infinity` that Python writes is a number.
    static func tree(of text: String, allowsInfinity: Bool = false) throws(RecipeError) -> JSONTree {
        var parser = JSONParser(bytes: Array(text.utf8), allowsInfinity: allowsInfinity)
        let tree = try parser.value(path: "", depth: 0)
        parser.skipSpace()
        guard parser.next == nil else { throw parser.error("the end of the text") }
        return tree
    }

    private init(bytes: [UInt8], allowsInfinity: Bool) {
        (self.bytes, self.allowsInfinity) = (bytes, allowsInfinity)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { position += 1 }
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard let byte = next, UInt32(byte) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func accept(word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func value(path: String, depth: Int) throws(RecipeError) -> JSONTree {
        guard depth < Self.deepest else { throw error("at most \(Self.deepest) levels of nesting") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(path: path, depth: depth)
        case UInt8(ascii: "["): return try list(path: path, depth: depth)
        case UInt8(ascii: "\""): return .text(try string())
        default:
            if allowsInfinity, accept(word: "-Infinity") { return .number("-Infinity") }
            if next == UInt8(ascii: "-") || next.map(Self.isDigit) == true { return .number(try number()) }
            if accept(word: "true") { return .bool(true) }
            if accept(word: "false") { return .bool(false) }
            if accept(word: "null") { return .null }
            throw error("a value")
        }
    }

    private mutating func object(path: String, depth: Int) throws(RecipeError) -> JSONTree {
        position += 1
        var members: [JSONTree.Member] = []
        var seen: Set<String> = []
        skipSpace()
        if accept("}") { return .object([]) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a key in double quotes") }
            let key = try string()
            let keyPath = path.isEmpty ? key : path + "." + key
            guard seen.insert(key).inserted else {
                throw .duplicateKey(path: keyPath, line: place(of: position).line)
            }
            skipSpace()
            guard accept(":") else { throw error("\":\" after the key \"\(key)\"") }
            members.append(.init(key: key, value: try value(path: keyPath, depth: depth + 1)))
            skipSpace()
            if accept("}") { return .object(members) }
            guard accept(",") else { throw error("\",\" or \"}\"") }
        }
    }

    private mutating func list(path: String, depth: Int) throws(RecipeError) -> JSONTree {
        position += 1
        var values: [JSONTree] = []
        skipSpace()
        if accept("]") { return .list([]) }
        while true {
            values.append(try value(path: path + "[\(values.count)]", depth: depth + 1))
            skipSpace()
            if accept("]") { return .list(values) }
            guard accept(",") else { throw error("\",\" or \"]\"") }
        }
    }

    private mutating func number() throws(RecipeError) -> String {
        let start = position
        _ = accept("-")
        if !accept("0") { try digits() }
        if accept(".") { try digits() }
        if accept("e") || accept("E") {
            if !accept("+") { _ = accept("-") }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(RecipeError) {
        let start = position
        while let byte = next, Self.isDigit(byte) { position += 1 }
        guard position > start else { throw error("a digit") }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private mutating func string() throws(RecipeError) -> String {
        position += 1
        var result: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): result += try escape()
            case 0..<0x20:
                position -= 1
                throw error("the end of the text in double quotes on the same line")
            default: result.append(byte)
            }
        }
        throw error("a closing double quote")
    }

    private mutating func escape() throws(RecipeError) -> [UInt8] {
        guard let byte = next else { throw error("a character after \"\\\"") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            let first = try hexadecimal()
            if let scalar = Unicode.Scalar(first) { return Array(String(Character(scalar)).utf8) }
            guard (0xD800..<0xDC00).contains(first), accept("\\"), accept("u") else {
                throw error("the second half of a surrogate pair")
            }
            let second = try hexadecimal()
            guard (0xDC00..<0xE000).contains(second) else {
                throw error("the second half of a surrogate pair")
            }
            let value = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            return Unicode.Scalar(value).map { Array(String(Character($0)).utf8) } ?? []
        default:
            position -= 1
            throw error("one of \" \\ / b f n r t u after \"\\\"")
        }
    }

    private mutating func hexadecimal() throws(RecipeError) -> UInt32 {
        let end = position + 4
        guard end <= bytes.count,
            bytes[position..<end].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
        else { throw error("four hexadecimal digits") }
        position = end
        return value
    }

    private func error(_ expected: String) -> RecipeError {
        let (line, column) = place(of: position)
        let rest = String(decoding: bytes[min(position, bytes.count)...].prefix(16), as: UTF8.self)
        let found = rest.first.map { $0.isNewline ? "the end of the line" : "\"\($0)\"" }
        return .notJSON(line: line, column: column, expected: expected, found: found ?? "the end of the text")
    }

    private func place(of offset: Int) -> (line: Int, column: Int) {
        let before = String(decoding: bytes[..<min(offset, bytes.count)], as: UTF8.self)
        let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
        return (lines.count, (lines.last?.count ?? 0) + 1)
    }
}
