public import Foundation
import Layers

/// The sizes and switches of a `ConditionalUNet`, as the `config.json` of diffusers' `UNet2DConditionModel` has them.
public struct ConditionalUNetConfiguration: Equatable, Sendable {
    /// Height and width of the latents that the model was trained with, in latent pixels; nil when the file is silent.
    public var sampleSize: (height: Int, width: Int)? { size.map { ($0.height, $0.width) } }
    /// Channels of what the network reads: 4, or 9 for inpainting (latent, mask, masked latent).
    public var inputChannels: Int
    /// Channels of the prediction.
    public var outputChannels: Int
    /// Width of the text tokens.
    public var textWidth: Int
    /// Pooled text and picture sizes beside the timestep, as in Stable Diffusion XL; nil without.
    public var added: Added?
    /// Width of the guidance embedding of models that were distilled with guidance inside; nil without.
    public var guidanceWidth: Int?
    /// Labels beside the timestep.
    public var labels: Labels?

    /// What Stable Diffusion XL adds to the timestep.
    public struct Added: Equatable, Sendable {
        /// Cosines and sines for each number (size, crop, …).
        public var timeIDWidth: Int
        /// Width of the pooled text and all those cosines and sines together.
        public var width: Int

        /// How many numbers go with a pooled text of this width; nil when they do not fit.
        public func timeIDCount(pooledWidth: Int) -> Int? {
            let rest = width - pooledWidth
            return rest >= 0 && rest.isMultiple(of: timeIDWidth) ? rest / timeIDWidth : nil
        }
    }
    /// How labels become a vector.
    public enum Labels: Equatable, Sendable {
        /// A row of a table of `count` rows; labels are `[batch]` whole numbers.
        case table(count: Int)
        /// Cosines and sines through a perceptron; labels are `[batch]` numbers.
        case number
        /// A perceptron; labels are `[batch, width]`.
        case perceptron(width: Int)
        /// A linear map; labels are `[batch, width]`.
        case linear(width: Int)
        /// As they are; labels are as wide as the timestep's vector.
        case identity
    }

    struct Size: Equatable, Sendable { var height, width: Int }
    /// One resolution on the way down or up.
    struct Stage: Equatable, Sendable {
        var channels: Int
        var layers: Int
        /// Transformer blocks after each residual block; nil without attention.
        var depths: [Int]?
        var attention: StageAttention?
    }
    /// The narrowest place.
    struct Middle: Equatable, Sendable {
        /// Transformer blocks; nil for a single residual block without attention.
        var depth: Int?
        var attention: StageAttention?
        var outputScale: Double
    }
    /// How the timestep becomes a vector.
    struct Time: Equatable, Sendable {
        var width: Int
        var cosinesFirst: Bool
        var frequencyShift: Double
        /// After the perceptron.
        var final: Activation?
        /// After everything was added.
        var last: Activation?
    }

    var size: Size?
    var inputKernel, outputKernel: Int
    var centersInput: Bool
    /// In the order in which they are visited.
    var down, up: [Stage]
    var middle: Middle?
    var downsamplePadding: Int
    var style: ResnetBlock.Style
    var time: Time
    var labelsAreConcatenated: Bool
    /// Width of the text before it is projected to `crossAttentionWidth`; nil without a projection.
    var textProjection: Int?
    var crossAttentionWidth: Int

    /// Reads a `config.json`.
    ///
    /// Keys that cannot matter are passed over; an unknown key, or a value that asks for mathematics that is not here,
    /// is an error.
    /// - Parameters:
    ///   - json: the file's bytes.
    ///   - name: its name, put before the message of any error.
    /// - Throws: `RecipeError` with the place of the first mistake.
    public init(json: Data, named name: String) throws {
        self = try Self.parsed(json: json, named: name)
    }
}

/// How a stage attends to the text.
struct StageAttention: Equatable, Sendable {
    var heads: Int
    var textWidth: Int
    /// The first attention of a block looks at the text, too, and none at the picture itself.
    var looksAtTextOnly = false
    /// The way in and out is a linear map, not a 1 × 1 convolution: the same numbers under other shapes.
    var projectsLinearly = false
}
