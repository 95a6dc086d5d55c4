extension KeyMap {
    /// The text encoder of OpenCLIP, without `cond_stage_model.model.` or `conditioner.embedders.1.model.`.
    ///
    /// Query, key and value stand in one matrix, and the projection is multiplied from the other side.
    static let openCLIP: KeyMap = {
        let block = "transformer.resblocks.*"
        let layer = "text_model.encoder.layers.*"
        var rules = [
            Rule("positional_embedding", "text_model.embeddings.position_embedding.weight"),
            Rule("token_embedding.weight", "text_model.embeddings.token_embedding.weight"),
            Rule("ln_final.*", "text_model.final_layer_norm.*"),
            Rule("text_projection", "text_projection.weight", .transposed),
            Rule("\(block).ln_1.*", "\(layer).layer_norm1.*"),
            Rule("\(block).ln_2.*", "\(layer).layer_norm2.*"),
            Rule("\(block).mlp.c_fc.*", "\(layer).mlp.fc1.*"),
            Rule("\(block).mlp.c_proj.*", "\(layer).mlp.fc2.*"),
            Rule("\(block).attn.out_proj.*", "\(layer).self_attn.out_proj.*"),
        ]
        for (index, name) in ["q_proj", "k_proj", "v_proj"].enumerated() {
            for kind in ["weight", "bias"] {
                rules.append(
                    Rule(
                        "\(block).attn.in_proj_\(kind)", "\(layer).self_attn.\(name).\(kind)",
                        .part(index, of: 3)))
            }
        }
        return KeyMap(rules)
    }()
}
