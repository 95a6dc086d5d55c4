/// An error that tells its reader what happened and what to do about it.
///
/// `summary` is one sentence: what, where, expected, found. `advice` lists what the reader can do now, best first.
public protocol ActionableError: Error, Sendable, CustomStringConvertible {
    /// One sentence: what went wrong, where, what was expected, what was found.
    var summary: String { get }
    /// What the reader can do now, best first; may be empty.
    var advice: [String] { get }
    /// True when what was asked for cannot be, before any work began: the command line's exit code 2.
    var isBadUsage: Bool { get }
}

extension ActionableError {
    /// False: something went wrong that the words of the request do not show.
    public var isBadUsage: Bool { false }

    /// The summary, then one indented line per piece of advice.
    public var description: String {
        ([summary] + advice.map { "  → " + $0 }).joined(separator: "\n")
    }
}
