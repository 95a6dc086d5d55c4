import Foundation

/// Descriptions of networks as `config.json` has them, found from the shapes of their weights.
///
/// What shapes do not tell is what the published models of the family have; a description that comes with the weights is
/// always preferred to this one.
enum ModelDescribing {
    /// The description of a part.
    /// - Throws: `CheckpointError.unsupported` when it is none that Stable Diffusion has.
    static func configuration(
        of part: ModelPart, _ tensors: StoredTensors, family: ModelFamily
    ) throws -> Data {
        let shapes = Shapes(tensors)
        let object =
            switch part {
            case .unet: try unet(shapes, family)
            case .autoencoder: try autoencoder(shapes, family)
            case .textEncoder: try textEncoder(shapes, family, isLarge: family == .stableDiffusion2)
            case .textEncoder2: try textEncoder(shapes, family, isLarge: true)
            }
        return try JSONFile.text(object)
    }

    /// The family that a U-Net's weights show.
    static func family(ofDenoiser tensors: StoredTensors) -> ModelFamily {
        let projection = tensors.places.first { $0.key.hasSuffix(".proj_in.weight") }?.value.shape
        guard let added = tensors.shape("add_embedding.linear_1.weight") else {
            return projection?.count == 2 ? .stableDiffusion2 : .stableDiffusion1
        }
        // Six numbers and the pooled text, or five for the refiner, each number as 256.
        return added.last == 5 * 256 + 1280 ? .stableDiffusionXLRefiner : .stableDiffusionXL
    }

    /// Shapes by inner names.
    struct Shapes {
        let tensors: StoredTensors
        init(_ tensors: StoredTensors) { self.tensors = tensors }

        func has(_ name: String) -> Bool { tensors.shape(name) != nil }

        func size(_ name: String, _ axis: Int) throws -> Int {
            guard let shape = tensors.shape(name), axis < shape.count else {
                throw CheckpointError.unsupported(
                    "its `\(name)` is missing or has no axis \(axis)", file: tensors.file(of: name))
            }
            return shape[axis]
        }

        /// How many of 0, 1, 2 … stand in the place of `*` of names that are there.
        func count(_ pattern: String) -> Int {
            let halves = pattern.split(separator: "*", maxSplits: 1)
            guard halves.count == 2 else { return 0 }
            var count = 0
            while has("\(halves[0])\(count)\(halves[1])") { count += 1 }
            return count
        }
    }

    // MARK: - The U-Net

    private static func unet(_ shapes: Shapes, _ family: ModelFamily) throws -> [String: Any] {
        let levels = shapes.count("down_blocks.*.resnets.0.conv1.weight")
        guard levels > 0 else {
            throw CheckpointError.unsupported("its U-Net has no levels", file: shapes.tensors.file(of: ""))
        }
        let widths = try (0..<levels).map { try shapes.size("down_blocks.\($0).resnets.0.conv1.weight", 0) }
        let attention = (0..<levels).map { shapes.has("down_blocks.\($0).attentions.0.norm.weight") }
        let depths = try transformerDepths(shapes, attention)
        guard
            let context = shapes.tensors.places.first(where: { $0.key.hasSuffix(".attn2.to_k.weight") })?
                .value.shape?.last
        else {
            throw CheckpointError.unsupported(
                "its U-Net has no attention to text", file: shapes.tensors.file(of: ""))
        }
        let isLinear =
            shapes.tensors.places.first { $0.key.hasSuffix(".proj_in.weight") }?.value.shape?.count == 2
        let isXL = family == .stableDiffusionXL || family == .stableDiffusionXLRefiner
        let input = try shapes.size("conv_in.weight", 1)
        var object: [String: Any] = [
            "_class_name": "UNet2DConditionModel",
            "act_fn": "silu",
            // The name is the reference's mistake: these are numbers of heads.
            "attention_head_dim": isLinear ? widths.map { max(1, $0 / 64) } as Any : 8 as Any,
            "block_out_channels": widths,
            "center_input_sample": false,
            "cross_attention_dim": context,
            "down_block_types": attention.map { $0 ? "CrossAttnDownBlock2D" : "DownBlock2D" },
            "downsample_padding": 1,
            "flip_sin_to_cos": true,
            "freq_shift": 0,
            "in_channels": input,
            "layers_per_block": shapes.count("down_blocks.0.resnets.*.norm1.weight"),
            "mid_block_scale_factor": 1,
            "norm_eps": 1e-5,
            "norm_num_groups": 32,
            "out_channels": try shapes.size("conv_out.weight", 0),
            "sample_size": isXL ? 128 : family == .stableDiffusion2 && input != 9 ? 96 : 64,
            "up_block_types": attention.reversed().map { $0 ? "CrossAttnUpBlock2D" : "UpBlock2D" },
            "use_linear_projection": isLinear,
        ]
        if let depths { object["transformer_layers_per_block"] = depths }
        if shapes.has("add_embedding.linear_1.weight") {
            object["addition_embed_type"] = "text_time"
            object["addition_time_embed_dim"] = 256
            object["projection_class_embeddings_input_dim"] = try shapes.size(
                "add_embedding.linear_1.weight", 1)
        }
        if shapes.has("time_embedding.cond_proj.weight") {
            object["time_cond_proj_dim"] = try shapes.size("time_embedding.cond_proj.weight", 1)
        }
        return object
    }

    /// How many transformer blocks the attention of each level has: a number when all have the same, nil when it is one.
    ///
    /// The middle has as many as the innermost level is said to have.
    private static func transformerDepths(_ shapes: Shapes, _ attention: [Bool]) throws -> Any? {
        func depth(_ place: String) -> Int { shapes.count(place + ".transformer_blocks.*.norm1.weight") }
        let middle = max(1, depth("mid_block.attentions.0"))
        var depths = attention.indices.map { attention[$0] ? depth("down_blocks.\($0).attentions.0") : 1 }
        if attention.last == false { depths[depths.count - 1] = middle }
        for (level, hasAttention) in attention.enumerated() where hasAttention {
            for place in ["down_blocks.\(level)", "up_blocks.\(attention.count - 1 - level)"] {
                let found = (0..<shapes.count("\(place).attentions.*.norm.weight")).map {
                    depth("\(place).attentions.\($0)")
                }
                guard found.allSatisfy({ $0 == depths[level] }), depths.last == middle else {
                    throw CheckpointError.unsupported(
                        "its U-Net has attention of uneven depth; bring its config.json along",
                        file: shapes.tensors.file(of: place))
                }
            }
        }
        let own = depths.indices.filter { attention[$0] || $0 == depths.count - 1 }.map { depths[$0] }
        guard own.allSatisfy({ $0 == middle }) else { return depths }
        return middle == 1 ? nil : middle
    }

    // MARK: - The autoencoder

    private static func autoencoder(_ shapes: Shapes, _ family: ModelFamily) throws -> [String: Any] {
        let levels = shapes.count("decoder.up_blocks.*.resnets.0.conv1.weight")
        let widths = try (0..<levels).map {
            try shapes.size("decoder.up_blocks.\($0).resnets.0.conv1.weight", 0)
        }
        let latent = try shapes.size("decoder.conv_in.weight", 1)
        guard latent == 4 else {
            throw CheckpointError.unsupported(
                "its latents have \(latent) channels; those of Stable Diffusion 1, 2 and XL have 4",
                file: shapes.tensors.file(of: "decoder.conv_in.weight"))
        }
        let isXL = family == .stableDiffusionXL || family == .stableDiffusionXLRefiner
        let colours = try shapes.size("decoder.conv_out.weight", 0)
        var object: [String: Any] = [
            "_class_name": "AutoencoderKL",
            "act_fn": "silu",
            "block_out_channels": Array(widths.reversed()),
            "down_block_types": Array(repeating: "DownEncoderBlock2D", count: levels),
            "in_channels": colours,
            "latent_channels": latent,
            "layers_per_block": max(1, shapes.count("decoder.up_blocks.0.resnets.*.norm1.weight") - 1),
            "norm_num_groups": 32,
            "out_channels": colours,
            "sample_size": isXL ? 1024 : family == .stableDiffusion2 ? 768 : 512,
            "scaling_factor": isXL ? 0.13025 : 0.18215,
            "up_block_types": Array(repeating: "UpDecoderBlock2D", count: levels),
        ]
        if isXL { object["force_upcast"] = true }
        if !shapes.has("quant_conv.weight") { object["use_quant_conv"] = false }
        if !shapes.has("post_quant_conv.weight") { object["use_post_quant_conv"] = false }
        if !shapes.has("decoder.mid_block.attentions.0.to_q.weight") {
            object["mid_block_add_attention"] = false
        }
        return object
    }

    // MARK: - Text encoders

    private static func textEncoder(
        _ shapes: Shapes, _ family: ModelFamily, isLarge: Bool
    ) throws -> [String: Any] {
        let width = try shapes.size("text_model.embeddings.token_embedding.weight", 1)
        let hasProjection = shapes.has("text_projection.weight")
        return [
            "architectures": [hasProjection ? "CLIPTextModelWithProjection" : "CLIPTextModel"],
            "attention_dropout": 0.0,
            "bos_token_id": 0,
            "dropout": 0.0,
            "eos_token_id": 2,
            // OpenCLIP's encoders take the exact function, OpenAI's the quick one.
            "hidden_act": isLarge ? "gelu" : "quick_gelu",
            "hidden_size": width,
            "intermediate_size": try shapes.size("text_model.encoder.layers.0.mlp.fc1.weight", 0),
            "layer_norm_eps": 1e-5,
            "max_position_embeddings": try shapes.size("text_model.embeddings.position_embedding.weight", 0),
            "model_type": "clip_text_model",
            "num_attention_heads": max(1, width / 64),
            "num_hidden_layers": shapes.count("text_model.encoder.layers.*.layer_norm1.weight"),
            "pad_token_id": 1,
            "projection_dim": hasProjection
                ? try shapes.size("text_projection.weight", 0) : family == .stableDiffusion2 ? 512 : width,
            "vocab_size": try shapes.size("text_model.embeddings.token_embedding.weight", 0),
        ]
    }
}
