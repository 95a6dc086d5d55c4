public import Foundation
import WeightFiles

/// What a file or folder holds, found without loading it.
public struct FileDescription: Codable, Equatable, Sendable {
    /// What something is.
    public enum Kind: String, Codable, Sendable {
        /// A model that can draw: U-Net, autoencoder and text encoders.
        case model
        /// One or some parts of a model.
        case component
        /// A low-rank adapter.
        case adapter
        /// Learned words.
        case embedding
        /// A model that Darkroom trained.
        case darkroom
        /// Tensors of another purpose.
        case tensors
    }

    /// One network of a model.
    public struct Part: Codable, Equatable, Sendable {
        /// The part's name in the diffusers layout.
        public var name: String
        /// Its number of parameters.
        public var parameters: Int
        /// The formats of its tensors, such as `F16`.
        public var types: [String]
        /// The files that hold it.
        public var files: [String]
        /// Whether its description was found from shapes, for want of a `config.json`.
        public var isGuessed: Bool
    }

    /// What it is.
    public var kind: Kind
    /// The kind of model, for models and their parts.
    public var family: ModelFamily?
    /// The container: `folder`, `safetensors` or `torch`.
    public var format: String
    /// The bytes of all weight files.
    public var bytes: Int
    /// The number of tensors.
    public var tensors: Int
    /// The parts of a model.
    public var parts: [Part] = []
    /// Channels that the U-Net takes: 4, or 9 for inpainting.
    public var inputChannels: Int?
    /// What the network predicts: `epsilon`, `v_prediction`.
    public var prediction: String?
    /// The ranks of an adapter.
    public var ranks: [Int] = []
    /// The number of weights that an adapter changes.
    public var places: Int?
    /// The words of an embedding.
    public var tokens: [String] = []
    /// What the writer noted, long texts left out.
    public var metadata: [String: String] = [:]
    /// Some names, for tensors of another purpose.
    public var sampleNames: [String] = []

    /// Looks at a file or folder.
    /// - Throws: `CheckpointError` and `WeightFileError` when it cannot be read.
    public init(of url: URL) throws {
        var isFolder = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: url.path(percentEncoded: false), isDirectory: &isFolder)
        else {
            throw CheckpointError.missingFile(url)
        }
        if isFolder.boolValue {
            if let adapter = try? AdapterFile(opening: url) {
                self.init(adapter.file, .adapter, format: "folder")
                fill(adapter)
            } else {
                self.init(try ModelFiles(opening: url, weightType: nil), format: "folder")
            }
            return
        }
        try self.init(WeightFileFormat.open(url))
    }

    init(_ file: any WeightFile) throws {
        let format = (file is SafetensorsFile ? WeightFileFormat.safetensors : .torch).rawValue
        if file.metadata[DarkroomModelFile.format.key] == DarkroomModelFile.format.value {
            self.init(file, .darkroom, format: format)
            family = .darkroom
        } else if let adapter = try? AdapterFile(file, settings: AdapterSettings()) {
            self.init(file, .adapter, format: format)
            fill(adapter)
        } else if let embedding = try? TextualInversionFile(file, token: nil) {
            self.init(file, .embedding, format: format)
            tokens = embedding.tokens
        } else {
            do {
                self.init(try ModelFiles(file: file, weightType: nil), format: format)
                metadata = Self.short(file.metadata)
            } catch CheckpointError.unknownFamily {
                self.init(file, .tensors, format: format)
                sampleNames = Array(file.names.sorted().prefix(8))
            }
        }
    }

    private init(_ file: any WeightFile, _ kind: Kind, format: String) {
        self.kind = kind
        self.format = format
        bytes = Self.size(of: file.url)
        tensors = file.entries.count
        metadata = Self.short(file.metadata)
    }

    private init(_ model: ModelFiles, format: String) {
        let components = model.parts.compactMap { part in model.components[part].map { (part, $0) } }
        kind = model.isWhole ? .model : .component
        family = model.family
        self.format = format
        let files = Set(components.flatMap { $0.1.tensors.files.map(\.url) })
        bytes = files.reduce(0) { $0 + Self.size(of: $1) }
        tensors = components.reduce(0) { $0 + $1.1.tensors.places.count }
        parts = components.map { part, component in
            let places = component.tensors.places.values
            return Part(
                name: part.rawValue, parameters: places.reduce(0) { $0 + ($1.shape ?? []).reduce(1, *) },
                types: Set(places.map(\.entry.type.rawValue)).sorted(),
                files: component.tensors.files.map(\.url.lastPathComponent), isGuessed: component.isGuessed)
        }
        inputChannels = model.components[.unet]?.tensors.shape("conv_in.weight")?.dropFirst().first
        if model.components[.unet] != nil {
            let scheduler = try? JSONFile.object(model.scheduler, named: model.url)
            prediction = scheduler?["prediction_type"] as? String ?? "epsilon"
        }
    }

    private mutating func fill(_ adapter: AdapterFile) {
        ranks = adapter.ranks
        places = adapter.places.count
    }

    private static func size(of url: URL) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: url.path(percentEncoded: false)))?[.size] as? Int
            ?? 0
    }

    private static func short(_ metadata: [String: String]) -> [String: String] {
        metadata.filter { $0.value.count <= 200 }
    }
}

extension ModelFiles {
    /// True when all parts are at hand that drawing needs.
    public var isWhole: Bool {
        let needed: [ModelPart] =
            switch family {
            case .stableDiffusion1, .stableDiffusion2: [.textEncoder, .unet, .autoencoder]
            case .stableDiffusionXL: [.textEncoder, .textEncoder2, .unet, .autoencoder]
            case .stableDiffusionXLRefiner: [.textEncoder2, .unet, .autoencoder]
            case .darkroom: []
            }
        return !needed.isEmpty && needed.allSatisfy(parts.contains)
    }
}
