public import Diagnostics
public import Foundation

/// What a pipeline refuses.
public enum PipelineError: ActionableError, Equatable {
    /// A side of the picture does not fit the network.
    case size(width: Int, height: Int, multiple: Int, trained: Int)
    /// The network draws one size only.
    case fixedSize(width: Int, height: Int, trained: Int)
    /// Given noise has another shape than the picture needs.
    case latentShape(expected: [Int], found: [Int])

    /// The family knows nothing of a wish.
    case unsupported(String, family: String)
    /// A wish that needs another one beside it.
    case missingInput(String, needs: String)
    /// A model that cannot do what its files say.
    case unusableModel(reason: String)
    /// A model without a tokenizer of its own, and CLIP's is not at hand.
    case missingVocabulary(URL?)
    /// The networks gave numbers that are none, in single precision too.
    case notFinite(stage: String)

    /// True for what the request itself gets wrong.
    public var isBadUsage: Bool {
        switch self {
        case .size, .fixedSize, .unsupported, .missingInput: true
        case .latentShape, .unusableModel, .missingVocabulary, .notFinite: false
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
        case .unsupported(let wish, let family): "\(family) cannot draw with \(wish)."
        case .missingInput(let wish, let needs): "\(wish) needs \(needs)."
        case .unusableModel(let reason): "The model cannot be drawn with: \(reason)."
        case .missingVocabulary(let file):
            "The model brings no tokenizer, and CLIP's vocabulary "
                + (file.map { "cannot be read: \($0.path)." } ?? "was not found.")
        case .notFinite(let stage): "The numbers of the \(stage) are not finite, in single precision too."
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
        case .unsupported(let wish, _): ["Leave \(wish) out, or choose another --model."]
        case .missingInput(let wish, let needs): ["Give \(needs), or leave \(wish) out."]
        case .unusableModel:
            ["`darkroom models show` says what stands in its files.", "Fetch the model again."]
        case .missingVocabulary:
            ["Put Darkroom's Models/vocabularies/clip-merges.txt into a folder that DARKROOM_MODELS names."]
        case .notFinite:
            [
                "The file may be damaged or merged badly: fetch it again, or try it without adapters.",
                "Lower --cfg-scale.",
            ]
        }
    }
}
