/// Turns any `Encodable` value into a tree whose keys stand in the order in which they were encoded.
///
/// `JSONEncoder` offers only alphabetical or arbitrary order. Absent optional values become `null`, so that a resolved
/// recipe names every key there is.
struct JSONTreeEncoder: Encoder {
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private let box = Box()

    init(codingPath: [any CodingKey] = []) { self.codingPath = codingPath }

    static func tree(of value: some Encodable) throws -> JSONTree {
        let encoder = JSONTreeEncoder()
        try value.encode(to: encoder)
        return encoder.box.tree
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .null = box.kind { box.kind = .object([]) }
        return KeyedEncodingContainer(Keyed<Key>(box: box, codingPath: codingPath))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .null = box.kind { box.kind = .list([]) }
        return Unkeyed(box: box, codingPath: codingPath)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer {
        Single(box: box, codingPath: codingPath)
    }

    /// A place in the tree that is still being filled.
    fileprivate final class Box {
        enum Kind {
            case null
            case leaf(JSONTree)
            case object([(String, Box)])
            case list([Box])
        }
        var kind = Kind.null

        var tree: JSONTree {
            switch kind {
            case .null: .null
            case .leaf(let tree): tree
            case .object(let members): .object(members.map { .init(key: $0.0, value: $0.1.tree) })
            case .list(let values): .list(values.map(\.tree))
            }
        }
        func member(_ key: String) -> Box {
            let box = Box()
            if case .object(let members) = kind { kind = .object(members + [(key, box)]) }
            return box
        }
        func element() -> Box {
            let box = Box()
            if case .list(let values) = kind { kind = .list(values + [box]) }
            return box
        }
        func put(_ value: some Encodable, at path: [any CodingKey]) throws {
            switch value {
            case let value as String: kind = .leaf(.text(value))
            case let value as Bool: kind = .leaf(.bool(value))
            case let value as Double:
                guard value.isFinite else {
                    throw RecipeError.outOfRange(
                        path: joined(path), expected: "a finite number", found: "\(value)")
                }
                let isWhole = value == value.rounded() && abs(value) < 1e15
                kind = .leaf(.number(isWhole ? String(Int(value)) : String(value)))
            case let value as any BinaryInteger: kind = .leaf(.number(String(value)))
            default:
                let encoder = JSONTreeEncoder(codingPath: path)
                try value.encode(to: encoder)
                kind = encoder.box.kind
            }
        }
    }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let box: Box
        let codingPath: [any CodingKey]

        func encodeNil(forKey key: Key) { _ = box.member(key.stringValue) }
        func encode(_ value: some Encodable, forKey key: Key) throws {
            try box.member(key.stringValue).put(value, at: codingPath + [key])
        }
        private func put(_ value: (some Encodable)?, _ key: Key) throws {
            if let value { try encode(value, forKey: key) } else { encodeNil(forKey: key) }
        }
        func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try put(value, key) }
        func encodeIfPresent(_ value: String?, forKey key: Key) throws { try put(value, key) }
        func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try put(value, key) }
        func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try put(value, key) }
        func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try put(value, key) }
        func encodeIfPresent(_ value: (some Encodable)?, forKey key: Key) throws { try put(value, key) }

        func nestedContainer<Nested: CodingKey>(
            keyedBy keyType: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            let nested = box.member(key.stringValue)
            nested.kind = .object([])
            return KeyedEncodingContainer(
                JSONTreeEncoder.Keyed<Nested>(box: nested, codingPath: codingPath + [key]))
        }
        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            let nested = box.member(key.stringValue)
            nested.kind = .list([])
            return Unkeyed(box: nested, codingPath: codingPath + [key])
        }
        func superEncoder() -> any Encoder { JSONTreeEncoder(codingPath: codingPath) }
        func superEncoder(forKey key: Key) -> any Encoder { JSONTreeEncoder(codingPath: codingPath + [key]) }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let box: Box
        let codingPath: [any CodingKey]
        var count: Int { if case .list(let values) = box.kind { values.count } else { 0 } }

        func encodeNil() { _ = box.element() }
        func encode(_ value: some Encodable) throws { try box.element().put(value, at: codingPath) }
        func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<
            Nested
        > {
            let nested = box.element()
            nested.kind = .object([])
            return KeyedEncodingContainer(Keyed<Nested>(box: nested, codingPath: codingPath))
        }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            let nested = box.element()
            nested.kind = .list([])
            return Unkeyed(box: nested, codingPath: codingPath)
        }
        func superEncoder() -> any Encoder { JSONTreeEncoder(codingPath: codingPath) }
    }

    private struct Single: SingleValueEncodingContainer {
        let box: Box
        let codingPath: [any CodingKey]

        func encodeNil() { box.kind = .null }
        func encode(_ value: some Encodable) throws { try box.put(value, at: codingPath) }
    }
}
