/// How a U-Net of the Stable Diffusion family is put together, as far as its names tell.
struct DenoiserStructure: Hashable, Sendable {
    /// Residual blocks a level on the way down; one more on the way up.
    var layers: Int
    /// Whether the levels have attention, outermost first.
    var attention: [Bool]

    /// What the names of the original layout tell, nil when they are not those of such a network.
    init?(ldm names: Set<String>) {
        var levels: [(layers: Int, attention: Bool)] = [(0, false)]
        var index = 1
        while true {
            if names.contains("input_blocks.\(index).0.op.weight") {
                levels.append((0, false))
            } else if names.contains("input_blocks.\(index).0.in_layers.0.weight") {
                levels[levels.count - 1].layers += 1
                if names.contains("input_blocks.\(index).1.norm.weight") {
                    levels[levels.count - 1].attention = true
                }
            } else {
                break
            }
            index += 1
        }
        self.init(levels)
    }

    /// What the names of the diffusers layout tell.
    init?(inner names: Set<String>) {
        var levels: [(layers: Int, attention: Bool)] = []
        while names.contains("down_blocks.\(levels.count).resnets.0.norm1.weight") {
            let level = levels.count
            var layers = 1
            while names.contains("down_blocks.\(level).resnets.\(layers).norm1.weight") { layers += 1 }
            levels.append((layers, names.contains("down_blocks.\(level).attentions.0.norm.weight")))
        }
        self.init(levels)
    }

    private init?(_ levels: [(layers: Int, attention: Bool)]) {
        guard let layers = levels.first?.layers, layers > 0, levels.allSatisfy({ $0.layers == layers }) else {
            return nil
        }
        self.layers = layers
        attention = levels.map(\.attention)
    }
}

extension KeyMap {
    /// The U-Net of the original layout, without `model.diffusion_model.`.
    ///
    /// The original counts all blocks through; diffusers counts them a level. Within an attention block the names are
    /// the same. Source: the names that `UNetModel` of the original code gives its children.
    static func ldmDenoiser(_ structure: DenoiserStructure) -> KeyMap {
        var rules = [
            Rule("time_embed.0.*", "time_embedding.linear_1.*"),
            Rule("time_embed.2.*", "time_embedding.linear_2.*"),
            Rule("time_embed.cond_proj.*", "time_embedding.cond_proj.*"),
            Rule("label_emb.0.0.*", "add_embedding.linear_1.*"),
            Rule("label_emb.0.2.*", "add_embedding.linear_2.*"),
            Rule("input_blocks.0.0.*", "conv_in.*"), Rule("out.0.*", "conv_norm_out.*"),
            Rule("out.2.*", "conv_out.*"),
            Rule("middle_block.1.**", "mid_block.attentions.0.**"),
        ]
        rules += resnet("middle_block.0", "mid_block.resnets.0")
        rules += resnet("middle_block.2", "mid_block.resnets.1")
        let (layers, levels) = (structure.layers, structure.attention.count)
        for level in 0..<levels {
            let hasAttention = structure.attention[level]
            let last = level == levels - 1
            let down = "down_blocks.\(level)"
            let first = 1 + level * (layers + 1)
            for layer in 0..<layers {
                rules += resnet("input_blocks.\(first + layer).0", "\(down).resnets.\(layer)")
                if hasAttention {
                    rules.append(Rule("input_blocks.\(first + layer).1.**", "\(down).attentions.\(layer).**"))
                }
            }
            if !last {
                rules.append(Rule("input_blocks.\(first + layers).0.op.*", "\(down).downsamplers.0.conv.*"))
            }
            // On the way up the innermost level comes first.
            let up = "up_blocks.\(levels - 1 - level)"
            let start = (levels - 1 - level) * (layers + 1)
            for layer in 0...layers {
                rules += resnet("output_blocks.\(start + layer).0", "\(up).resnets.\(layer)")
                if hasAttention {
                    rules.append(Rule("output_blocks.\(start + layer).1.**", "\(up).attentions.\(layer).**"))
                }
            }
            if level > 0 {
                let place = "output_blocks.\(start + layers).\(hasAttention ? 2 : 1).conv.*"
                rules.append(Rule(place, "\(up).upsamplers.0.conv.*"))
            }
        }
        return KeyMap(rules)
    }

    private static func resnet(_ stored: String, _ inner: String) -> [Rule] {
        [
            ("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"),
            ("out_layers.0", "norm2"), ("out_layers.3", "conv2"), ("skip_connection", "conv_shortcut"),
        ].map { Rule("\(stored).\($0).*", "\(inner).\($1).*") }
    }
}
