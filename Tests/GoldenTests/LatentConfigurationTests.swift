import Diagnostics
import Foundation
import Layers
import Networks
import Recipes
import Testing

/// What a `config.json` may say, and what is said of one that says something else.
@Suite struct LatentConfigurationTests {
    private static func unet(_ json: String) throws -> ConditionalUNetConfiguration {
        try ConditionalUNetConfiguration(json: Data(json.utf8), named: "unet/config.json")
    }
    private static func autoencoder(_ json: String) throws -> AutoencoderConfiguration {
        try AutoencoderConfiguration(json: Data(json.utf8), named: "vae/config.json")
    }
    private static func text(_ json: String) throws -> CLIPTextConfiguration {
        try CLIPTextConfiguration(json: Data(json.utf8), named: "text_encoder/config.json")
    }
    private static func message(_ body: () throws -> Any) -> String {
        do { return "no error: \(try body())" } catch { return "\(error)" }
    }

    @Test func defaultsAreThoseOfTheReference() throws {
        let unet = try Self.unet(#"{"_class_name": "UNet2DConditionModel"}"#)
        #expect((unet.inputChannels, unet.outputChannels, unet.textWidth) == (4, 4, 1280))
        #expect(
            unet.sampleSize == nil && unet.added == nil && unet.labels == nil && unet.guidanceWidth == nil)
        #expect(
            try unet
                == Self.unet(
                    """
                    {"block_out_channels": [320, 640, 1280, 1280], "attention_head_dim": 8, "layers_per_block": [2, 2, 2, 2],
                     "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D",
                       "DownBlock2D"], "mid_block_type": "UNetMidBlock2DCrossAttn", "transformer_layers_per_block": 1,
                     "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
                     "norm_num_groups": 32, "norm_eps": 1e-5, "act_fn": "swish", "cross_attention_dim": 1280,
                     "class_embed_type": null, "only_cross_attention": false, "time_embedding_dim": 1280}
                    """))
        let autoencoder = try Self.autoencoder("{}")
        #expect((autoencoder.channels, autoencoder.latentChannels, autoencoder.sampleSize) == ([64], 4, 32))
        #expect(autoencoder.scalingFactor == 0.18215 && autoencoder.needsSinglePrecision)
        #expect(autoencoder.shiftFactor == nil && autoencoder.latentStatistics == nil)
        let text = try Self.text("{}")
        #expect((text.width, text.layers, text.heads, text.positions) == (512, 12, 8, 77))
        #expect(text.endOfText == 49_407 && text.projectionWidth == nil)
    }

    @Test func sizesAreNumbersOrPairs() throws {
        let one = try #require(Self.unet(#"{"sample_size": 64}"#).sampleSize)
        #expect(one == (64, 64))
        let two = try #require(Self.unet(#"{"sample_size": [64, 96]}"#).sampleSize)
        #expect(two == (64, 96))
        #expect(
            try Self.autoencoder(#"{"sample_size": 512, "block_out_channels": [4, 4, 8]}"#).downscaling == 4)
    }

    @Test func whatTrainingLeavesBehindIsPassedOver() throws {
        _ = try Self.unet(
            #"{"_name_or_path": "x", "dropout": 0.1, "use_ema_warmup": true, "decay": 0.9, "upcast_attention": null}"#
        )
        _ = try Self.text(
            """
            {"_name_or_path": "x", "torch_dtype": "float32", "top_k": 50, "id2label": {"0": "LABEL_0"}, "architectures": null}
            """)
    }

    @Test(arguments: [
        (
            #"{"atention_head_dim": 8}"#, #"the configuration has no key "atention_head_dim""#,
            #"did you mean "attention_head_dim"?"#
        ),
        (
            #"{"_class_name": "UNetMotionModel"}"#,
            #"_class_name: there is no kind of U-Net "UNetMotionModel""#,
            "choices: UNet2DConditionModel"
        ),
        (
            #"{"block_out_channels": [8], "down_block_types": ["AttnDownBlock2D"]}"#,
            #"down_block_types[0]: there is no kind of block "AttnDownBlock2D""#,
            #"did you mean "DownBlock2D""#
        ),
        (
            #"{"mid_block_type": "UNetMidBlock2DSimpleCrossAttn"}"#,
            #"mid_block_type: there is no kind of middle block "UNetMidBlock2DSimpleCrossAttn""#,
            #"did you mean "UNetMidBlock2DCrossAttn""#
        ),
        (
            #"{"dual_cross_attention": true}"#,
            "dual_cross_attention: expected false, as attention to two texts is not supported, found true",
            "change the value of dual_cross_attention"
        ),
        (
            #"{"addition_embed_type": "image_hint"}"#,
            #"addition_embed_type: there is no added embedding "image_hint""#, "choices: text_time"
        ),
        (
            #"{"addition_embed_type": "text_time"}"#,
            #"the configuration needs the key "addition_time_embed_dim": a whole number"#, "add"
        ),
        (
            #"{"attention_type": "gated"}"#, #"attention_type: there is no attention type "gated""#, "choices"
        ),
        (
            #"{"time_embedding_type": "fourier"}"#, #"there is no time embedding "fourier""#,
            "choices: positional"
        ),
        (
            #"{"resnet_time_scale_shift": "ada_group"}"#, #"there is no time scale shift "ada_group""#,
            "choices: default, scale_shift"
        ),
        (
            #"{"encoder_hid_dim_type": "image_proj"}"#, #"there is no projection of the text "image_proj""#,
            "choices: text_proj"
        ),
        (
            #"{"class_embed_type": "projection"}"#,
            #"class_embed_type: "projection" needs the width of the labels"#,
            "give projection_class_embeddings_input_dim"
        ),
        (
            #"{"class_embed_type": "projektion"}"#, #"there is no class embedding "projektion""#,
            #"did you mean "projection"?"#
        ),
        (
            #"{"act_fn": "sillu"}"#, #"act_fn: there is no activation "sillu""#, #"did you mean "silu"?"#
        ),
        (
            #"{"attention_head_dim": [8, 8]}"#,
            "attention_head_dim: expected a number of heads from 1 to 65536, or a list of 4, found [8, 8]",
            "change"
        ),
        (
            #"{"attention_head_dim": 0}"#, "attention_head_dim: expected a number of heads", "change"
        ),
        (
            #"{"attention_head_dim": 400}"#, "attention_head_dim: 400 heads share 320 channels", "fewer"
        ),
        (
            #"{"layers_per_block": 2.5}"#, "layers_per_block: expected a whole number, found 2.5", "change"
        ),
        (
            #"{"cross_attention_dim": [1, 1, 1, 2]}"#, "cross_attention_dim: expected one width", "change"
        ),
        (
            #"{"transformer_layers_per_block": [[1, 1], 1, 1, 1]}"#,
            "transformer_layers_per_block: lists within the list do not say how many blocks the way up has",
            "give reverse_transformer_layers_per_block"
        ),
        (
            #"{"transformer_layers_per_block": [[1], 1, 1, 1], "reverse_transformer_layers_per_block": [1, 1, 1, 1]}"#,
            "transformer_layers_per_block: expected numbers of blocks from 0 to 256, one for each of 2 layers",
            "change"
        ),
        (#"{"up_block_types": ["UpBlock2D"]}"#, "up_block_types: expected 4 names", "change"),
        (#"{"block_out_channels": []}"#, "block_out_channels: expected a list of 1 to 16 widths", "change"),
        (#"{"in_channels": 99999999999}"#, "in_channels: expected a number from 1 to 65536", "change"),
        (#"{"freq_shift": 160}"#, "freq_shift: expected a number below half", "change"),
        (#"{"in_channels": 4, "in_channels": 9}"#, "in_channels is given twice", "keep one of the two"),
        ("[]", "the configuration: expected an object, found an empty list", "change"),
        ("{", "line 1, column 2: expected", "no comma after the last value"),
    ])
    func otherMathematicsIsRefused(_ json: String, _ problem: String, _ advice: String) {
        let text = Self.message { try Self.unet(json) }
        #expect(text.hasPrefix("unet/config.json: "))
        #expect(text.contains(problem), "\(text)")
        #expect(text.contains(advice), "\(text)")
    }

    @Test(arguments: [
        (#"{"_class_name": "AutoencoderTiny"}"#, #"there is no kind of autoencoder "AutoencoderTiny""#),
        (
            #"{"up_block_types": ["AttnUpDecoderBlock2D"]}"#,
            #"up_block_types[0]: there is no kind of block "AttnUpDecoderBlock2D""#
        ),
        (
            #"{"latents_mean": [0, 1], "latents_std": [1, 1]}"#,
            "latents_mean: expected 4 numbers, one a latent"
        ),
        (
            #"{"latents_mean": [0, 1, 2, 3], "latents_std": [1, 1, 0, 1]}"#,
            "latents_std: expected 4 numbers above 0"
        ),
        (#"{"scaling_factor": 0}"#, "scaling_factor: expected a number above 0, found 0"),
        (#"{"block_out_channels": [8, 8]}"#, "no error"),
        (#"{"block_out_channels": [8, 8], "down_block_types": ["DownEncoderBlock2D"]}"#, "expected 2 names"),
        (#"{"sample_size": [1, 2, 3]}"#, "sample_size: expected a size"),
        (#"{"shift_faktor": 1}"#, #"did you mean "shift_factor"?"#),
    ])
    func autoencodersAreCheckedToo(_ json: String, _ problem: String) {
        let text = Self.message { try Self.autoencoder(json) }
        #expect(text.contains(problem), "\(text)")
    }

    @Test(arguments: [
        (#"{"model_type": "t5"}"#, #"there is no kind of text encoder "t5""#),
        (#"{"hidden_act": "quickgelu"}"#, #"did you mean "quick_gelu"?"#),
        (#"{"num_attention_heads": 7}"#, "7 heads do not divide the width 512"),
        (#"{"use_attention_mask": true}"#, "use_attention_mask: expected false"),
        (#"{"layer_norm_epsilon": 1e-6}"#, #"no key "layer_norm_epsilon""#),
        (#"{"eos_token_id": [1, 2]}"#, "eos_token_id: expected a whole number, found a list"),
    ])
    func textEncodersAreCheckedToo(_ json: String, _ problem: String) {
        let text = Self.message { try Self.text(json) }
        #expect(text.hasPrefix("text_encoder/config.json: "))
        #expect(text.contains(problem), "\(text)")
    }

    @Test func theArchitectureSaysWhetherThereIsAProjection() throws {
        let with = try Self.text(#"{"architectures": ["CLIPTextModelWithProjection"], "projection_dim": 9}"#)
        #expect(with.projectionWidth == 9)
        #expect(
            try Self.text(#"{"architectures": ["CLIPTextModel"], "projection_dim": 9}"#).projectionWidth
                == nil)
    }

    /// Sizes that do not fit together are errors of the layers, not crashes.
    @Test func groupsThatDoNotFitAreRefused() throws {
        let json = #"{"block_out_channels": [10], "norm_num_groups": 4}"#
        let scope = ParameterScope(FreshParameters(seed: 1))
        let error = #expect(throws: LayerError.self) {
            try ConditionalUNet(scope, Self.unet(json))
        }
        #expect(error?.summary.contains("has 10 channels, which 4 groups cannot share equally") == true)
        #expect(throws: LayerError.self) { try KLAutoencoder(scope, Self.autoencoder(json)) }
    }
}
