import Foundation

/// What the matrices and kernels of a model are called in adapters: whole names, looked up, never guessed.
struct AdapterNames {
    /// A weight of a model.
    struct Target: Hashable {
        var part: ModelPart
        /// The inner name, with `.weight`.
        var name: String
    }

    private var targets: [String: Target] = [:]

    /// All names of the weights of these parts.
    init(_ parts: [ModelPart: StoredTensors]) {
        for (part, tensors) in parts where part != .autoencoder {
            let names = tensors.names.filter {
                $0.hasSuffix(".weight") && (tensors.shape($0)?.count ?? 0) > 1
            }
            let structure = part == .unet ? DenoiserStructure(inner: Set(tensors.names)) : nil
            let original = structure.map { KeyMap.ldmDenoiser($0) }
            for name in names {
                let target = Target(part: part, name: name)
                let module = String(name.dropLast(".weight".count))
                for alias in Self.aliases(of: module, part) { add(alias, part, target) }
                if let stored = original?.stored(of: name)?.stored {
                    let module = String(stored.dropLast(".weight".count))
                    add(module, part, target)
                    targets["diffusion_model." + module] = target
                }
            }
        }
    }

    /// The weight that a place of an adapter means.
    func target(of place: String) -> Target? { targets[place] }

    /// Every name that is known, for advice.
    var known: some Sequence<String> { targets.keys }

    /// A name with what the spellings put before it, dots in some and low lines in others.
    private mutating func add(_ module: String, _ part: ModelPart, _ target: Target) {
        targets["\(part.rawValue).\(module)"] = target
        let flat = module.replacing(".", with: "_")
        switch part {
        case .unet:
            targets["lora_unet_" + flat] = target
            // Old files of diffusers and PEFT's own have the U-Net alone, without its name.
            targets[module] = target
        case .textEncoder:
            targets["lora_te_" + flat] = target
            targets["lora_te1_" + flat] = target
            if module.hasPrefix("text_model.") { targets[module] = target }
        case .textEncoder2: targets["lora_te2_" + flat] = target
        case .autoencoder: break
        }
    }

    /// The names that one module has had.
    private static func aliases(of module: String, _ part: ModelPart) -> [String] {
        var aliases = [module]
        if part == .unet {
            // Processors of old attention have no list behind `to_out`.
            if module.hasSuffix(".to_out.0") { aliases.append(String(module.dropLast(2))) }
            return aliases
        }
        for (new, old) in [
            ("q_proj", "to_q"), ("k_proj", "to_k"), ("v_proj", "to_v"), ("out_proj", "to_out"),
        ]
        where module.hasSuffix(".self_attn." + new) {
            aliases.append(module.dropLast(new.count) + old)
        }
        // Newer versions of transformers leave the outer name out.
        return aliases + aliases.filter { $0.hasPrefix("text_model.") }.map { String($0.dropFirst(11)) }
    }
}
