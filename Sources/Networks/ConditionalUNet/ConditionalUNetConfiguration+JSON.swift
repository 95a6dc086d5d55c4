import Foundation
import Layers
import Recipes

extension ConditionalUNetConfiguration {
    static func parsed(json: Data, named name: String) throws -> Self {
        try ForeignConfiguration.decoded(
            Parsed.self, from: json, named: name, ignoring: harmless, keepingNull: [Key.middleType.rawValue]
        ).configuration
    }

    /// Keys that training leaves behind.
    private static let harmless: Set<String> = [
        "dropout", "dtype", "torch_dtype", "decay", "inv_gamma", "min_decay", "optimization_step", "power",
        "update_after_step", "use_ema_warmup", "addition_embed_type_num_heads",
        // The reference reads these for kinds of blocks that are refused here.
        "cross_attention_norm", "mid_block_only_cross_attention", "resnet_out_scale_factor",
        "resnet_skip_time_act",
    ]

    enum Key: String, CodingKey, CaseIterable {
        case className = "_class_name"
        case sampleSize = "sample_size"
        case inputChannels = "in_channels"
        case outputChannels = "out_channels"
        case centersInput = "center_input_sample"
        case cosinesFirst = "flip_sin_to_cos"
        case frequencyShift = "freq_shift"
        case downTypes = "down_block_types"
        case middleType = "mid_block_type"
        case upTypes = "up_block_types"
        case looksAtTextOnly = "only_cross_attention"
        case channels = "block_out_channels"
        case layers = "layers_per_block"
        case downsamplePadding = "downsample_padding"
        case middleScale = "mid_block_scale_factor"
        case activation = "act_fn"
        case groups = "norm_num_groups"
        case epsilon = "norm_eps"
        case textWidth = "cross_attention_dim"
        case depths = "transformer_layers_per_block"
        case upDepths = "reverse_transformer_layers_per_block"
        case projectionWidth = "encoder_hid_dim"
        case projectionType = "encoder_hid_dim_type"
        case headCount = "attention_head_dim"
        case realHeadCount = "num_attention_heads"
        case isDual = "dual_cross_attention"
        case projectsLinearly = "use_linear_projection"
        case labelType = "class_embed_type"
        case addedType = "addition_embed_type"
        case addedTimeWidth = "addition_time_embed_dim"
        case labelCount = "num_class_embeds"
        case upcasts = "upcast_attention"
        case modulation = "resnet_time_scale_shift"
        case timeType = "time_embedding_type"
        case timeWidth = "time_embedding_dim"
        case timeLast = "time_embedding_act_fn"
        case timeFinal = "timestep_post_act"
        case guidanceWidth = "time_cond_proj_dim"
        case inputKernel = "conv_in_kernel"
        case outputKernel = "conv_out_kernel"
        case labelWidth = "projection_class_embeddings_input_dim"
        case attentionType = "attention_type"
        case concatenatesLabels = "class_embeddings_concat"
    }

    typealias Fields = StrictFields<Key>
    static let widths = 1...65_536

    private struct Parsed: Decodable {
        let configuration: ConditionalUNetConfiguration

        init(from decoder: any Decoder) throws {
            configuration = try ConditionalUNetConfiguration(Fields(decoder, Key.self))
        }
    }

    private init(_ fields: Fields) throws {
        try Self.refuseOtherMathematics(fields)
        let channels = try fields.value(
            .channels, or: [320, 640, 1280, 1280], "a list of 1 to 16 widths from 1 to 65536"
        ) { (1...16).contains($0.count) && $0.allSatisfy(Self.widths.contains) }
        size = try Self.size(fields)
        inputChannels = try fields.value(.inputChannels, or: 4, in: Self.widths)
        outputChannels = try fields.value(.outputChannels, or: 4, in: Self.widths)
        inputKernel = try fields.value(.inputKernel, or: 3, in: 1...31)
        outputKernel = try fields.value(.outputKernel, or: 3, in: 1...31)
        centersInput = try fields.value(.centersInput, or: false)
        downsamplePadding = try fields.value(.downsamplePadding, or: 1, in: 0...15)
        let activation = try Self.activation(fields, .activation) ?? .silu
        time = Time(
            width: try fields.value(.timeWidth, or: channels[0] * 4, in: 1...1_048_576),
            cosinesFirst: try fields.value(.cosinesFirst, or: true),
            frequencyShift: try fields.value(
                .frequencyShift, or: 0, "a number below half of the first of block_out_channels"
            ) { $0 < Double(channels[0] / 2) },
            final: try Self.activation(fields, .timeFinal), last: try Self.activation(fields, .timeLast))
        guidanceWidth = try fields.optional(.guidanceWidth, in: Self.widths)
        labels = try Self.labels(fields)
        labelsAreConcatenated = try fields.value(.concatenatesLabels, or: false) && labels != nil
        added = try Self.added(fields)
        style = ResnetBlock.Style(
            groups: try fields.value(.groups, or: 32, in: Self.widths),
            epsilon: try fields.positive(.epsilon, or: 1e-5), activation: activation,
            embeddingWidth: labelsAreConcatenated ? 2 * time.width : time.width,
            scalesAndShifts: try fields.choice(
                .modulation, "time scale shift", ["default": false, "scale_shift": true])
                ?? false)
        let stages = try Self.stages(fields, channels: channels)
        (down, middle, up) = (stages.down, stages.middle, stages.up)
        crossAttentionWidth = stages.textWidth
        textProjection = try Self.textProjection(fields)
        textWidth = textProjection ?? crossAttentionWidth
    }

    /// Refuses values that ask for networks that are not here.
    private static func refuseOtherMathematics(_ fields: Fields) throws {
        try fields.expect(.className, "kind of U-Net", "UNet2DConditionModel")
        try fields.expect(.attentionType, "attention type", "default")
        try fields.expect(.timeType, "time embedding", "positional")
        guard try !fields.value(.isDual, or: false) else {
            throw fields.outOfRange(.isDual, "false, as attention to two texts is not supported")
        }
        // Fused attention, here as in the reference, sums scores in single precision whatever this says.
        _ = try fields.value(.upcasts, or: false)
    }

    private static func size(_ fields: Fields) throws -> Size? {
        guard let size = try fields.optional(.sampleSize, as: OneOrEach<Int>.self) else { return nil }
        guard let sides = size.spread(over: 2), sides.allSatisfy(widths.contains) else {
            throw fields.outOfRange(.sampleSize, "a size from 1 to 65536, or a list of height and width")
        }
        return Size(height: sides[0], width: sides[1])
    }

    private static func activation(_ fields: Fields, _ key: Key) throws -> Activation? {
        try fields.choice(key, "activation", Activation.namedByDiffusers)
    }

    private static func labels(_ fields: Fields) throws -> Labels? {
        guard let type = try fields.optional(.labelType, as: String.self) else {
            return try fields.optional(.labelCount, in: 1...1_048_576).map { .table(count: $0) }
        }
        func width() throws -> Int {
            guard let width = try fields.optional(.labelWidth, in: widths) else {
                throw fields.contradiction(
                    .labelType, "\"\(type)\" needs the width of the labels",
                    "give projection_class_embeddings_input_dim")
            }
            return width
        }
        switch type {
        case "timestep": return .number
        case "identity": return .identity
        case "projection": return .perceptron(width: try width())
        case "simple_projection": return .linear(width: try width())
        default:
            throw RecipeError.unknownChoice(
                path: fields.path(.labelType), what: "class embedding", found: type,
                known: ["timestep", "identity", "projection", "simple_projection"])
        }
    }

    private static func added(_ fields: Fields) throws -> Added? {
        guard try fields.choice(.addedType, "added embedding", ["text_time": true]) != nil else {
            return nil
        }
        return Added(
            timeIDWidth: try fields.required(.addedTimeWidth, in: 2...65_536),
            width: try fields.required(.labelWidth, in: widths))
    }

    private static func textProjection(_ fields: Fields) throws -> Int? {
        let width = try fields.optional(.projectionWidth, in: widths)
        if try fields.choice(.projectionType, "projection of the text", ["text_proj": true]) != nil,
            width == nil
        {
            throw fields.contradiction(
                .projectionType, "a projection needs the width of the text", "give encoder_hid_dim")
        }
        return width
    }
}
