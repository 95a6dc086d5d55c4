public import Foundation
import Layers
import Recipes

/// The sizes of a `CLIPTextTransformer`, as the `config.json` of transformers' `CLIPTextModel` has them.
public struct CLIPTextConfiguration: Equatable, Sendable {
    /// Number of tokens that have a vector.
    public var vocabulary: Int
    /// Width of a token's state.
    public var width: Int
    /// Width inside the feed-forward layers.
    public var innerWidth: Int
    /// Number of transformer layers.
    public var layers: Int
    /// Number of attention heads.
    public var heads: Int
    /// The longest text, in tokens with start and end.
    public var positions: Int
    /// Added to the variance in layer norms.
    public var epsilon: Double
    /// The id of the token that ends a text; its state is the pooled text.
    ///
    /// The id 2 stands in old files and means the token with the highest id.
    public var endOfText: Int
    /// Width of the projected pooled text; nil for a model without projection (transformers' `CLIPTextModel`).
    public var projectionWidth: Int?
    var activation: Activation

    /// Reads a `config.json`.
    ///
    /// Keys that cannot matter are passed over; an unknown key, or a value that asks for mathematics that is not here,
    /// is an error. There is a projection when the file names the architecture `CLIPTextModelWithProjection`.
    /// - Parameters:
    ///   - json: the file's bytes.
    ///   - name: its name, put before the message of any error.
    /// - Throws: `RecipeError` with the place of the first mistake.
    public init(json: Data, named name: String) throws {
        self = try ForeignConfiguration.decoded(
            Parsed.self, from: json, named: name, ignoring: Self.harmless
        ).configuration
    }

    private enum Key: String, CodingKey, CaseIterable {
        case modelType = "model_type"
        case architectures
        case vocabulary = "vocab_size"
        case width = "hidden_size"
        case innerWidth = "intermediate_size"
        case projectionWidth = "projection_dim"
        case layers = "num_hidden_layers"
        case heads = "num_attention_heads"
        case positions = "max_position_embeddings"
        case activation = "hidden_act"
        case epsilon = "layer_norm_eps"
        case endOfText = "eos_token_id"
        case usesMask = "use_attention_mask"
    }

    private struct Parsed: Decodable {
        let configuration: CLIPTextConfiguration

        init(from decoder: any Decoder) throws {
            configuration = try CLIPTextConfiguration(StrictFields(decoder, Key.self))
        }
    }

    private init(_ fields: StrictFields<Key>) throws {
        let widths = 1...65_536
        _ = try fields.choice(
            .modelType, "kind of text encoder", ["clip_text_model": true, "clip": true])
        guard try !fields.value(.usesMask, or: false) else {
            throw fields.outOfRange(.usesMask, "false, as padding that is masked is not supported")
        }
        vocabulary = try fields.value(.vocabulary, or: 49_408, in: 1...16_777_216)
        width = try fields.value(.width, or: 512, in: widths)
        innerWidth = try fields.value(.innerWidth, or: 2048, in: 1...1_048_576)
        layers = try fields.value(.layers, or: 12, in: 0...1024)
        heads = try fields.value(.heads, or: 8, in: widths)
        guard width.isMultiple(of: heads) else {
            throw fields.contradiction(
                .heads, "\(heads) heads do not divide the width \(width)",
                "give heads that divide hidden_size")
        }
        positions = try fields.value(.positions, or: 77, in: 1...1_048_576)
        activation =
            try fields.choice(.activation, "activation", Activation.namedByTransformers) ?? .quickGELU
        epsilon = try fields.positive(.epsilon, or: 1e-5)
        endOfText = try fields.value(.endOfText, or: 49_407, in: 0...16_777_216)
        let projection = try fields.value(.projectionWidth, or: 512, in: widths)
        let architectures = try fields.value(.architectures, or: [String]())
        projectionWidth = architectures.contains("CLIPTextModelWithProjection") ? projection : nil
    }

    /// What transformers writes into every file, and what concerns training or the writing of text.
    private static let harmless: Set<String> = [
        "add_cross_attention", "attention_dropout", "attn_implementation", "bad_words_ids",
        "begin_suppress_tokens", "bos_token_id", "chunk_size_feed_forward", "cross_attention_hidden_size",
        "decoder_start_token_id", "diversity_penalty", "do_sample", "dropout", "dtype", "early_stopping",
        "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "finetuning_task",
        "forced_bos_token_id", "forced_eos_token_id", "gradient_checkpointing", "id2label",
        "initializer_factor", "initializer_range", "is_decoder", "is_encoder_decoder", "label2id",
        "length_penalty", "max_length", "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
        "num_return_sequences", "output_attentions", "output_hidden_states", "output_scores", "pad_token_id",
        "prefix", "problem_type", "pruned_heads", "remove_invalid_values", "repetition_penalty",
        "return_dict",
        "return_dict_in_generate", "sep_token_id", "suppress_tokens", "task_specific_params", "temperature",
        "tf_legacy_loss", "tie_encoder_decoder", "tie_word_embeddings", "tokenizer_class", "top_k", "top_p",
        "torch_dtype", "torchscript", "transformers_version", "typical_p", "use_bfloat16",
    ]
}
