/// Reads any `Decodable` value out of a tree, and says of a misfit where it is, what was expected and what was found.
///
/// `JSONDecoder` gives no path for a number that does not fit, and cannot say what was found. Whole numbers may be written
/// as `1e6`.
struct JSONTreeDecoder: Decoder {
    let tree: JSONTree
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]

    static func decode<Value: Decodable>(_ type: Value.Type, from tree: JSONTree) throws -> Value {
        try JSONTreeDecoder(tree: tree, codingPath: []).value(type)
    }

    /// What stands where `decoder` stands, as a message says it.
    static func found(at decoder: any Decoder) -> String {
        (decoder as? JSONTreeDecoder)?.tree.found ?? "something else"
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = tree else { throw misfit("an object") }
        let values = Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
        return KeyedDecodingContainer(Keyed<Key>(values: values, codingPath: codingPath))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .list(let values) = tree else { throw misfit("a list") }
        return Unkeyed(values: values, codingPath: codingPath)
    }
    func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

    private func misfit(_ expected: String) -> RecipeError {
        .wrongType(path: joined(codingPath), expected: expected, found: tree.found)
    }

    fileprivate func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let made: Any? =
            switch (type, tree) {
            case (is JSONTree.Type, _): tree
            case (is String.Type, .text(let text)): text
            case (is Bool.Type, .bool(let value)): value
            case (is Double.Type, .number(let digits)): Double(digits).flatMap { $0.isFinite ? $0 : nil }
            case (is Float.Type, .number(let digits)): Float(digits).flatMap { $0.isFinite ? $0 : nil }
            case (let whole as any FixedWidthInteger.Type, .number(let digits)): Self.whole(whole, digits)
            default: nil
            }
        if let made = made as? Value { return made }
        if type is String.Type || type is Bool.Type || type is any BinaryFloatingPoint.Type
            || type is any FixedWidthInteger.Type
        {
            throw misfit(kindName(of: type))
        }
        return try Value(from: self)
    }

    private static func whole<Value: FixedWidthInteger>(_ type: Value.Type, _ digits: String) -> Value? {
        Value(digits) ?? Double(digits).flatMap { abs($0) < 1e15 ? Value(exactly: $0) : nil }
    }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let values: [String: JSONTree]
        let codingPath: [any CodingKey]

        var allKeys: [Key] { values.keys.sorted().compactMap { Key(stringValue: $0) } }
        func contains(_ key: Key) -> Bool { values[key.stringValue] != nil }
        private func decoder(_ key: any CodingKey) throws -> JSONTreeDecoder {
            guard let tree = values[key.stringValue] else {
                throw RecipeError.missingKey(
                    path: joined(codingPath), key: key.stringValue, expected: "a value")
            }
            return JSONTreeDecoder(tree: tree, codingPath: codingPath + [key])
        }
        func decodeNil(forKey key: Key) throws -> Bool { try decoder(key).tree == .null }
        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try decoder(key).value(type)
        }
        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { try decoder(key).container(keyedBy: type) }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try decoder(key).unkeyedContainer()
        }
        func superDecoder() throws -> any Decoder { try decoder(AnyKey("super")) }
        func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let values: [JSONTree]
        let codingPath: [any CodingKey]
        var currentIndex = 0

        var count: Int? { values.count }
        var isAtEnd: Bool { currentIndex >= values.count }
        private mutating func next() throws -> JSONTreeDecoder {
            guard !isAtEnd else {
                throw RecipeError.wrongType(
                    path: joined(codingPath), expected: "more than \(values.count) values", found: "no more")
            }
            defer { currentIndex += 1 }
            let key = AnyKey(intValue: currentIndex).map { [$0] } ?? []
            return JSONTreeDecoder(tree: values[currentIndex], codingPath: codingPath + key)
        }
        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd, values[currentIndex] == .null else { return false }
            currentIndex += 1
            return true
        }
        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().value(type) }
        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try next().unkeyedContainer()
        }
        mutating func superDecoder() throws -> any Decoder { try next() }
    }

    private struct Single: SingleValueDecodingContainer {
        let decoder: JSONTreeDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }

        func decodeNil() -> Bool { decoder.tree == .null }
        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }
    }
}
