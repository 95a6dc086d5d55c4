public import Diagnostics
public import Foundation

/// What can stop an evaluation.
public enum EvaluationError: ActionableError, Equatable {
    /// The probe was trained for other questions than its world has now.
    case otherQuestions(URL, world: String, question: String)
    /// The probe reads the pictures of another world than is wanted.
    case otherWorld(URL, expected: String, found: String)
    /// Too few pictures for a mean and a spread of their features.
    case tooFewPictures(found: Int)
    /// Two sets of features have different widths.
    case widthsDiffer(Int, Int)

    /// One sentence: what, where, expected, found.
    public var summary: String {
        switch self {
        case .otherQuestions(let url, _, let question):
            "`\(url.lastPathComponent)`: the probe was trained for other questions; the first that differs is \(question)."
        case .otherWorld(let url, let expected, let found):
            "`\(url.lastPathComponent)`: expected a probe that reads \(expected), found one that reads \(found)."
        case .tooFewPictures(let found):
            "A Fréchet distance needs at least two pictures a side; found \(found)."
        case .widthsDiffer(let first, let second):
            "Features of \(first) numbers cannot be compared with features of \(second)."
        }
    }

    /// What to do.
    public var advice: [String] {
        switch self {
        case .otherQuestions(_, let world, _): [Self.training(world, "again")]
        case .otherWorld(_, let expected, let found):
            [
                "Leave --probe out, or name a probe of the \(expected).",
                Self.training(expected, "if there is none"),
                "To score the model on what this probe reads: --world \(found)",
            ]
        case .tooFewPictures: ["Draw more pictures: --count 300"]
        case .widthsDiffer: ["Read both sets of pictures with one probe."]
        }
    }

    private static func training(_ world: String, _ when: String) -> String {
        "Train it \(when): darkroom evaluate train-probe --world \(world)"
    }
}
