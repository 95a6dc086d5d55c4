public import Diagnostics
public import Foundation

/// What can be wrong with a file of weights as seen by the network that wants to use it.
public enum CheckpointError: ActionableError, Equatable {
    /// A tensor that the network needs is not in the file.
    case missingTensor(String, file: URL, nearest: [String])
    /// A tensor has another shape than the network needs.
    case shapeMismatch(String, expected: [Int], found: [Int], file: URL)
    /// A tensor's number format cannot be computed with.
    case unusableType(String, type: String, file: URL)
    /// The file holds weights, but not a Darkroom model.
    case notADarkroomModel(file: URL, sampleNames: [String])
    /// A piece of the model's description is missing or cannot be read.
    case badDescription(String, reason: String, file: URL)

    /// One sentence: what, where, expected, found.
    public var summary: String {
        switch self {
        case .missingTensor(let name, let file, _):
            "`\(file.lastPathComponent)`: has no tensor `\(name)`, which this network needs."
        case .shapeMismatch(let name, let expected, let found, let file):
            "`\(file.lastPathComponent)`: `\(name)` has shape \(found); this network needs \(expected)."
        case .unusableType(let name, let type, let file):
            "`\(file.lastPathComponent)`: `\(name)` is stored as \(type), which cannot be computed with here."
        case .notADarkroomModel(let file, let names):
            "`\(file.lastPathComponent)`: expected a Darkroom model, found "
                + (names.isEmpty ? "no tensors" : "tensors such as \(names.joined(separator: ", "))") + "."
        case .badDescription(let part, let reason, let file):
            "`\(file.lastPathComponent)`: the model's \(part) cannot be read: \(reason)"
        }
    }

    /// What to do, best first.
    public var advice: [String] {
        switch self {
        case .missingTensor(_, _, let nearest):
            (nearest.isEmpty ? [] : ["The nearest names are \(nearest.joined(separator: ", "))."])
                + ["Use the recipe that the weights were trained with."]
        case .shapeMismatch: ["Use the recipe that the weights were trained with."]
        case .unusableType: ["Convert the file to F32, F16 or BF16."]
        case .notADarkroomModel:
            [
                "Give the `model.safetensors` of a training run, or the name of a model that `darkroom models list` shows."
            ]
        case .badDescription:
            ["The file was written by another version or is damaged; export it again from its run."]
        }
    }
}
