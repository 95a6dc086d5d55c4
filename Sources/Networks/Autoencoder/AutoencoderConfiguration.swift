public import Foundation
import Layers
import Recipes

/// The sizes of a `KLAutoencoder`, as the `config.json` of diffusers' `AutoencoderKL` has them.
public struct AutoencoderConfiguration: Equatable, Sendable {
    /// Channels of the picture that is encoded, usually 3.
    public var inputChannels: Int
    /// Channels of the picture that is decoded, usually 3.
    public var outputChannels: Int
    /// Channels of the latent, 4 in Stable Diffusion 1, 2 and XL.
    public var latentChannels: Int
    /// Widths of the resolutions, the finest first.
    public internal(set) var channels: [Int]
    /// Residual blocks a resolution on the way down; one more on the way up.
    public var layers: Int
    /// Groups of the normalisation.
    public var groups: Int
    /// Side of the pictures that it was trained with, in pixels; also the side of a tile.
    public var sampleSize: Int
    /// Latents are multiplied by this before they go to the U-Net.
    public var scalingFactor: Double
    /// Subtracted from latents before scaling; nil for none.
    public var shiftFactor: Double?
    /// Mean and deviation of each latent channel, in place of zero and one; nil in most models.
    public var latentStatistics: LatentStatistics?
    /// The model overflows in half precision.
    public var needsSinglePrecision: Bool
    /// Whether the narrowest place of encoder and decoder attends.
    public var hasAttention: Bool
    /// Whether a 1 × 1 convolution stands after the encoder.
    public var hasQuantization: Bool
    /// Whether a 1 × 1 convolution stands before the decoder.
    public var hasPostQuantization: Bool
    var activation: Activation

    /// What each latent channel is brought to zero mean and unit deviation with.
    public struct LatentStatistics: Equatable, Sendable {
        /// A number a channel.
        public var mean, deviation: [Double]
    }

    /// How many pixels a side of the picture has for one of the latent.
    public var downscaling: Int { 1 << (channels.count - 1) }

    /// Reads a `config.json`.
    ///
    /// Keys that cannot matter are passed over; an unknown key, or a value that asks for mathematics that is not here,
    /// is an error.
    /// - Parameters:
    ///   - json: the file's bytes.
    ///   - name: its name, put before the message of any error.
    /// - Throws: `RecipeError` with the place of the first mistake.
    public init(json: Data, named name: String) throws {
        self = try ForeignConfiguration.decoded(
            Parsed.self, from: json, named: name, ignoring: ["dropout", "dtype", "torch_dtype"]
        ).configuration
    }

    private enum Key: String, CodingKey, CaseIterable {
        case className = "_class_name"
        case inputChannels = "in_channels"
        case outputChannels = "out_channels"
        case downTypes = "down_block_types"
        case upTypes = "up_block_types"
        case channels = "block_out_channels"
        case layers = "layers_per_block"
        case activation = "act_fn"
        case latentChannels = "latent_channels"
        case groups = "norm_num_groups"
        case sampleSize = "sample_size"
        case scalingFactor = "scaling_factor"
        case shiftFactor = "shift_factor"
        case mean = "latents_mean"
        case deviation = "latents_std"
        case needsSinglePrecision = "force_upcast"
        case hasQuantization = "use_quant_conv"
        case hasPostQuantization = "use_post_quant_conv"
        case hasAttention = "mid_block_add_attention"
    }

    private struct Parsed: Decodable {
        let configuration: AutoencoderConfiguration

        init(from decoder: any Decoder) throws {
            configuration = try AutoencoderConfiguration(StrictFields(decoder, Key.self))
        }
    }

    private init(_ fields: StrictFields<Key>) throws {
        let widths = 1...65_536
        try fields.expect(.className, "kind of autoencoder", "AutoencoderKL")
        channels = try fields.value(.channels, or: [64], "a list of 1 to 16 widths from 1 to 65536") {
            (1...16).contains($0.count) && $0.allSatisfy(widths.contains)
        }
        for (key, type) in [(Key.downTypes, "DownEncoderBlock2D"), (.upTypes, "UpDecoderBlock2D")] {
            let types = try fields.value(key, or: Array(repeating: type, count: channels.count))
            guard types.count == channels.count else {
                throw fields.outOfRange(key, "\(channels.count) names, as many as block_out_channels")
            }
            if let index = types.firstIndex(where: { $0 != type }) {
                throw RecipeError.unknownChoice(
                    path: "\(fields.path(key))[\(index)]", what: "kind of block", found: types[index],
                    known: [type])
            }
        }
        inputChannels = try fields.value(.inputChannels, or: 3, in: widths)
        outputChannels = try fields.value(.outputChannels, or: 3, in: widths)
        latentChannels = try fields.value(.latentChannels, or: 4, in: widths)
        layers = try fields.value(.layers, or: 1, in: 1...64)
        groups = try fields.value(.groups, or: 32, in: widths)
        activation = try fields.choice(.activation, "activation", Activation.namedByDiffusers) ?? .silu
        let size = try fields.optional(.sampleSize, as: OneOrEach<Int>.self) ?? .one(32)
        guard let sides = size.spread(over: 2) ?? size.spread(over: 1), sides.allSatisfy(widths.contains)
        else { throw fields.outOfRange(.sampleSize, "a size from 1 to 65536, or a list of height and width") }
        sampleSize = sides[0]
        scalingFactor = try fields.positive(.scalingFactor, or: 0.18215)
        shiftFactor = try fields.optional(.shiftFactor)
        latentStatistics = try Self.statistics(fields, channels: latentChannels)
        needsSinglePrecision = try fields.value(.needsSinglePrecision, or: true)
        hasQuantization = try fields.value(.hasQuantization, or: true)
        hasPostQuantization = try fields.value(.hasPostQuantization, or: true)
        hasAttention = try fields.value(.hasAttention, or: true)
    }

    private static func statistics(_ fields: StrictFields<Key>, channels: Int) throws -> LatentStatistics? {
        // The reference uses them only together.
        guard let mean = try fields.optional(.mean, as: [Double].self),
            let deviation = try fields.optional(.deviation, as: [Double].self)
        else { return nil }
        guard mean.count == channels else {
            throw fields.outOfRange(.mean, "\(channels) numbers, one a latent channel")
        }
        guard deviation.count == channels, deviation.allSatisfy({ $0 > 0 }) else {
            throw fields.outOfRange(.deviation, "\(channels) numbers above 0, one a latent channel")
        }
        return LatentStatistics(mean: mean, deviation: deviation)
    }
}
