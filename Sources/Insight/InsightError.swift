public import Diagnostics

/// Why an instrument cannot show what was asked for.
public enum InsightError: ActionableError, Equatable {
    /// A number outside of what the instrument can show.
    case outOfRange(what: String, found: String, allowed: String)
    /// An expression of words that cannot be read; `position` counts characters from 1.
    case unreadableExpression(String, position: Int, problem: String)
    /// A word that the table of word vectors does not hold.
    case unknownWord(String, nearest: [String])
    /// A sum of words that leaves nothing, such as `king - king`.
    case emptySum(expression: String)
    /// A table of word vectors and a list of words that do not belong together.
    case tableMismatch(shape: [Int], words: Int)
    /// Two conditionings between which one cannot walk.
    case conditioningMismatch(from: [Int], to: [Int])

    /// True where the numbers or words asked for cannot be.
    public var isBadUsage: Bool {
        switch self {
        case .outOfRange, .unreadableExpression, .unknownWord, .emptySum: true
        case .tableMismatch, .conditioningMismatch: false
        }
    }

    /// One sentence: what went wrong, where, what was expected, what was found.
    public var summary: String {
        switch self {
        case .outOfRange(let what, let found, let allowed): "\(what): expected \(allowed), found \(found)"
        case .unreadableExpression(let text, let position, let problem):
            "the expression \"\(text)\" cannot be read at character \(position): \(problem)"
        case .unknownWord(let word, _): "\"\(word)\" is not among the words that have a vector of their own"
        case .emptySum(let expression): "\"\(expression)\" leaves nothing: the words cancel each other"
        case .tableMismatch(let shape, let words):
            "word vectors: expected a table [\(words), width] for \(words) words, found \(shape)"
        case .conditioningMismatch(let from, let to):
            "the walk's ends have different shapes: \(from) and \(to)"
        }
    }

    /// What the reader can do now, best first; may be empty.
    public var advice: [String] {
        switch self {
        case .outOfRange, .tableMismatch: []
        case .unreadableExpression:
            [
                "write words with + or − between them, as in \"king - man + woman\"",
                "a weight stands before its word with a star, as in \"0.5*sea + sky\"",
            ]
        case .unknownWord(_, let nearest):
            (nearest.isEmpty
                ? [] : ["did you mean \(nearest.map { "\"\($0)\"" }.joined(separator: " or "))?"])
                + ["use single, common English words; rarer ones are stored in pieces"]
        case .emptySum: ["use different words, or weights that differ"]
        case .conditioningMismatch: ["encode both prompts with the same model"]
        }
    }
}
