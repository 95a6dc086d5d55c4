import Diagnostics
import Foundation
import WeightFiles

/// A model, or one part of it, as a single file: in the original layout, in the one of diffusers, or mixed.
struct SingleFile {
    /// How the names of a part are spelt.
    enum Layout: Hashable {
        /// The original U-Net.
        case ldmDenoiser
        /// The original autoencoder.
        case ldmAutoencoder
        /// OpenCLIP's text encoder.
        case openCLIP
        /// The names of diffusers and transformers.
        case inner
    }

    /// A part that was found in the file.
    struct Found {
        var part: ModelPart
        /// What stands before its names.
        var prefix: String
        var layout: Layout
    }

    let file: any WeightFile
    let found: [Found]

    /// Where parts stand, and under which layouts.
    private static let places: [(prefix: String, part: ModelPart)] = [
        ("model.diffusion_model.", .unet), ("first_stage_model.", .autoencoder),
        ("cond_stage_model.transformer.", .textEncoder), ("cond_stage_model.model.", .textEncoder),
        ("conditioner.embedders.0.transformer.", .textEncoder),
        ("conditioner.embedders.1.model.", .textEncoder2),
        ("conditioner.embedders.0.model.", .textEncoder2),
        ("unet.", .unet), ("vae.", .autoencoder), ("text_encoder.", .textEncoder),
        ("text_encoder_2.", .textEncoder2),
    ]

    /// Looks which parts a file holds.
    /// - Throws: `CheckpointError.unknownFamily` when there is none.
    init(_ file: any WeightFile) throws {
        self.file = file
        let names = file.names
        var found = Self.places.compactMap { prefix, part -> Found? in
            let inside = Self.inside(names, prefix)
            guard let layout = Self.layout(of: part, names: inside) else { return nil }
            return Found(part: part, prefix: prefix, layout: layout)
        }
        if found.isEmpty {
            // A part alone stands without anything before its names.
            let all = Set(names)
            found = ModelPart.allCases.filter { $0 != .textEncoder2 }.compactMap { part in
                Self.layout(of: part, names: all).map { Found(part: part, prefix: "", layout: $0) }
            }
        }
        guard !found.isEmpty else {
            throw CheckpointError.unknownFamily(file: file.url, sampleNames: Array(names.sorted().prefix(4)))
        }
        for part in ModelPart.allCases {
            let places = found.filter { $0.part == part }
            guard places.count < 2 else {
                throw CheckpointError.ambiguousTensor(part.rawValue, places.map(\.prefix), file: file.url)
            }
        }
        self.found = found
    }

    private static func inside(_ names: [String], _ prefix: String) -> Set<String> {
        Set(names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
    }

    /// The layout of a part by names that each of them has.
    private static func layout(of part: ModelPart, names: Set<String>) -> Layout? {
        switch part {
        case .unet:
            if names.contains("input_blocks.0.0.weight") { return .ldmDenoiser }
            return names.contains("down_blocks.0.resnets.0.norm1.weight")
                && names.contains("time_embedding.linear_1.weight")
                ? .inner : nil
        case .autoencoder:
            if ["encoder.down.0.block.0.norm1.weight", "decoder.up.0.block.0.norm1.weight"].contains(
                where: names.contains)
            {
                return .ldmAutoencoder
            }
            let inner = [
                "encoder.down_blocks.0.resnets.0.norm1.weight", "decoder.up_blocks.0.resnets.0.norm1.weight",
            ]
            return inner.contains(where: names.contains) ? .inner : nil
        case .textEncoder, .textEncoder2:
            if names.contains("transformer.resblocks.0.ln_1.weight"), names.contains("token_embedding.weight")
            {
                return .openCLIP
            }
            let inner = "embeddings.token_embedding.weight"
            return names.contains("text_model." + inner) || names.contains(inner) ? .inner : nil
        }
    }

    /// The tensors of a part under inner names.
    func tensors(of found: Found) throws -> StoredTensors {
        let names = Self.inside(file.names, found.prefix)
        var tensors = StoredTensors()
        switch found.layout {
        case .inner:
            try tensors.add(file) { name in
                name.hasPrefix(found.prefix) ? [(String(name.dropFirst(found.prefix.count)), .none)] : []
            }
            return ComponentNames.inner(tensors, of: found.part)
        case .ldmDenoiser:
            guard let structure = DenoiserStructure(ldm: names) else {
                throw CheckpointError.unknownFamily(
                    file: file.url, sampleNames: Array(names.sorted().prefix(4)))
            }
            try tensors.add(file, KeyMap.ldmDenoiser(structure).prefixed(found.prefix))
        case .ldmAutoencoder:
            try tensors.add(
                file, KeyMap.ldmAutoencoder(levels: KeyMap.ldmAutoencoderLevels(names)).prefixed(found.prefix)
            )
        case .openCLIP:
            let last = found.part == .textEncoder ? Self.unusedBlock(names).map { found.prefix + $0 } : nil
            let map = KeyMap.openCLIP.prefixed(found.prefix)
            try tensors.add(file) { name in
                // Stable Diffusion 2 takes what enters the last block: block and projection are not used.
                if let last, name.hasPrefix(last) || name == found.prefix + "text_projection" { return [] }
                return map.inner(of: name)
            }
        }
        return tensors
    }

    /// The last block of an encoder that is whole, which Stable Diffusion 2 leaves out; nil when it is left out already.
    ///
    /// An encoder is whole when its projection is there, or when it has all of the 24 blocks.
    private static func unusedBlock(_ names: Set<String>) -> String? {
        var count = 0
        while names.contains("transformer.resblocks.\(count).ln_1.weight") { count += 1 }
        guard count > 1, count == 24 || names.contains("text_projection") else { return nil }
        return "transformer.resblocks.\(count - 1)."
    }
}

extension StoredTensors {
    /// Adds the tensors of a file that a map knows.
    mutating func add(_ file: any WeightFile, _ map: KeyMap) throws {
        try add(file) { map.inner(of: $0) }
    }
}
