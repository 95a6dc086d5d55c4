import Diagnostics
import Foundation

/// What is wrong with the arguments, before anything is done; exit status 2.
enum UsageError: ActionableError, Equatable {
    /// There is no such verb.
    case unknownVerb(String, of: String, known: [String])
    /// A value that an option cannot take.
    case badValue(option: String, expected: String, found: String, advice: [String] = [])
    /// A name that is not in the list of names.
    case unknownChoice(option: String, found: String, known: [String])
    /// Two options that exclude each other, or one that needs another.
    case contradiction(String, advice: [String])
    /// What the argument parser says, with the usage lines.
    case parser(message: String, advice: [String])

    /// Takes the parser's whole message apart: its first lines are the message, the others say how it is used.
    init(parserMessage text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        let usage = lines.firstIndex { $0.hasPrefix("Usage: ") || $0.hasPrefix("Help:") } ?? lines.count
        var message = lines[..<usage].joined(separator: " ")
        if message.hasPrefix("Error: ") { message.removeFirst("Error: ".count) }
        if message.hasSuffix(".") { message.removeLast() }
        var advice: [String] = []
        if let question = message.range(of: ". Did you mean ") {
            advice.append("did you mean " + message[question.upperBound...].trimmingQuestion + "?")
            message = String(message[..<question.lowerBound])
        }
        advice += lines[usage...].filter { !$0.hasPrefix("Help:") }.map { $0.trimmingPrefixSpaces }.map {
            $0.hasPrefix("See '")
                ? String($0.dropFirst(5).split(separator: "'")[0]) + " lists all options" : $0
        }
        let first = message.first.map { String($0).lowercased() } ?? ""
        self = .parser(message: first + message.dropFirst(), advice: advice)
    }

    var isBadUsage: Bool { true }

    var summary: String {
        switch self {
        case .unknownVerb(let name, let parent, _): "\(parent) has no verb \"\(name)\""
        case .badValue(let option, let expected, let found, _):
            "\(option): expected \(expected), found \"\(found)\""
        case .unknownChoice(let option, let found, _): "\(option): there is no \"\(found)\""
        case .contradiction(let problem, _): problem
        case .parser(let message, _): message
        }
    }

    var advice: [String] {
        switch self {
        case .unknownVerb(let name, let parent, let known):
            [NearestName.suggestion(for: name, among: known), "verbs: " + known.joined(separator: ", ")]
                .compactMap { $0 } + ["\(parent) --help says what they do"]
        case .badValue(_, _, _, let advice): advice
        case .unknownChoice(_, let found, let known):
            [NearestName.suggestion(for: found, among: known), "choices: " + known.joined(separator: ", ")]
                .compactMap { $0 }
        case .contradiction(_, let advice): advice
        case .parser(_, let advice): advice
        }
    }
}

/// An error that nobody has explained: shown as it is.
struct UnexpectedFailure: ActionableError {
    let summary: String
    let advice: [String] = []

    init(_ error: any Error) { summary = "\(error)" }
}

extension StringProtocol {
    fileprivate var trimmingPrefixSpaces: String { String(drop { $0 == " " }) }
    fileprivate var trimmingQuestion: String { String(self.last == "?" ? dropLast() : self[...]) }
}
