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
    /// The file holds weights, but not those of a probe.
    case notAProbe(file: URL, sampleNames: [String])
    /// A piece of the model's description is missing or cannot be read.
    case badDescription(String, reason: String, file: URL)
    /// A file or folder that the model needs is not there.
    case missingFile(URL)
    /// A description in JSON is not what it must be.
    case badJSON(URL, expected: String, found: String)
    /// A component's folder has no weights.
    case missingWeights(URL, expected: String, found: [String])
    /// The model has no such part.
    case missingPart(ModelPart, file: URL, found: [ModelPart])
    /// A tensor that a network needs is not among a model's weights.
    case missingParameter(String, part: ModelPart, expected: [Int], file: URL, nearest: [String])
    /// A tensor has another shape than the network needs; `stored` is its name in the file.
    case misshapenParameter(
        String, part: ModelPart, stored: String, expected: [Int], found: [Int], file: URL)
    /// Two tensors stand for one parameter.
    case ambiguousTensor(String, [String], file: URL)
    /// The file holds no model that Darkroom knows.
    case unknownFamily(file: URL, sampleNames: [String])
    /// The model has something that Darkroom does not have.
    case unsupported(String, file: URL)
    /// The file holds no low-rank adapter.
    case notAnAdapter(file: URL, sampleNames: [String])
    /// Tensors of an adapter that the model has no place for.
    case adapterLeftovers([String], applied: Int, adapter: URL, model: URL)
    /// The matrices of an adapter do not fit the weight that they are for.
    case adapterMismatch(String, expected: [Int], down: [Int], up: [Int], file: URL)
    /// The file holds no learned words.
    case notAnEmbedding(file: URL, sampleNames: [String])
    /// Learned words have no rows of the width that a text encoder needs.
    case embeddingMismatch(String, part: ModelPart, expected: Int, found: [Int], file: URL)

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
        case .notAProbe(let file, let names):
            "`\(file.lastPathComponent)`: expected a probe, found "
                + (names.isEmpty ? "no tensors" : "tensors such as \(names.joined(separator: ", "))") + "."
        case .badDescription(let part, let reason, let file):
            "`\(file.lastPathComponent)`: the model's \(part) cannot be read: \(reason)"
        case .missingFile(let url):
            "`\(url.path(percentEncoded: false))`: expected by the model, found nothing."
        case .badJSON(let url, let expected, let found):
            "`\(url.path(percentEncoded: false))`: expected \(expected), found \(found)."
        case .missingWeights(let folder, let expected, let found):
            "`\(folder.path(percentEncoded: false))`: expected weights such as \(expected), found "
                + (found.isEmpty ? "nothing." : "\(found.prefix(8).joined(separator: ", ")).")
        case .missingPart(let part, let file, let found):
            "`\(file.lastPathComponent)`: has no \(part.rawValue), which is needed here; found "
                + (found.isEmpty ? "nothing." : "\(found.map(\.rawValue).joined(separator: ", ")).")
        case .missingParameter(let name, let part, let expected, let file, _):
            "`\(file.lastPathComponent)`: the \(part.rawValue) has no tensor `\(name)` of shape \(expected)."
        case .misshapenParameter(let name, let part, let stored, let expected, let found, let file):
            "`\(file.lastPathComponent)`: `\(name)` of the \(part.rawValue) has shape \(found)"
                + (stored == name ? "" : " (stored as `\(stored)`)") + "; this network needs \(expected)."
        case .ambiguousTensor(let name, let stored, let file):
            "`\(file.lastPathComponent)`: \(stored.map { "`\($0)`" }.joined(separator: " and ")) both stand for "
                + "`\(name)`."
        case .unknownFamily(let file, let names):
            "`\(file.lastPathComponent)`: expected a model of the Stable Diffusion family or a part of one, found "
                + (names.isEmpty ? "no tensors." : "tensors such as \(names.joined(separator: ", ")).")
        case .unsupported(let what, let file): "`\(file.lastPathComponent)`: cannot be used here: \(what)."
        case .notAnAdapter(let file, let names):
            "`\(file.lastPathComponent)`: expected a low-rank adapter, found "
                + (names.isEmpty ? "no tensors." : "tensors such as \(names.joined(separator: ", ")).")
        case .adapterLeftovers(let names, let applied, let adapter, let model):
            "`\(adapter.lastPathComponent)`: \(names.count) tensors do not apply to `\(model.lastPathComponent)` "
                + "(\(applied) places do): \(names.prefix(12).joined(separator: ", "))"
                + (names.count > 12 ? ", …" : "") + "."
        case .adapterMismatch(let place, let expected, let down, let up, let file):
            "`\(file.lastPathComponent)`: `\(place)` has matrices of \(down) and \(up); "
                + "the weight there has shape \(expected)."
        case .notAnEmbedding(let file, let names):
            "`\(file.lastPathComponent)`: expected learned words (textual inversion), found "
                + (names.isEmpty ? "no tensors." : "tensors such as \(names.joined(separator: ", ")).")
        case .embeddingMismatch(let token, let part, let expected, let found, let file):
            "`\(file.lastPathComponent)`: the rows of `\(token)` are \(found) wide; "
                + "the \(part.rawValue) needs \(expected)."
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
        case .notAProbe: ["Give a file that `darkroom evaluate train-probe` wrote."]
        case .missingFile: ["Fetch the model again, with all of its files."]
        case .badJSON:
            ["Fetch the file again, or compare it with the one of the model that it was made from."]
        case .missingWeights: ["Fetch the model again, with all of its files."]
        case .missingPart: ["Give the whole model: a diffusers folder or a single-file checkpoint."]
        case .missingParameter(_, _, _, _, let nearest):
            (nearest.isEmpty ? [] : ["The nearest names are \(nearest.joined(separator: ", "))."])
                + [
                    "The description (config.json) and the weights belong to different models, or the file is cut."
                ]
        case .misshapenParameter:
            ["The description (config.json) and the weights belong to different models."]
        case .ambiguousTensor: ["The file holds two models in one; take one of them out."]
        case .unknownFamily: ["Ask `darkroom models show` what the file holds."]
        case .unsupported: []
        case .notAnAdapter: ["Ask `darkroom models show` what the file holds."]
        case .adapterLeftovers(_, let applied, _, _):
            [
                applied == 0
                    ? "The adapter was made for another kind of model."
                    : "Use the kind of model that it was made for, or allow leftovers."
            ]
        case .adapterMismatch: ["The adapter was made for another kind of model."]
        case .notAnEmbedding: ["Ask `darkroom models show` what the file holds."]
        case .embeddingMismatch: ["The words were learned with another kind of model."]
        case .badDescription:
            ["The file was written by another version or is damaged; export it again from its run."]
        }
    }
}
