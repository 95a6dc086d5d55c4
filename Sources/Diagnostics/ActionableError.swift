/// An error that tells its reader what happened and what to do about it.
///
/// `summary` is one sentence: what, where, expected, found. `advice` lists what the reader can do now, best first.
public protocol ActionableError: Error, Sendable, CustomStringConvertible {
    /// One sentence: what went wrong, where, what was expected, what was found.
    var summary: String { get }
    /// What the reader can do now, best first; may be empty.
    var advice: [String] { get }
}

extension ActionableError {
    /// The summary, then one indented line per piece of advice.
    public var description: String {
        ([summary] + advice.map { "  → " + $0 }).joined(separator: "\n")
    }
}
