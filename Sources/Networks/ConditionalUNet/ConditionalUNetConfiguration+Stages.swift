import Recipes

/// The resolutions of a `config.json`.
extension ConditionalUNetConfiguration {
    struct Stages {
        var down, up: [Stage]
        var middle: Middle?
        var textWidth: Int
    }

    /// Number of transformer blocks: the same for all layers of a stage, or one number a layer.
    private typealias Depths = [OneOrEach<Int>]

    static func stages(_ fields: Fields, channels: [Int]) throws -> Stages {
        let count = channels.count
        func each<Value: Decodable & Sendable>(
            _ key: Key, or fallback: Value, _ what: String, where isValid: (Value) -> Bool
        ) throws -> [Value] {
            let given = try fields.optional(key, as: OneOrEach<Value>.self) ?? .one(fallback)
            guard let values = given.spread(over: count), values.allSatisfy(isValid) else {
                throw fields.outOfRange(key, "\(what), or a list of \(count)")
            }
            return values
        }
        let layers = try each(.layers, or: 2, "a number from 1 to 64") { (1...64).contains($0) }
        let textOnly = try each(.looksAtTextOnly, or: false, "true or false") { _ in true }
        let textWidths = try each(.textWidth, or: 1280, "a width from 1 to 65536", where: widths.contains)
        // The well-known misnomer: `attention_head_dim` counts heads.
        let key =
            try fields.optional(.realHeadCount, as: OneOrEach<Int>.self) == nil
            ? Key.headCount : .realHeadCount
        let heads = try each(key, or: 8, "a number of heads from 1 to 65536", where: widths.contains)
        if let index = heads.indices.first(where: { heads[$0] > channels[$0] }) {
            throw fields.contradiction(
                key, "\(heads[index]) heads share \(channels[index]) channels", "choose fewer heads")
        }
        guard let textWidth = textWidths.first, textWidths.allSatisfy({ $0 == textWidth }) else {
            throw fields.outOfRange(.textWidth, "one width, as there is one text")
        }
        let projectsLinearly = try fields.value(.projectsLinearly, or: false)
        let attention = (0..<count).map {
            StageAttention(
                heads: heads[$0], textWidth: textWidth, looksAtTextOnly: textOnly[$0],
                projectsLinearly: projectsLinearly)
        }
        let (downDepths, upDepths) = try depths(fields, count: count)
        func stages(_ key: Key, _ usual: [String], _ order: [Int], _ depths: Depths, extra: Int) throws
            -> [Stage]
        {
            let plain = key == .downTypes ? "DownBlock2D" : "UpBlock2D"
            let types = try fields.value(key, or: usual)
            guard types.count == count else {
                throw fields.outOfRange(key, "\(count) names, as many as block_out_channels")
            }
            return try order.enumerated().map { place, level in
                // An older spelling.
                let type =
                    types[place].hasPrefix("UNetRes") ? String(types[place].dropFirst(7)) : types[place]
                let total = layers[level] + extra
                if type == plain { return Stage(channels: channels[level], layers: total) }
                guard type == "CrossAttn" + plain else {
                    throw RecipeError.unknownChoice(
                        path: "\(fields.path(key))[\(place)]", what: "kind of block", found: types[place],
                        known: [plain, "CrossAttn" + plain])
                }
                let key = key == .downTypes ? Key.depths : .upDepths
                return Stage(
                    channels: channels[level], layers: total,
                    depths: try self.depths(fields, key, depths[place], layers: total),
                    attention: attention[level])
            }
        }
        return Stages(
            down: try stages(
                .downTypes, Array(repeating: "CrossAttnDownBlock2D", count: count - 1) + ["DownBlock2D"],
                Array(0..<count), downDepths, extra: 0),
            up: try stages(
                .upTypes, ["UpBlock2D"] + Array(repeating: "CrossAttnUpBlock2D", count: count - 1),
                (0..<count).reversed(), upDepths, extra: 1),
            middle: try middle(fields, downDepths[count - 1], attention[count - 1]), textWidth: textWidth)
    }

    private static func middle(
        _ fields: Fields, _ depth: OneOrEach<Int>, _ attention: StageAttention
    ) throws -> Middle? {
        let known = ["UNetMidBlock2DCrossAttn", "UNetMidBlock2D"]
        var type = known[0]
        if fields.contains(.middleType) {
            guard let named = try fields.optional(.middleType, as: String.self) else { return nil }
            type = named
        }
        let scale = try fields.positive(.middleScale, or: 1)
        switch type {
        case "UNetMidBlock2D": return Middle(outputScale: scale)
        case "UNetMidBlock2DCrossAttn":
            // The reference knows no `only_cross_attention` here.
            var attention = attention
            attention.looksAtTextOnly = false
            return Middle(
                depth: try depths(fields, .depths, depth, layers: 1)[0], attention: attention,
                outputScale: scale)
        default:
            throw RecipeError.unknownChoice(
                path: fields.path(.middleType), what: "kind of middle block", found: type, known: known)
        }
    }

    /// Transformer blocks of the stages down and up, each in the order of visit.
    private static func depths(_ fields: Fields, count: Int) throws -> (down: Depths, up: Depths) {
        let given = try fields.optional(.depths, as: OneOrEach<OneOrEach<Int>>.self) ?? .one(.one(1))
        guard let down = given.spread(over: count) else {
            throw fields.outOfRange(.depths, "a number, or a list of \(count)")
        }
        if let up = try fields.optional(.upDepths, as: Depths.self) {
            guard up.count == count else { throw fields.outOfRange(.upDepths, "a list of \(count)") }
            return (down, up)
        }
        guard down.allSatisfy({ if case .one = $0 { true } else { false } }) else {
            throw fields.contradiction(
                .depths, "lists within the list do not say how many blocks the way up has",
                "give reverse_transformer_layers_per_block")
        }
        return (down, down.reversed())
    }

    private static func depths(
        _ fields: Fields, _ key: Key, _ depth: OneOrEach<Int>, layers: Int
    ) throws -> [Int] {
        let list =
            switch depth {
            case .one(let depth): Array(repeating: depth, count: layers)
            case .each(let depths): Array(depths.prefix(layers))
            }
        guard list.count == layers, list.allSatisfy((0...256).contains) else {
            throw fields.outOfRange(key, "numbers of blocks from 0 to 256, one for each of \(layers) layers")
        }
        return list
    }
}
