extension StrictFields {
    /// The value at `key` or `fallback`, refused outside `range`.
    package func value<Value: Decodable & Comparable>(
        _ key: Key, or fallback: Value, in range: ClosedRange<Value>
    ) throws -> Value {
        try value(key, or: fallback, "a number from \(range.lowerBound) to \(range.upperBound)") {
            range.contains($0)
        }
    }

    /// The value at `key` or `fallback`, refused below `least`.
    package func value<Value: Decodable & Comparable>(_ key: Key, or fallback: Value, atLeast least: Value)
        throws
        -> Value
    {
        try value(key, or: fallback, "a number of at least \(least)") { $0 >= least }
    }

    /// The value at `key` or `fallback`, refused unless above zero.
    package func positive(_ key: Key, or fallback: Double) throws -> Double {
        try value(key, or: fallback, "a number above 0") { $0 > 0 }
    }

    /// The value at `key` or `fallback`, refused with "expected `expected`" unless `isValid`.
    package func value<Value: Decodable>(
        _ key: Key, or fallback: Value, _ expected: String, _ isValid: (Value) -> Bool
    ) throws -> Value {
        let value = try value(key, or: fallback)
        guard isValid(value) else { throw outOfRange(key, expected) }
        return value
    }

    /// The value at `key`, nil when absent or null, refused unless in `range`.
    package func optional<Value: Decodable & Comparable>(_ key: Key, in range: ClosedRange<Value>) throws
        -> Value?
    {
        guard let value = try optional(key, as: Value.self) else { return nil }
        guard range.contains(value) else {
            throw outOfRange(key, "a number from \(range.lowerBound) to \(range.upperBound), or null")
        }
        return value
    }

    /// The value at `key`, which must be there, refused unless in `range`.
    package func required<Value: Decodable & Comparable>(
        _ key: Key, in range: ClosedRange<Value>
    ) throws -> Value {
        let value = try required(key, as: Value.self)
        guard range.contains(value) else {
            throw outOfRange(key, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// The error of a value at `key` that no computation can use.
    package func outOfRange(_ key: Key, _ expected: String) -> RecipeError {
        .outOfRange(path: path(key), expected: expected, found: found(key))
    }

    /// The error of values that contradict each other, told at `key`.
    package func contradiction(_ key: Key, _ problem: String, _ remedy: String) -> RecipeError {
        .contradiction(path: path(key), problem: problem, remedy: remedy)
    }
}

/// A choice written as its name, or as an object whose only key is the name: `"ddim"` or `{"ddim": {"eta": 0.5}}`.
struct NamedChoice {
    let name: String
    let path: String
    private let options: (any Decoder)?

    init(_ decoder: any Decoder, what: String) throws {
        path = joined(decoder.codingPath)
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            (self.name, options) = (name, nil)
        } else if let container = try? decoder.container(keyedBy: AnyKey.self), container.allKeys.count == 1,
            let key = container.allKeys.first
        {
            name = key.stringValue
            options = try container.superDecoder(forKey: key)
        } else {
            let keys = (decoder as? JSONTreeDecoder)?.tree.keys.joined(separator: ", ") ?? ""
            throw RecipeError.wrongType(
                path: path, expected: "the name of a \(what), or an object with that name as its only key",
                found: keys.isEmpty ? JSONTreeDecoder.found(at: decoder) : "an object with the keys \(keys)")
        }
    }

    /// The options under the name, or those of `{}` when only the name was given.
    func options<Value: Decodable>(or fallback: Value) throws -> Value {
        guard let options else { return fallback }
        return try Value(from: options)
    }

    /// The options under the name, of which there may be those keys; nil when only the name was given.
    func fields<Key: CodingKey & CaseIterable>(_ keys: [Key]) throws -> StrictFields<Key>? {
        try options.map { try StrictFields($0, keys) }
    }

    /// Refuses options for a choice that has none.
    func refuseOptions() throws {
        if let options { _ = try StrictFields(options, NoKey.self) }
    }

    private enum NoKey: String, CodingKey, CaseIterable {
        case none = "(none)"
    }

    /// Writes the name alone.
    static func encode(_ name: String, to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    /// Writes an object with the name as its only key.
    static func encode(_ name: String, _ options: some Encodable, to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        try container.encode(options, forKey: AnyKey(name))
    }
}

/// An enumeration of plain names, decoded with the nearest names in the error.
protocol PlainChoice: RawRepresentable<String>, CaseIterable, Codable {
    static var what: String { get }
}

extension PlainChoice {
    /// The case of that name.
    static func named(_ name: String, at path: String) throws(RecipeError) -> Self {
        guard let value = Self(rawValue: name) else {
            throw .unknownChoice(path: path, what: what, found: name, known: allCases.map(\.rawValue))
        }
        return value
    }

    static func decode(from decoder: any Decoder) throws -> Self {
        let choice = try NamedChoice(decoder, what: what)
        let value = try named(choice.name, at: choice.path)
        try choice.refuseOptions()
        return value
    }
}
