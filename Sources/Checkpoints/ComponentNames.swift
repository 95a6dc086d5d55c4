import WeightFiles

/// The spellings that components in the diffusers layout have had over the years, brought to one.
enum ComponentNames {
    /// The same tensors under inner names.
    static func inner(_ tensors: StoredTensors, of part: ModelPart) -> StoredTensors {
        switch part {
        case .unet: tensors
        case .autoencoder: tensors.renamed(autoencoderName)
        case .textEncoder, .textEncoder2: tensors.renamed(textEncoderName)
        }
    }

    /// A text encoder without projection is written without `text_model.` by newer versions of transformers; the
    /// table of positions 0, 1, 2 … of older ones is no parameter.
    private static func textEncoderName(_ name: String) -> String? {
        if name.hasSuffix("embeddings.position_ids") { return nil }
        return name.hasPrefix("text_model.") || name.hasPrefix("text_projection.")
            ? name : "text_model." + name
    }

    /// The attention of the autoencoder had other names until 2023.
    private static func autoencoderName(_ name: String) -> String? {
        var parts = name.split(separator: ".").map(String.init)
        guard parts.count >= 4, parts[parts.count - 4] == "attentions" else { return name }
        let last = parts.count - 2
        let old = ["query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"]
        guard let new = old[parts[last]] else { return name }
        parts[last] = new
        return parts.joined(separator: ".")
    }
}
