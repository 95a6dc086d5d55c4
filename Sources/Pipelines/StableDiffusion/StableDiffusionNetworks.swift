import Checkpoints
import Foundation
import Layers
import Networks
import Recipes
import Synchronization
import Tensors

/// Where a model's networks come from.
struct StableDiffusionSource: Sendable {
    let url: URL
    let options: ModelOptions
    let device: Device

    /// The model's files with the adapters merged, which give matrices and kernels as `type`.
    func files(as type: DType) throws -> ModelFiles {
        var files = try ModelFiles(opening: url, weightType: type)
        for adapter in options.adapters {
            files = try files.adding(AdapterFile(opening: adapter.file), scale: adapter.scale)
        }
        return files
    }

    /// The root of a part's parameters, on the device.
    func scope(_ part: ModelPart, of files: ModelFiles) throws -> ParameterScope {
        ParameterScope(
            PlacedParameters(try files.parameters(of: part), on: device), packsWeights: device == .cpu,
            joinedEdges: options.joinedEdges)
    }

    /// The U-Net; its weights are rounded to bytes where the options say so, unless it is to be `exact`.
    func unet(_ files: ModelFiles, exact isExact: Bool = false) throws -> ConditionalUNet {
        let configuration = try ConditionalUNetConfiguration(
            json: files.configuration(of: .unet), named: "unet/config.json")
        let scope = try scope(.unet, of: files)
        let rounding = isExact ? nil : options.precision.rounding
        return try ConditionalUNet(
            ParameterScope(
                scope.source, packsWeights: scope.packsWeights, joinedEdges: scope.joinedEdges,
                rounding: rounding), configuration)
    }

    func autoencoder(_ files: ModelFiles, hasEncoder: Bool) throws -> KLAutoencoder {
        let configuration = try AutoencoderConfiguration(
            json: files.configuration(of: .autoencoder), named: "vae/config.json")
        return try KLAutoencoder(scope(.autoencoder, of: files), configuration, hasEncoder: hasEncoder)
    }
}

extension Precision {
    /// How the U-Net's weights are kept; nil in the type that is computed with.
    var rounding: WeightRounding? { quantizesInputs.map { $0 ? .weightsAndInputs : .weights } }
}

/// U-Net and autoencoder; those that are seldom needed are opened when they are.
final class StableDiffusionNetworks: Sendable {
    let unet: ConditionalUNet
    /// Decodes only.
    let autoencoder: KLAutoencoder
    /// The type that the autoencoder computes in.
    let autoencoderType: DType
    private let source: StableDiffusionSource
    private let late = Mutex(Late())

    private struct Late {
        var encoder: KLAutoencoder?
        var exactUNet: ConditionalUNet?
        var exactAutoencoder: KLAutoencoder?
        var exactEncoder: KLAutoencoder?
    }

    init(_ files: ModelFiles, _ source: StableDiffusionSource, _ type: DType) throws {
        self.source = source
        unet = try source.unet(files)
        let usual = try source.autoencoder(files, hasEncoder: false)
        // Such a model overflows where 16 bits hold no numbers above 65,504.
        let isExact = type == .float16 && usual.configuration.needsSinglePrecision
        autoencoder = isExact ? try source.autoencoder(source.files(as: .float32), hasEncoder: false) : usual
        autoencoderType = isExact ? .float32 : type
    }

    /// The autoencoder with its first half.
    func encoder() throws -> KLAutoencoder {
        try late.withLock { late in
            if let known = late.encoder { return known }
            let made = try source.autoencoder(source.files(as: autoencoderType), hasEncoder: true)
            late.encoder = made
            return made
        }
    }

    /// The U-Net in single precision.
    func exactUNet() throws -> ConditionalUNet {
        try late.withLock { late in
            if let known = late.exactUNet { return known }
            let made = try source.unet(source.files(as: .float32), exact: true)
            late.exactUNet = made
            return made
        }
    }

    /// The autoencoder in single precision, with its first half where that is needed.
    func exactAutoencoder(hasEncoder: Bool) throws -> KLAutoencoder {
        try late.withLock { late in
            if let known = late.exactEncoder ?? (hasEncoder ? nil : late.exactAutoencoder) { return known }
            let made = try source.autoencoder(source.files(as: .float32), hasEncoder: hasEncoder)
            if hasEncoder { late.exactEncoder = made } else { late.exactAutoencoder = made }
            return made
        }
    }
}

/// What a model's description says about how it is drawn with.
struct StableDiffusionTraits: Sendable {
    /// The U-Net is told sizes and a pooled text, as XL's.
    let hasSizes: Bool
    /// It is told an aesthetic score in place of the target size, as XL's refiner.
    let hasScores: Bool
    /// An empty negative prompt is all zeros.
    let zeroesEmptyPrompts: Bool
    /// The U-Net was distilled with guidance inside.
    let knowsGuidance: Bool
    /// The U-Net sees mask and masked picture.
    let seesMask: Bool

    init(of files: ModelFiles, _ unet: ConditionalUNetConfiguration) throws {
        hasSizes = unet.added != nil
        knowsGuidance = unet.guidanceWidth != nil
        let latent = 4
        seesMask = unet.inputChannels == 2 * latent + 1
        guard [latent, 2 * latent + 1].contains(unet.inputChannels) else {
            throw PipelineError.unusableModel(
                reason: "its U-Net reads \(unet.inputChannels) channels; expected 4, or 9 for inpainting")
        }
        let index = try? JSONSerialization.jsonObject(
            with: Data(contentsOf: files.url.appending(path: "model_index.json")))
        let entries = index as? [String: Any] ?? [:]
        let isRefiner = files.family == .stableDiffusionXLRefiner
        hasScores = entries["requires_aesthetics_score"] as? Bool ?? isRefiner
        zeroesEmptyPrompts =
            hasSizes && entries["force_zeros_for_empty_prompt"] as? Bool ?? !isRefiner
    }
}
