public import Foundation
public import Layers
public import Tensors
import WeightFiles

/// The files of a model, opened: which parts it has, how they are built, and where their weights come from.
///
/// A model is a diffusers folder, a single file (`.safetensors`, `.ckpt`) in the original or the diffusers layout, or one
/// part alone. Opening reads tables of contents and descriptions; weights are mapped, and read when a network asks for
/// them.
public struct ModelFiles: Sendable {
    /// The folder or file.
    public let url: URL
    /// The kind of model, found from names and shapes of tensors.
    ///
    /// A part alone may fit several: it then counts as the oldest that it fits, as in the reference.
    public let family: ModelFamily
    /// The parts at hand, in the order in which data flow through them.
    public let parts: [ModelPart]
    /// The type in which matrices and kernels are given, nil to keep what is stored; vectors are single precision.
    public let weightType: DType?
    /// The description of the noise schedule in the form of `scheduler_config.json`.
    ///
    /// For single files it is that of the family's published model: see `Documentation/Files.md` for what that means for
    /// Stable Diffusion 2.
    public let scheduler: Data

    let components: [ModelPart: Component]
    /// What adapters add to weights, by part and inner name.
    var patches: [ModelPart: [String: [Patch]]] = [:]
    /// The folder of each text encoder's tokenizer.
    let tokenizers: [Int: TokenizerFolder]

    /// What belongs to one part.
    struct Component: Sendable {
        var configuration: Data
        /// Whether `configuration` was found from shapes, for want of one.
        var isGuessed = false
        var tensors: StoredTensors
    }

    /// Opens a model.
    ///
    /// - Parameters:
    ///   - url: A diffusers folder, the folder of one component, or a file.
    ///   - weightType: The type in which matrices and kernels are given; nil keeps what is stored.
    ///   - variant: Which weights of a folder to take, such as `fp16`; nil takes the plain ones, else what is there.
    /// - Throws: `CheckpointError` and `WeightFileError`, naming the file and what is wrong with it.
    public init(opening url: URL, weightType: DType? = .float32, variant: String? = nil) throws {
        var isFolder = ObjCBool(false)
        let exists = FileManager.default.fileExists(
            atPath: url.path(percentEncoded: false), isDirectory: &isFolder)
        guard exists else { throw CheckpointError.missingFile(url) }
        if isFolder.boolValue {
            try self.init(folder: DiffusersFolder(url: url), weightType: weightType, variant: variant)
        } else {
            try self.init(file: WeightFileFormat.open(url), weightType: weightType)
        }
    }

    private init(folder: DiffusersFolder, weightType: DType?, variant: String?) throws {
        var components: [ModelPart: Component] = [:]
        for part in try folder.parts() {
            components[part] = Component(
                configuration: try folder.configuration(of: part),
                tensors: try folder.weights(of: part, variant: variant))
        }
        let family = Self.family(of: components)
        self.url = folder.url
        self.components = components
        self.weightType = weightType
        self.family = family
        tokenizers = folder.tokenizers()
        parts = components.keys.sorted()
        scheduler =
            try folder.data("scheduler/scheduler_config.json")
            ?? ModelDescribing.scheduler(
                family, inputChannels: Self.inputChannels(components), metadata: [:], marks: [])
    }

    init(file: any WeightFile, weightType: DType?) throws {
        let single = try SingleFile(file)
        var tensors: [ModelPart: StoredTensors] = [:]
        for found in single.found { tensors[found.part] = try single.tensors(of: found) }
        let family = Self.family(of: tensors.mapValues { Component(configuration: Data(), tensors: $0) })
        let beside = single.found.count == 1 ? try DiffusersFolder.configuration(beside: file.url) : nil
        var components: [ModelPart: Component] = [:]
        for (part, tensors) in tensors {
            components[part] = Component(
                configuration: try beside
                    ?? ModelDescribing.configuration(of: part, tensors, family: family),
                isGuessed: beside == nil, tensors: tensors)
        }
        self.url = file.url
        self.components = components
        self.weightType = weightType
        self.family = family
        tokenizers = [:]
        parts = components.keys.sorted()
        scheduler = try ModelDescribing.scheduler(
            family, inputChannels: Self.inputChannels(components), metadata: file.metadata,
            marks: Set(file.names.filter { !$0.contains(".") }))
    }

    /// The weights of a part, under the names of the diffusers layout.
    /// - Throws: `CheckpointError.missingPart`.
    public func parameters(of part: ModelPart) throws -> any ParameterSource & Sendable {
        PartParameters(
            part: part, tensors: try component(part).tensors, weightType: weightType,
            patches: patches[part] ?? [:])
    }

    /// The description of a part in the form of its `config.json`.
    ///
    /// Where a single file brings none, it is found from the shapes of the weights.
    /// - Throws: `CheckpointError.missingPart`.
    public func configuration(of part: ModelPart) throws -> Data { try component(part).configuration }

    /// The vocabulary (`vocab.json`) and merges (`merges.txt`) of a text encoder's tokenizer.
    ///
    /// - Parameter number: 1 for the first text encoder, 2 for the larger one of XL.
    /// - Returns: nil when the model brings none: then it is CLIP's.
    /// - Throws: when files are there that cannot be read.
    public func tokenizerFiles(of number: Int) throws -> (vocabulary: Data, merges: Data)? {
        try tokenizers[number]?.files()
    }

    /// The token that fills prompts up to their full length: `<|endoftext|>`, or `!` for OpenCLIP's encoders.
    /// - Throws: when files are there that cannot be read.
    public func paddingToken(of number: Int) throws -> String {
        if let token = try tokenizers[number]?.paddingToken() { return token }
        return number == 2 || family == .stableDiffusion2 ? "!" : "<|endoftext|>"
    }

    func component(_ part: ModelPart) throws -> Component {
        guard let component = components[part] else {
            throw CheckpointError.missingPart(part, file: url, found: parts)
        }
        return component
    }

    private static func inputChannels(_ components: [ModelPart: Component]) -> Int {
        components[.unet]?.tensors.shape("conv_in.weight")?.dropFirst().first ?? 4
    }

    private static func family(of components: [ModelPart: Component]) -> ModelFamily {
        let hasLarge = components[.textEncoder2] != nil
        let isRefiner = hasLarge && components[.textEncoder] == nil
        guard let unet = components[.unet]?.tensors else {
            // OpenCLIP's encoder of Stable Diffusion 2 is 1,024 wide; no other is.
            let width = components[.textEncoder]?.tensors.shape("text_model.final_layer_norm.weight")?.first
            return hasLarge
                ? (isRefiner ? .stableDiffusionXLRefiner : .stableDiffusionXL)
                : width == 1024 ? .stableDiffusion2 : .stableDiffusion1
        }
        let family = ModelDescribing.family(ofDenoiser: unet)
        return family == .stableDiffusionXL && isRefiner ? .stableDiffusionXLRefiner : family
    }
}
