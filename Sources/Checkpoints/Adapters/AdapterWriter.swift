import DurableFiles
public import Foundation
public import Tensors

/// How the file of an adapter names its tensors.
public enum AdapterStyle: Hashable, Sendable {
    /// Of kohya's scripts: one file, an `alpha` a module.
    case kohya
    /// Of diffusers: one file, the settings in its metadata.
    case diffusers
    /// Of PEFT: a folder with the weights and `adapter_config.json`.
    case peft
}

/// A low-rank adapter on its way to a file: what was trained, and what readers must know of it.
public struct AdapterToWrite: Sendable {
    /// The two matrices, or kernels, beside one weight.
    public struct Module: Sendable {
        /// The network that it belongs to; nil for Darkroom's own models, which are one.
        public let part: ModelPart?
        /// The path of the module inside of it, such as `mid_block.attentions.0.proj_in`.
        public let path: String
        /// `[rank, in, …]`.
        public let down: Tensor
        /// `[out, rank, …]`.
        public let up: Tensor

        /// The matrices of a module.
        public init(part: ModelPart?, path: String, down: Tensor, up: Tensor) {
            (self.part, self.path, self.down, self.up) = (part, path, down, up)
        }
    }
    /// What was trained.
    public let modules: [Module]
    /// The width of the bottleneck.
    public let rank: Int
    /// The addition is multiplied by alpha / rank.
    public let alpha: Double
    /// What stands in the metadata besides, such as the base model's name.
    public let metadata: [String: String]

    /// An adapter.
    public init(modules: [Module], rank: Int, alpha: Double, metadata: [String: String] = [:]) {
        (self.modules, self.rank, self.alpha, self.metadata) = (modules, rank, alpha, metadata)
    }

    /// What the adapter is called in that style: a file, for `peft` a folder.
    public static func name(_ style: AdapterStyle) -> String {
        style == .peft ? "adapter" : "adapter.safetensors"
    }

    /// The parts whose modules it has, in the order in which data flow.
    private var parts: [ModelPart] { Set(modules.compactMap(\.part)).sorted() }

    /// Writes the adapter, whole or not at all, in single precision.
    ///
    /// - Parameters:
    ///   - url: a file; for `peft` a folder. What stands there is replaced when the new one is complete.
    ///   - style: how it names things.
    /// - Throws: `CheckpointError.unsupported` for an adapter that the style has no names for; what writing throws.
    public func write(to url: URL, _ style: AdapterStyle) throws {
        try check(style, url)
        switch style {
        case .kohya:
            let noted = [
                "ss_network_module": "networks.lora", "ss_network_dim": String(rank),
                "ss_network_alpha": "\(alpha)",
            ]
            try CheckpointWriter.write(tensors(style), metadata: metadata.merging(noted) { $1 }, to: url)
        case .diffusers:
            var noted = metadata.merging(["format": "pt"]) { $1 }
            noted["lora_adapter_metadata"] = String(decoding: try JSONFile.text(settings()), as: UTF8.self)
            try CheckpointWriter.write(tensors(style), metadata: noted, to: url)
        case .peft:
            try DurableFile.writeFolder(at: url) { folder in
                try CheckpointWriter.write(
                    tensors(style), metadata: metadata.merging(["format": "pt"]) { $1 },
                    to: folder.appending(path: "adapter_model.safetensors"))
                try JSONFile.text(configuration(of: nil)).write(
                    to: folder.appending(path: "adapter_config.json"))
            }
        }
    }

    /// Refuses what a style has no names for.
    /// - Throws: `CheckpointError.unsupported`.
    public func check(_ style: AdapterStyle, _ url: URL) throws {
        let isOwn = modules.contains { $0.part == nil }
        if isOwn, style != .peft {
            throw CheckpointError.unsupported(
                "adapters of Darkroom's own networks have the keys of PEFT only", file: url)
        }
        if style == .peft, parts.count > 1 {
            throw CheckpointError.unsupported(
                "PEFT writes one network a file, and the adapter has modules of "
                    + parts.map(\.rawValue).joined(separator: " and "), file: url)
        }
    }

    private func tensors(_ style: AdapterStyle) throws -> [(name: String, tensor: Tensor)] {
        // XL has two text encoders, and kohya's names count them then.
        let isXL = parts.contains(.textEncoder2)
        return try modules.flatMap { module -> [(name: String, tensor: Tensor)] in
            let (down, up) = try (module.down.contiguous(), module.up.contiguous())
            switch style {
            case .kohya:
                let prefix =
                    switch module.part {
                    case .textEncoder: isXL ? "lora_te1_" : "lora_te_"
                    case .textEncoder2: "lora_te2_"
                    default: "lora_unet_"
                    }
                let place = prefix + module.path.replacing(".", with: "_")
                return [
                    (place + ".alpha", try .full([], alpha)), (place + ".lora_down.weight", down),
                    (place + ".lora_up.weight", up),
                ]
            case .diffusers, .peft:
                let prefix =
                    style == .peft ? "base_model.model." : module.part.map { $0.rawValue + "." } ?? ""
                let place = prefix + module.path
                return [(place + ".lora_A.weight", down), (place + ".lora_B.weight", up)]
            }
        }
    }

    /// PEFT's settings for the modules of a part; of all where there is one only.
    private func configuration(of part: ModelPart?) -> [String: Any] {
        // Libraries find a module by the end of its path; newer ones have no `text_model` around text encoders.
        let targets = modules.filter { part == nil || $0.part == part }.map { module in
            let isText = module.part == .textEncoder || module.part == .textEncoder2
            return isText ? module.path.replacing("text_model.", with: "", maxReplacements: 1) : module.path
        }
        return [
            "peft_type": "LORA", "r": rank, "lora_alpha": alpha, "target_modules": targets, "bias": "none",
            "lora_dropout": 0.0, "use_rslora": false, "fan_in_fan_out": false, "inference_mode": true,
            "base_model_name_or_path": metadata["base"] ?? "",
        ]
    }

    /// The settings of every part, its name before each key.
    private func settings() -> [String: Any] {
        var all: [String: Any] = [:]
        for part in parts {
            for (key, value) in configuration(of: part) where key != "base_model_name_or_path" {
                all["\(part.rawValue).\(key)"] = value
            }
        }
        return all
    }
}
