import DurableFiles
public import Foundation
public import Tensors
import WeightFiles

extension ModelFiles {
    /// Writes the model as a folder in the diffusers layout, whole or not at all.
    ///
    /// Adapters that were added are merged. A tokenizer is written where the model brings one; single files bring none.
    /// - Parameters:
    ///   - folder: The folder; one that stands there is replaced when the new one is complete.
    ///   - type: The type of all floating-point tensors; nil keeps what is stored.
    /// - Throws: what reading and writing throw; the old folder is then untouched.
    public func writeFolder(to folder: URL, as type: DType? = nil) throws {
        try DurableFile.writeFolder(at: folder) { place in
            func make(_ name: String) throws -> URL {
                let url = place.appending(path: name, directoryHint: .isDirectory)
                try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
                return url
            }
            for part in parts {
                let own = try make(part.rawValue)
                try configuration(of: part).write(to: own.appending(path: "config.json"))
                let tensors = try component(part).tensors
                try SafetensorsWriter.write(
                    tensors.names.map { try toWrite($0, [$0], of: part, as: type) { $0.first } },
                    metadata: ["format": "pt"], to: own.appending(path: "\(part.weightStem).safetensors"))
            }
            try scheduler.write(to: make("scheduler").appending(path: "scheduler_config.json"))
            for (number, name) in [(1, "tokenizer"), (2, "tokenizer_2")] {
                guard let files = try tokenizerFiles(of: number) else { continue }
                let own = try make(name)
                try files.vocabulary.write(to: own.appending(path: "vocab.json"))
                try files.merges.write(to: own.appending(path: "merges.txt"))
                let settings: [String: Any] = [
                    "tokenizer_class": "CLIPTokenizer", "bos_token": "<|startoftext|>",
                    "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
                    "pad_token": try paddingToken(of: number), "model_max_length": 77,
                ]
                try JSONFile.text(settings).write(to: own.appending(path: "tokenizer_config.json"))
            }
            try JSONFile.text(index()).write(to: place.appending(path: "model_index.json"))
        }
    }

    /// Writes the model as a single file in the original layout, whole or not at all.
    ///
    /// Adapters that were added are merged.
    /// - Parameters:
    ///   - file: The file; an old one is replaced when the new one is complete.
    ///   - type: The type of all floating-point tensors; nil keeps what is stored.
    /// - Returns: what such a file cannot say about this model, in sentences: descriptions that differ from those that
    ///   its readers will assume.
    /// - Throws: `CheckpointError.unsupported` when a tensor has no place there; what reading and writing throw.
    @discardableResult
    public func writeSingleFile(to file: URL, as type: DType? = nil) throws -> [String] {
        var tensors: [TensorToWrite] = []
        for part in parts {
            let names = try component(part).tensors.names
            let map = try originalNames(of: part, Set(names))
            var groups: [String: [(inner: String, change: KeyMap.Change)]] = [:]
            for name in names {
                guard let (stored, change) = map(name) else {
                    throw CheckpointError.unsupported(
                        "`\(name)` of the \(part.rawValue) has no name in the original layout", file: url)
                }
                groups[stored, default: []].append((name, change))
            }
            for (stored, members) in groups.sorted(by: { $0.key < $1.key }) {
                tensors.append(
                    try toWrite(stored, members.map(\.inner), of: part, as: type) { inner in
                        try KeyMap.Change.undone(zip(inner, members).map { ($0, $1.change) })
                    })
            }
        }
        let prediction = try JSONFile.object(scheduler, named: url)["prediction_type"] as? String ?? "epsilon"
        try SafetensorsWriter.write(
            tensors,
            metadata: [
                "format": "pt", "modelspec.prediction_type": prediction == "v_prediction" ? "v" : prediction,
            ],
            to: file)
        return try losses()
    }

    /// A tensor of the file to come, made from inner tensors when its turn comes.
    private func toWrite(
        _ name: String, _ inner: [String], of part: ModelPart, as type: DType?,
        _ join: @escaping ([Tensor]) throws -> Tensor?
    ) throws -> TensorToWrite {
        let tensors = try component(part).tensors
        let patches = patches[part] ?? [:]
        func read() throws -> Tensor {
            let all = try inner.map { name -> Tensor in
                guard let place = tensors.places[name] else {
                    throw CheckpointError.missingTensor(name, file: url, nearest: [])
                }
                var tensor = try tensors.tensor(at: place)
                guard let own = patches[name] else { return tensor }
                let stored = tensor.dtype
                tensor = try tensor.to(.float32)
                for patch in own { tensor = try patch.applied(to: tensor) }
                return try tensor.to(type ?? stored)
            }
            guard let joined = try join(all) else {
                throw CheckpointError.unsupported(
                    "`\(name)` would have to be made of parts that are missing", file: url)
            }
            return try joined.to(type.flatMap { joined.dtype.isFloatingPoint ? $0 : nil } ?? joined.dtype)
        }
        // Sizes and type are found from the table of contents; the numbers are read when they are written.
        let places = inner.compactMap { tensors.places[$0] }
        guard let first = places.first, let stored = DType(first.entry.type), places.count == inner.count
        else {
            throw CheckpointError.missingTensor(name, file: url, nearest: [])
        }
        let dtype = stored.isFloatingPoint ? type ?? stored : stored
        let shape = try join(
            places.map { try Tensor.full([], 0, dtype: .int8).expanded(to: $0.shape ?? []) })?.shape
        guard let shape else {
            throw CheckpointError.unsupported(
                "`\(name)` would have to be made of parts that are missing", file: url)
        }
        return TensorToWrite(name: name, type: dtype.stored, shape: shape) { take in
            try read().bytes().withUnsafeBytes(take)
        }
    }

    /// What a part's tensors are called in the original layout.
    private func originalNames(
        of part: ModelPart, _ names: Set<String>
    ) throws -> (String) -> (stored: String, change: KeyMap.Change)? {
        let isXL = family == .stableDiffusionXL
        switch part {
        case .unet:
            guard let structure = DenoiserStructure(inner: names) else {
                throw CheckpointError.unsupported("its U-Net is of another kind", file: url)
            }
            return KeyMap.ldmDenoiser(structure).prefixed("model.diffusion_model.").stored
        case .autoencoder:
            var levels = 0
            while names.contains("decoder.up_blocks.\(levels).resnets.0.norm1.weight") { levels += 1 }
            return KeyMap.ldmAutoencoder(levels: levels).prefixed("first_stage_model.").stored
        case .textEncoder:
            if family == .stableDiffusion2 {
                return KeyMap.openCLIP.prefixed("cond_stage_model.model.").stored
            }
            let prefix = isXL ? "conditioner.embedders.0.transformer." : "cond_stage_model.transformer."
            return { (prefix + $0, .none) }
        case .textEncoder2:
            return KeyMap.openCLIP.prefixed("conditioner.embedders.\(isXL ? 1 : 0).model.").stored
        }
    }

    /// Where descriptions differ from those that readers of a single file assume.
    private func losses() throws -> [String] {
        try parts.flatMap { part -> [String] in
            let component = try component(part)
            guard
                let guess = try? ModelDescribing.configuration(of: part, component.tensors, family: family)
            else { return ["the \(part.rawValue) needs its config.json"] }
            let assumed = try JSONFile.object(guess, named: url)
            let own = try JSONFile.object(component.configuration, named: url)
            let harmless: Set = [
                "_class_name", "architectures", "bos_token_id", "eos_token_id", "pad_token_id", "dropout",
                "sample_size",
            ]
            return assumed.keys.sorted().filter { !harmless.contains($0) }.compactMap { key in
                guard let value = own[key], (value as? NSObject) != (assumed[key] as? NSObject) else {
                    return nil
                }
                return
                    "the \(part.rawValue) has \(key) \(value); readers of a single file assume \(assumed[key] ?? "")"
            }
        }
    }

    /// `model_index.json`.
    private func index() throws -> [String: Any] {
        let takesMask = components[.unet]?.tensors.shape("conv_in.weight")?.dropFirst().first == 9
        let isXL = family == .stableDiffusionXL || family == .stableDiffusionXLRefiner
        let stem = isXL ? "StableDiffusionXL" : "StableDiffusion"
        let kind = takesMask ? "Inpaint" : family == .stableDiffusionXLRefiner ? "Img2Img" : ""
        let name = try JSONFile.object(scheduler, named: url)["_class_name"] as? String
        var index: [String: Any] = [
            "_class_name": "\(stem)\(kind)Pipeline",
            "scheduler": ["diffusers", name ?? "DDIMScheduler"],
        ]
        let classes: [ModelPart: [String]] = [
            .unet: ["diffusers", "UNet2DConditionModel"], .autoencoder: ["diffusers", "AutoencoderKL"],
            .textEncoder: ["transformers", "CLIPTextModel"],
            .textEncoder2: ["transformers", "CLIPTextModelWithProjection"],
        ]
        for part in ModelPart.allCases {
            if parts.contains(part) {
                index[part.rawValue] = classes[part]
            } else if isXL || part != .textEncoder2 {
                index[part.rawValue] = [NSNull(), NSNull()]
            }
        }
        for (number, name) in [(1, "tokenizer"), (2, "tokenizer_2")] where number == 1 || isXL {
            let has = parts.contains(number == 1 ? .textEncoder : .textEncoder2)
            index[name] = has ? ["transformers", "CLIPTokenizer"] as [Any] : [NSNull(), NSNull()]
        }
        if !isXL {
            index["safety_checker"] = [NSNull(), NSNull()]
            index["feature_extractor"] = [NSNull(), NSNull()]
            index["requires_safety_checker"] = false
        } else {
            index["force_zeros_for_empty_prompt"] = family == .stableDiffusionXL
        }
        return index
    }
}
