package import Foundation

/// Reads the JSON configurations of other programs: strictly, for a key that is passed over may change the picture.
package enum ForeignConfiguration {
    /// A value from a file of another program.
    ///
    /// Keys that start with an underscore (but for `_class_name`, where the value has a use for it), keys whose value is
    /// null, and those named harmless are passed over; any other key that the value does not read is an error.
    ///
    /// - Parameters:
    ///   - type: what to read.
    ///   - json: the file's bytes.
    ///   - name: the file's name, put before the message of any error.
    ///   - harmless: keys that nothing here needs to read.
    ///   - telling: keys of which null says something else than absence does.
    ///   - allowsInfinity: whether numbers may be written `Infinity`, as Python does.
    /// - Returns: the value.
    /// - Throws: `RecipeError` with the place of the first mistake.
    package static func decoded<Value: Decodable>(
        _ type: Value.Type, from json: Data, named name: String, ignoring harmless: Set<String>,
        keepingNull telling: Set<String> = [], allowsInfinity: Bool = false
    ) throws(RecipeError) -> Value {
        do {
            guard let text = String(data: json, encoding: .utf8) else {
                throw RecipeError.notJSON(line: 1, column: 1, expected: "UTF-8 text", found: "other bytes")
            }
            var tree = try JSONParser.tree(of: text, allowsInfinity: allowsInfinity)
            if case .object(let members) = tree {
                tree = .object(
                    members.filter { member in
                        if member.key == "_class_name" { return true }
                        if member.value == .null { return telling.contains(member.key) }
                        return !member.key.hasPrefix("_") && !harmless.contains(member.key)
                    })
            }
            return try JSONTreeDecoder.decode(type, from: tree)
        } catch {
            throw .inFile(name: name, RecipeError(error).aboutConfiguration)
        }
    }
}

extension RecipeError {
    /// The same about a file that is no recipe: its root is called "the configuration".
    fileprivate var aboutConfiguration: RecipeError {
        switch self {
        case .unknownKey("recipe", let key, let known):
            .unknownKey(path: "the configuration", key: key, known: known)
        case .missingKey("recipe", let key, let expected):
            .missingKey(path: "the configuration", key: key, expected: expected)
        case .wrongType("recipe", let expected, let found):
            .wrongType(path: "the configuration", expected: expected, found: found)
        default: self
        }
    }
}

/// A value that a configuration gives once for all places, or a list with one value a place.
package enum OneOrEach<Value: Decodable>: Decodable {
    /// The same everywhere.
    case one(Value)
    /// One value a place.
    case each([Value])

    /// Reads a value or a list.
    package init(from decoder: any Decoder) throws {
        if let values = try? decoder.unkeyedContainer() {
            var values = values
            var list: [Value] = []
            while !values.isAtEnd { list.append(try values.decode(Value.self)) }
            self = .each(list)
        } else {
            self = .one(try decoder.singleValueContainer().decode(Value.self))
        }
    }

    /// The values of `count` places; nil when the list is of another length.
    package func spread(over count: Int) -> [Value]? {
        switch self {
        case .one(let value): Array(repeating: value, count: count)
        case .each(let values): values.count == count ? values : nil
        }
    }
}
