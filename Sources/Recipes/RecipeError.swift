public import Diagnostics

/// Why a recipe, a request or an override could not be understood.
///
/// `path` is where the value stands, such as `learningRate.peak` or `stages[1].resolution`; the root is `recipe`.
public enum RecipeError: ActionableError, Equatable {
    /// The text is not JSON.
    case notJSON(line: Int, column: Int, expected: String, found: String)
    /// One object names a key twice.
    case duplicateKey(path: String, line: Int)
    /// A key that nothing reads.
    case unknownKey(path: String, key: String, known: [String])
    /// A key without which there is no meaning.
    case missingKey(path: String, key: String, expected: String)
    /// A value of the wrong kind, such as text in place of a number.
    case wrongType(path: String, expected: String, found: String)
    /// A value of the right kind that no computation can use.
    case outOfRange(path: String, expected: String, found: String)
    /// A name that is not in the list of names.
    case unknownChoice(path: String, what: String, found: String, known: [String])
    /// Two values that contradict each other.
    case contradiction(path: String, problem: String, remedy: String)
    /// An override that is not of the form `key=value`.
    case malformedOverride(text: String)
    /// An override that goes through a key which does not exist or holds no keys.
    case deadEnd(path: String, key: String, known: [String])
    /// Any of the others, in a named file.
    indirect case inFile(name: String, RecipeError)

    /// True: a recipe or request says something that cannot be.
    public var isBadUsage: Bool { true }

    /// One sentence: what went wrong, where, what was expected, what was found.
    public var summary: String {
        switch self {
        case .notJSON(let line, let column, let expected, let found):
            "line \(line), column \(column): expected \(expected), found \(found)"
        case .duplicateKey(let path, let line):
            "\(path) is given twice, the second time in line \(line)"
        case .unknownKey(let path, let key, _):
            "\(path) has no key \"\(key)\""
        case .missingKey(let path, let key, let expected):
            "\(path) needs the key \"\(key)\": \(expected)"
        case .wrongType(let path, let expected, let found), .outOfRange(let path, let expected, let found):
            "\(path): expected \(expected), found \(found)"
        case .unknownChoice(let path, let what, let found, _):
            "\(path): there is no \(what) \"\(found)\""
        case .contradiction(let path, let problem, _):
            "\(path): \(problem)"
        case .malformedOverride(let text):
            "expected an override of the form key=value, found \"\(text)\""
        case .deadEnd(let path, let key, let known):
            known.isEmpty
                ? "\(path) is a single value and has no key \"\(key)\"" : "\(path) has no key \"\(key)\""
        case .inFile(let name, let error):
            "\(name): \(error.summary)"
        }
    }

    /// What the reader can do now, best first; may be empty.
    public var advice: [String] {
        switch self {
        case .notJSON:
            ["a recipe is one JSON object: keys and text in double quotes, no comma after the last value"]
        case .duplicateKey: ["keep one of the two"]
        case .unknownKey(_, let key, let known): Self.advice(for: key, "known keys", known)
        case .missingKey(let path, let key, _): ["add \"\(key)\" to \(path)"]
        case .wrongType(let path, _, _), .outOfRange(let path, _, _): ["change the value of \(path)"]
        case .unknownChoice(_, _, let found, let known): Self.advice(for: found, "choices", known)
        case .contradiction(_, _, let remedy): [remedy]
        case .malformedOverride: ["write, for example, learningRate.peak=3e-4"]
        case .deadEnd(_, let key, let known): known.isEmpty ? [] : Self.advice(for: key, "known keys", known)
        case .inFile(_, let error): error.advice
        }
    }

    private static func advice(for name: String, _ label: String, _ known: [String]) -> [String] {
        let all = "\(label): " + known.joined(separator: ", ")
        return [NearestName.suggestion(for: name, among: known), all].compactMap { $0 }
    }
}
