public import Diagnostics

/// What a pipeline refuses.
public enum PipelineError: ActionableError, Equatable {
    /// A side of the picture does not fit the network.
    case size(width: Int, height: Int, multiple: Int, trained: Int)
    /// The network draws one size only.
    case fixedSize(width: Int, height: Int, trained: Int)
    /// Given noise has another shape than the picture needs.
    case latentShape(expected: [Int], found: [Int])

    /// True for a size that the model cannot draw.
    public var isBadUsage: Bool {
        switch self {
        case .size, .fixedSize: true
        case .latentShape: false
        }
    }

    /// One sentence: what, expected, found.
    public var summary: String {
        switch self {
        case .size(let width, let height, let multiple, _):
            "The picture's sides must be multiples of \(multiple); asked for were \(width) × \(height)."
        case .fixedSize(let width, let height, let trained):
            "This model draws \(trained) × \(trained) pixels only; asked for were \(width) × \(height)."
        case .latentShape(let expected, let found):
            "The initial noise has shape \(found); this picture needs \(expected)."
        }
    }

    /// What to do, best first.
    public var advice: [String] {
        switch self {
        case .size(_, _, let multiple, let trained):
            [
                "Leave --width and --height out for \(trained) × \(trained), which the model was trained on.",
                "Otherwise choose multiples of \(multiple).",
            ]
        case .fixedSize(_, _, let trained): ["Leave --width and --height out, or give \(trained) for both."]
        case .latentShape: ["Give latents of that shape, or another --width and --height."]
        }
    }
}
