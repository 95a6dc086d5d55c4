extension KeyMap {
    /// The autoencoder of the original layout with this many levels, without `first_stage_model.`.
    ///
    /// The original counts the levels of the decoder from the outermost one, diffusers in the order in which data pass.
    /// Its attention is written as kernels of one pixel. Source: the names that `Encoder` and `Decoder` of the original
    /// code give their children.
    static func ldmAutoencoder(levels: Int) -> KeyMap {
        var rules = [Rule("quant_conv.*", "quant_conv.*"), Rule("post_quant_conv.*", "post_quant_conv.*")]
        for half in ["encoder", "decoder"] {
            rules += [
                Rule("\(half).conv_in.*", "\(half).conv_in.*"),
                Rule("\(half).conv_out.*", "\(half).conv_out.*"),
                Rule("\(half).norm_out.*", "\(half).conv_norm_out.*"),
            ]
            rules += resnet("\(half).mid.block_1", "\(half).mid_block.resnets.0")
            rules += resnet("\(half).mid.block_2", "\(half).mid_block.resnets.1")
            rules += [
                ("norm", "group_norm"), ("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("proj_out", "to_out.0"),
            ].map {
                Rule(
                    "\(half).mid.attn_1.\($0).*", "\(half).mid_block.attentions.0.\($1).*",
                    $0 == "norm" ? .none : .kernelToMatrix)
            }
        }
        for level in 0..<levels {
            let up = levels - 1 - level
            rules += resnet("encoder.down.\(level).block.*", "encoder.down_blocks.\(level).resnets.*")
            rules += resnet("decoder.up.\(level).block.*", "decoder.up_blocks.\(up).resnets.*")
            rules += [
                Rule(
                    "encoder.down.\(level).downsample.conv.*",
                    "encoder.down_blocks.\(level).downsamplers.0.conv.*"),
                Rule("decoder.up.\(level).upsample.conv.*", "decoder.up_blocks.\(up).upsamplers.0.conv.*"),
            ]
        }
        return KeyMap(rules)
    }

    /// The number of levels that names of the original layout tell.
    static func ldmAutoencoderLevels(_ names: Set<String>) -> Int {
        var levels = 0
        while names.contains("encoder.down.\(levels).block.0.norm1.weight")
            || names.contains("decoder.up.\(levels).block.0.norm1.weight")
        { levels += 1 }
        return levels
    }

    private static func resnet(_ stored: String, _ inner: String) -> [Rule] {
        ["norm1", "conv1", "norm2", "conv2"].map { Rule("\(stored).\($0).*", "\(inner).\($0).*") }
            + [Rule("\(stored).nin_shortcut.*", "\(inner).conv_shortcut.*")]
    }
}
