/// A wish written as JSON: decoded strictly, encoded completely.
///
/// Strictly means that unknown keys, keys given twice, values of the wrong kind and values out of range are errors that
/// say where, what was expected and what was found. Keys left out take their defaults.
public protocol Recipe: Codable, Equatable, Sendable {}

extension Recipe {
    /// Reads a value from JSON text.
    ///
    /// - Parameters:
    ///   - json: the text, UTF-8.
    ///   - name: the file's name, put before the message of any error.
    /// - Returns: the value, with its defaults where keys were left out.
    /// - Throws: `RecipeError` with the place of the first mistake.
    public static func decoded(from json: String, named name: String? = nil) throws(RecipeError) -> Self {
        do {
            return try JSONTreeDecoder.decode(Self.self, from: JSONParser.tree(of: json))
        } catch {
            let cause = RecipeError(error)
            throw name.map { .inFile(name: $0, cause) } ?? cause
        }
    }

    /// The value as JSON with every default spelled out and the keys in the order of the documentation.
    ///
    /// - Parameter pretty: one key a line when true, all on one line when false.
    /// - Returns: the text, without a newline at the end.
    /// - Throws: `RecipeError.outOfRange` for a number that JSON cannot hold.
    public func json(pretty: Bool = true) throws(RecipeError) -> String {
        do { return try JSONTreeEncoder.tree(of: self).text(pretty: pretty) } catch {
            throw RecipeError(error)
        }
    }

    /// The value with some keys set to others, as `--set key=value` does.
    ///
    /// A key is a path such as `learningRate.peak` or `stages[0].resolution`. A value is JSON; what is not JSON, or
    /// stands where text is expected, is taken as text.
    /// - Parameter overrides: entries of the form `key=value`, applied in order.
    /// - Returns: the changed value, checked as a whole.
    /// - Throws: `RecipeError` with the nearest known key.
    public func applying(overrides: [String]) throws(RecipeError) -> Self {
        if overrides.isEmpty { return self }
        do {
            var tree = try JSONTreeEncoder.tree(of: self)
            for text in overrides { try tree.apply(override: text) }
            return try JSONTreeDecoder.decode(Self.self, from: tree)
        } catch { throw RecipeError(error) }
    }
}

extension RecipeError {
    /// Any error of decoding or encoding as one of ours, which nearly all are already.
    init(_ error: any Error) {
        self =
            error as? RecipeError
            ?? .wrongType(path: "recipe", expected: "a readable value", found: "\(error)")
    }
}

/// What a message calls a type.
func kindName(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "text"
    case is Bool.Type: "true or false"
    case is UInt64.Type: "a whole number from 0 to 18446744073709551615"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    default: "\(type)".hasPrefix("Array<") ? "a list" : "an object"
    }
}

/// The fields of one JSON object: refuses keys that nobody reads and says what was found in place of what.
package struct StrictFields<Key: CodingKey & CaseIterable> {
    private let container: KeyedDecodingContainer<AnyKey>

    /// Opens the object at `decoder`; `others` are keys that somebody else reads from it.
    package init(_ decoder: any Decoder, _ keys: Key.Type, besides others: [String] = []) throws {
        try self.init(decoder, Array(Key.allCases), besides: others)
    }

    /// Opens the object at `decoder`, which may have some of the keys only.
    package init(_ decoder: any Decoder, _ keys: [Key], besides others: [String] = []) throws {
        guard let container = try? decoder.container(keyedBy: AnyKey.self) else {
            throw RecipeError.wrongType(
                path: joined(decoder.codingPath), expected: "an object",
                found: JSONTreeDecoder.found(at: decoder))
        }
        self.container = container
        let known = keys.map(\.stringValue) + others
        if let stranger = container.allKeys.map(\.stringValue).sorted().first(where: { !known.contains($0) })
        {
            throw RecipeError.unknownKey(path: joined(container.codingPath), key: stranger, known: known)
        }
    }

    /// Whether the object has the key, be its value null or not.
    package func contains(_ key: Key) -> Bool { container.contains(AnyKey(key.stringValue)) }

    package func path(_ key: Key) -> String { joined(container.codingPath + [key]) }

    /// What stands at `key`, as a message says it.
    package func found(_ key: Key) -> String {
        let decoder = try? container.superDecoder(forKey: AnyKey(key.stringValue))
        guard let tree = (decoder as? JSONTreeDecoder)?.tree else { return "another value" }
        if case .list = tree { return tree.text(pretty: false) }
        return tree.found
    }

    /// The value at `key`, or nil when it is absent or null.
    package func optional<Value: Decodable>(_ key: Key, as type: Value.Type = Value.self) throws -> Value? {
        let name = AnyKey(key.stringValue)
        guard container.contains(name), try !container.decodeNil(forKey: name) else { return nil }
        return try container.decode(type, forKey: name)
    }

    /// The value at `key`, or `fallback` when it is absent.
    package func value<Value: Decodable>(_ key: Key, or fallback: Value) throws -> Value {
        let name = AnyKey(key.stringValue)
        return container.contains(name) ? try container.decode(Value.self, forKey: name) : fallback
    }

    /// The value at `key`, which must be there.
    package func required<Value: Decodable>(_ key: Key, as type: Value.Type = Value.self) throws -> Value {
        let name = AnyKey(key.stringValue)
        guard container.contains(name) else {
            throw RecipeError.missingKey(
                path: joined(container.codingPath), key: key.stringValue, expected: kindName(of: type))
        }
        return try container.decode(type, forKey: name)
    }
}
