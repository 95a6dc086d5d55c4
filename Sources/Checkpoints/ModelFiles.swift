public import Foundation
public import Layers
public import Tensors
import WeightFiles

/// The files of a model, opened: which parts it has, how they are built, and where their weights come from.
///
/// Opening reads tables of contents and descriptions; weights are mapped and read when a network asks for them.
public struct ModelFiles: Sendable {
    /// The folder or file.
    public let url: URL
    /// The kind of model, found from names and shapes of tensors.
    public let family: ModelFamily
    /// The parts at hand, in the order in which data flow through them.
    public let parts: [ModelPart]
    /// The type in which matrices and kernels are given, nil to keep what is stored; vectors are single precision.
    public let weightType: DType?
    /// The description of the noise schedule in the form of `scheduler_config.json`.
    public let scheduler: Data

    private let components: [ModelPart: Component]
    private let folder: URL?

    /// What belongs to one part.
    struct Component: Sendable {
        var configuration: Data
        var tensors: StoredTensors
    }

    /// Opens a diffusers folder.
    ///
    /// - Parameters:
    ///   - url: The folder or file.
    ///   - weightType: The type in which matrices and kernels are given; nil keeps what is stored.
    ///   - variant: Which weights of a folder to take, such as `fp16`; nil takes the plain ones, else what is there.
    /// - Throws: `CheckpointError` and `WeightFileError`, naming the file and what is wrong with it.
    public init(opening url: URL, weightType: DType? = .float32, variant: String? = nil) throws {
        let folder = DiffusersFolder(url: url)
        var components: [ModelPart: Component] = [:]
        for part in try folder.parts() {
            components[part] = Component(
                configuration: try folder.configuration(of: part),
                tensors: try folder.weights(of: part, variant: variant))
        }
        self.url = url
        self.folder = url
        self.components = components
        self.weightType = weightType
        parts = components.keys.sorted()
        family = try Self.family(of: components, at: url)
        scheduler = try JSONFile.data(url.appending(path: "scheduler/scheduler_config.json"))
    }

    /// The weights of a part, under the names of the diffusers layout.
    /// - Throws: `CheckpointError.missingPart`.
    public func parameters(of part: ModelPart) throws -> any ParameterSource & Sendable {
        PartParameters(part: part, tensors: try component(part).tensors, weightType: weightType)
    }

    /// The description of a part in the form of its `config.json`.
    /// - Throws: `CheckpointError.missingPart`.
    public func configuration(of part: ModelPart) throws -> Data { try component(part).configuration }

    /// The vocabulary (`vocab.json`) and merges (`merges.txt`) of a text encoder's tokenizer.
    ///
    /// - Parameter number: 1 for the first text encoder, 2 for the larger one of XL.
    /// - Returns: nil when the model brings none: then it is CLIP's.
    /// - Throws: when files are there that cannot be read.
    public func tokenizerFiles(of number: Int) throws -> (vocabulary: Data, merges: Data)? {
        try tokenizer(number)?.files()
    }

    /// The token that fills prompts up to their full length: `<|endoftext|>`, or `!` for OpenCLIP's encoders.
    /// - Throws: when files are there that cannot be read.
    public func paddingToken(of number: Int) throws -> String {
        try tokenizer(number)?.paddingToken() ?? "<|endoftext|>"
    }

    private func tokenizer(_ number: Int) -> TokenizerFolder? {
        folder.map {
            TokenizerFolder(
                url: $0.appending(
                    path: number == 2 ? "tokenizer_2" : "tokenizer", directoryHint: .isDirectory))
        }
    }

    private func component(_ part: ModelPart) throws -> Component {
        guard let component = components[part] else {
            throw CheckpointError.missingPart(part, file: url, found: parts)
        }
        return component
    }

    private static func family(of components: [ModelPart: Component], at url: URL) throws -> ModelFamily {
        guard let unet = components[.unet]?.tensors else {
            throw CheckpointError.missingPart(.unet, file: url, found: components.keys.sorted())
        }
        if unet.shape("add_embedding.linear_1.weight") != nil {
            return components[.textEncoder] == nil && components[.textEncoder2] != nil
                ? .stableDiffusionXLRefiner : .stableDiffusionXL
        }
        let projection = unet.places.first { $0.key.hasSuffix(".proj_in.weight") }?.value.shape
        return projection?.count == 2 ? .stableDiffusion2 : .stableDiffusion1
    }
}
