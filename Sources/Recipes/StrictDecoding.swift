import Foundation

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
            _ = try JSONParser.tree(of: json)
            return try JSONDecoder().decode(Self.self, from: Data(json.utf8))
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
            return try Self.decoded(from: tree.text(pretty: false))
        } catch { throw RecipeError(error) }
    }
}

extension RecipeError {
    /// Any error of decoding as one of ours.
    init(_ error: any Error) {
        switch error {
        case let error as RecipeError: self = error
        case DecodingError.typeMismatch(let type, let context):
            self = .wrongType(
                path: joined(context.codingPath), expected: kindName(of: type), found: "something else")
        case DecodingError.valueNotFound(let type, let context):
            self = .wrongType(path: joined(context.codingPath), expected: kindName(of: type), found: "null")
        case DecodingError.keyNotFound(let key, let context):
            self = .missingKey(path: joined(context.codingPath), key: key.stringValue, expected: "a value")
        case DecodingError.dataCorrupted(let context):
            self = .wrongType(
                path: joined(context.codingPath), expected: "a readable value",
                found: context.debugDescription)
        default:
            self = .wrongType(path: "recipe", expected: "a readable value", found: "\(error)")
        }
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
    case is [String: Int].Type, is [String: Any].Type: "an object"
    default: "\(type)".hasPrefix("Array<") ? "a list" : "an object"
    }
}

/// The fields of one JSON object: refuses keys that nobody reads and says what was found in place of what.
struct StrictFields<Key: CodingKey & CaseIterable> {
    private let container: KeyedDecodingContainer<AnyKey>

    init(_ decoder: any Decoder, _ keys: Key.Type) throws {
        guard let container = try? decoder.container(keyedBy: AnyKey.self) else {
            throw RecipeError.wrongType(
                path: joined(decoder.codingPath), expected: "an object",
                found: (try? JSONTree(from: decoder).found) ?? "something else")
        }
        self.container = container
        let known = Key.allCases.map(\.stringValue)
        if let stranger = container.allKeys.map(\.stringValue).sorted().first(where: { !known.contains($0) })
        {
            throw RecipeError.unknownKey(path: joined(container.codingPath), key: stranger, known: known)
        }
    }

    func path(_ key: Key) -> String { joined(container.codingPath + [key]) }

    /// The value at `key`, or nil when it is absent or null.
    func optional<Value: Decodable>(_ key: Key, as type: Value.Type = Value.self) throws -> Value? {
        let name = AnyKey(key.stringValue)
        guard container.contains(name), try !container.decodeNil(forKey: name) else { return nil }
        return try decode(type, name)
    }

    /// The value at `key`, or `fallback` when it is absent.
    func value<Value: Decodable>(_ key: Key, or fallback: Value) throws -> Value {
        let name = AnyKey(key.stringValue)
        return container.contains(name) ? try decode(Value.self, name) : fallback
    }

    /// The value at `key`, which must be there.
    func required<Value: Decodable>(_ key: Key, as type: Value.Type = Value.self) throws -> Value {
        let name = AnyKey(key.stringValue)
        guard container.contains(name) else {
            throw RecipeError.missingKey(
                path: joined(container.codingPath), key: key.stringValue, expected: kindName(of: type))
        }
        return try decode(type, name)
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ key: AnyKey) throws -> Value {
        do {
            return try container.decode(type, forKey: key)
        } catch let error as DecodingError {
            throw explained(error, expected: type, key)
        }
    }

    private func explained(_ error: DecodingError, expected type: any Any.Type, _ key: AnyKey) -> RecipeError
    {
        let (context, wanted): (DecodingError.Context, any Any.Type) =
            switch error {
            case .typeMismatch(let type, let context), .valueNotFound(let type, let context): (context, type)
            case .keyNotFound(_, let context), .dataCorrupted(let context): (context, type)
            @unknown default: (.init(codingPath: container.codingPath + [key], debugDescription: ""), type)
            }
        let inner = context.codingPath.dropFirst(container.codingPath.count + 1)
        var expected = kindName(of: wanted)
        if case .dataCorrupted = error, !inner.isEmpty { expected = "a value that fits" }
        var tree = try? container.decode(JSONTree.self, forKey: key)
        for step in inner { tree = step.intValue.map { tree?[$0] } ?? tree?[step.stringValue] }
        return .wrongType(
            path: joined(context.codingPath), expected: expected, found: tree?.found ?? "something else")
    }
}
