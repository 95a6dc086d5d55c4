import Checkpoints
import Foundation
import Layers
import Networks
import Recipes
import Tensors
import Tokenizers

/// A Stable Diffusion model with adapters, as a session teaches it: pictures are encoded, then their latents noised.
///
/// The autoencoder never learns. A text encoder learns where a target's name is one of its modules.
final class StableDiffusionLearner: Learner {
    /// The frozen weights, one source a network.
    struct Parts {
        let files: ModelFiles
        let unet: AdaptedModel
        let encoders: [(part: ModelPart, model: AdaptedModel)]

        init(_ files: ModelFiles, dropout: LowRankDropout?, device: Device) throws {
            self.files = files
            func adapted(_ part: ModelPart) throws -> AdaptedModel {
                AdaptedModel(
                    frozen: try FrozenParameters(
                        InnerParameters(
                            base: PlacedParameters(files.parameters(of: part), on: device),
                            prefix: part.rawValue + ".")),
                    dropout: dropout)
            }
            unet = try adapted(.unet)
            encoders = try [ModelPart.textEncoder, .textEncoder2].filter { files.parts.contains($0) }
                .map { ($0, try adapted($0)) }
        }
    }

    private let unet: ConditionalUNet
    private let encoders: [CLIPTextTransformer]
    /// What makes latents of pictures.
    let encoder: LatentEncoder
    private let lengths: [Int]
    private let emptyIDs: [Int64]
    private let timeIDs: [Float]?
    private let device: Device
    /// Whether a text encoder learns: then what it says of no caption changes.
    private let readsAnew: Bool
    private var empty: CaptionStates?

    private init(
        unet: ConditionalUNet, encoders: [CLIPTextTransformer], encoder: LatentEncoder,
        tokenizers: [CLIPTokenizer],
        resolution: Int, readsAnew: Bool, device: Device
    ) {
        (self.unet, self.encoders, self.encoder) = (unet, encoders, encoder)
        lengths = tokenizers.map(\.settings.length)
        emptyIDs = CaptionTokens(tokenizers).ids("")
        let side = Float(resolution)
        // Height and width of the picture, its crop's corner, and what is wanted: nothing is known but the size.
        timeIDs = unet.configuration.added == nil ? nil : [side, side, 0, 0, side, side]
        (self.readsAnew, self.device) = (readsAnew, device)
    }

    /// Builds the networks over frozen parts, with adapters from `trained`.
    static func built(
        _ parts: Parts, _ encoder: LatentEncoder, _ plan: AdapterPlan, _ trained: any ParameterSource,
        _ tokenizers: [CLIPTokenizer], resolution: Int, device: Device
    ) throws -> (learner: StableDiffusionLearner, places: [LowRankPlan.Place]) {
        let configuration = try ConditionalUNetConfiguration(
            json: parts.files.configuration(of: .unet), named: "unet/config.json")
        guard configuration.inputChannels == 4, configuration.guidanceWidth == nil else {
            throw TrainingError.unusableBase(
                parts.files.url,
                reason: configuration.guidanceWidth == nil
                    ? "its U-Net sees \(configuration.inputChannels) channels; expected 4."
                    : "its U-Net was distilled with guidance inside.")
        }
        let attention = ["to_q", "to_k", "to_v", "to_out.0"]
        let lowRank = parts.unet.plan(plan, from: trained) { attention.contains($0.shortName) }
        let root = ParameterScope(parts.unet.frozen, lowRank: lowRank)
        let unet = try ConditionalUNet(root[ModelPart.unet.rawValue], configuration)
        var places = lowRank.places
        let encoders = try parts.encoders.map { part, model in
            let own = model.plan(plan, from: trained) { _ in false }
            let configuration = try CLIPTextConfiguration(
                json: parts.files.configuration(of: part), named: "\(part.rawValue)/config.json")
            let root = ParameterScope(model.frozen, lowRank: own)
            let network = try CLIPTextTransformer(root[part.rawValue], configuration)
            places += own.places
            return network
        }
        let readsAnew = places.contains { $0.isAdapted && AdapterTargets.isText($0.path) }
        let learner = StableDiffusionLearner(
            unet: unet, encoders: encoders, encoder: encoder, tokenizers: tokenizers, resolution: resolution,
            readsAnew: readsAnew, device: device)
        return (learner, places)
    }

    var tokens: Int { lengths.reduce(0, +) }

    func samples(of batch: HostBatch) throws -> Tensor { try encoder.latents(of: batch) }

    func read(_ ids: Tensor, _ context: ForwardContext) throws -> CaptionStates {
        guard !readsAnew else { return try states(of: ids, context) }
        return try Autograd.disabled { try states(of: ids, context) }
    }

    /// As the pipelines read: XL takes the last state but one of both encoders, the others the normalised last.
    private func states(of ids: Tensor, _ context: ForwardContext) throws -> CaptionStates {
        var (states, pooled, first) = ([Tensor](), Tensor?.none, 0)
        for (network, length) in zip(encoders, lengths) {
            let output = try network(ids.slice(first..<first + length, along: 1), context)
            first += length
            let hidden = output.hiddenStates
            states.append(
                try (timeIDs == nil ? output.last : hidden[max(0, hidden.count - 2)]).to(.float32))
            pooled = try output.projected?.to(.float32) ?? pooled
        }
        return CaptionStates(
            tokens: try Tensor.concatenated(states, along: -1), pooled: timeIDs == nil ? nil : pooled)
    }

    func dropping(_ text: CaptionStates, where dropped: Tensor) throws -> CaptionStates {
        let none: CaptionStates
        if let empty, !readsAnew {
            none = empty
        } else {
            none = try read(Tensor(emptyIDs, shape: [1, tokens]).to(device), ForwardContext())
            empty = none
        }
        func chosen(_ none: Tensor, _ own: Tensor) throws -> Tensor {
            let shape = [own.size(0)] + own.shape.dropFirst().map { _ in 1 }
            return try none.expanded(to: own.shape)
                .selecting(where: dropped.reshaped(to: shape), otherwise: own)
        }
        var result = CaptionStates(tokens: try chosen(none.tokens, text.tokens))
        if let pooled = text.pooled, let nothing = none.pooled { result.pooled = try chosen(nothing, pooled) }
        return result
    }

    func predict(
        _ x: Tensor, timesteps: Tensor, text: CaptionStates, _ context: ForwardContext
    ) throws -> Tensor {
        var added: AddedConditioning?
        if let timeIDs, let pooled = text.pooled {
            let batch = x.size(0)
            let all = try Tensor(timeIDs, shape: [1, timeIDs.count]).expanded(batch, -1).contiguous()
            added = AddedConditioning(timeIDs: try all.to(x.device), pooled: pooled)
        }
        // A model knows the whole timesteps that it was trained at.
        return try unet(
            x, timestep: timesteps.rounded(), text: unet.prepare(text: text.tokens), added: added, context)
    }
}

/// Parameters of a part under names that begin with the part's.
private struct InnerParameters: ParameterSource {
    let base: any ParameterSource
    let prefix: String

    func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        let name = path.description
        let inner = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        return try base.parameter(at: ParameterPath(inner), shape: shape, initializer: initializer)
    }
}
