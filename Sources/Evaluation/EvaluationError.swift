public import Diagnostics
public import Foundation

/// What can stop an evaluation.
public enum EvaluationError: ActionableError, Equatable {
    /// The probe was trained for other questions than the scenes have now.
    case otherQuestions(URL, question: String)
    /// Too few pictures for a mean and a spread of their features.
    case tooFewPictures(found: Int)
    /// Two sets of features have different widths.
    case widthsDiffer(Int, Int)

    /// One sentence: what, where, expected, found.
    public var summary: String {
        switch self {
        case .otherQuestions(let url, let question):
            "`\(url.lastPathComponent)`: the probe was trained for other questions; the first that differs is \(question)."
        case .tooFewPictures(let found):
            "A Fréchet distance needs at least two pictures a side; found \(found)."
        case .widthsDiffer(let first, let second):
            "Features of \(first) numbers cannot be compared with features of \(second)."
        }
    }

    /// What to do.
    public var advice: [String] {
        switch self {
        case .otherQuestions: ["Train it again: darkroom evaluate train-probe"]
        case .tooFewPictures: ["Draw more pictures: --count 300"]
        case .widthsDiffer: ["Read both sets of pictures with one probe."]
        }
    }
}
