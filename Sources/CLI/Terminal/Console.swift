import Diagnostics
import Foundation

/// How a verb speaks: results to standard output, everything else to standard error.
struct Console: Sendable {
    /// True when standard output holds JSON and nothing else.
    let isJSON: Bool
    /// True when only results and errors are wanted.
    let isQuiet: Bool
    let output = Terminal.output
    let messages = Terminal.messages

    /// Prints a result for people; silent with `--json`.
    func show(_ text: String) {
        if !isJSON { output.write(text + "\n") }
    }

    /// Prints a result for programs, one object on one line; silent without `--json`.
    func emit(_ value: some Encodable) throws {
        guard isJSON else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        output.write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    }

    /// Prints JSON that is text already; silent without `--json`.
    func emit(json text: String) {
        if isJSON { output.write(text + "\n") }
    }

    /// Says something on the way; silent with `--quiet`.
    func say(_ text: String) {
        if !isQuiet { messages.write(text + "\n") }
    }

    /// Says what went wrong and what to do.
    func complain(_ failure: any ActionableError) {
        let style = Style(messages)
        let advice = failure.advice.map { "  \(style.dim("→")) \($0)\n" }.joined()
        messages.write("\(style.red("error:")) \(failure.summary)\n\(advice)")
        if isJSON { try? emit(FailureReport(error: .init(summary: failure.summary, advice: failure.advice))) }
    }

    /// A failure as `--json` tells it.
    private struct FailureReport: Encodable {
        struct Failure: Encodable {
            let summary: String
            let advice: [String]
        }
        let error: Failure
    }
}

/// Colours for a terminal that wants them; plain text for all others.
struct Style {
    private let isOn: Bool

    init(_ terminal: Terminal) { isOn = terminal.hasColors }

    func red(_ text: String) -> String { wrapped(text, "1;31") }
    func green(_ text: String) -> String { wrapped(text, "32") }
    func yellow(_ text: String) -> String { wrapped(text, "33") }
    func bold(_ text: String) -> String { wrapped(text, "1") }
    func dim(_ text: String) -> String { wrapped(text, "2") }

    private func wrapped(_ text: String, _ code: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
