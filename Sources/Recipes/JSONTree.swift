/// A JSON text as a tree that keeps the order of keys and the spelling of numbers.
indirect enum JSONTree: Equatable, Sendable {
    case object([Member])
    case list([JSONTree])
    case text(String)
    case number(String)
    case bool(Bool)
    case null

    struct Member: Equatable, Sendable {
        var key: String
        var value: JSONTree
    }

    /// What a message says was found: the kind, and the value when it is short.
    var found: String {
        switch self {
        case .object: "an object"
        case .list(let values): values.isEmpty ? "an empty list" : "a list"
        case .text(let text): "the text \"\(text.count > 40 ? text.prefix(40) + "…" : text[...])\""
        case .number(let digits): digits
        case .bool(let value): value ? "true" : "false"
        case .null: "null"
        }
    }

    /// The keys of an object, none for anything else.
    var keys: [String] {
        if case .object(let members) = self { members.map(\.key) } else { [] }
    }

    /// The text of the tree: on one line, or with two spaces a level when `pretty`.
    ///
    /// Lists of single values stay on one line in both forms.
    func text(pretty: Bool, indent: Int = 0) -> String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let digits): return digits
        case .text(let text): return Self.quoted(text)
        case .list(let values):
            let isFlat = values.allSatisfy { if case .object = $0 { false } else { true } }
            let parts = values.map { $0.text(pretty: pretty, indent: indent + 1) }
            return Self.enclosed(parts, "[", "]", pretty: pretty && !isFlat, indent: indent)
        case .object(let members):
            let colon = pretty ? ": " : ":"
            let parts = members.map {
                Self.quoted($0.key) + colon + $0.value.text(pretty: pretty, indent: indent + 1)
            }
            return Self.enclosed(parts, "{", "}", pretty: pretty, indent: indent)
        }
    }

    private static func enclosed(
        _ parts: [String], _ open: String, _ close: String, pretty: Bool, indent: Int
    ) -> String {
        guard pretty, !parts.isEmpty else { return open + parts.joined(separator: ", ") + close }
        let margin = String(repeating: "  ", count: indent)
        return "\(open)\n\(margin)  " + parts.joined(separator: ",\n\(margin)  ") + "\n\(margin)\(close)"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// A coding key of any name.
struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) { (stringValue, intValue) = (name, nil) }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { (stringValue, self.intValue) = (String(intValue), intValue) }
}

/// The path of a value as people write it: `stages[1].resolution`, and `recipe` for the root.
func joined(_ path: [any CodingKey]) -> String {
    let text = path.reduce("") { text, key in
        if let index = key.intValue { return text + "[\(index)]" }
        return text.isEmpty ? key.stringValue : text + "." + key.stringValue
    }
    return text.isEmpty ? "recipe" : text
}
