import Diagnostics
import Foundation
import WeightFiles

/// A model as a folder in the diffusers layout: `model_index.json` and a folder a component.
struct DiffusersFolder {
    let url: URL

    private static func exists(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.path(percentEncoded: false))
    }

    /// The parts that `model_index.json` names and that Darkroom has a use for; that of a component's own folder.
    func parts() throws -> [ModelPart] {
        let index = url.appending(path: "model_index.json")
        guard Self.exists(index) else {
            guard let part = try Self.part(of: url) else { throw CheckpointError.missingFile(index) }
            return [part]
        }
        let components = try JSONFile.object(index)
        return try ModelPart.allCases.sorted().filter { part in
            // A component is `[library, class]`; one that a pipeline does without is `[null, null]`.
            guard let component = components[part.rawValue] as? [Any],
                component.contains(where: { $0 is String })
            else { return false }
            let folder = self.folder(of: part)
            guard Self.exists(folder) else { throw CheckpointError.missingFile(folder) }
            return true
        }
    }

    /// The folder of a component: this one, when it is a component itself.
    private func folder(of part: ModelPart) -> URL {
        Self.exists(url.appending(path: "model_index.json"))
            ? url.appending(path: part.rawValue, directoryHint: .isDirectory) : url
    }

    /// What a component's folder holds, by its `config.json`; nil when it has none or another.
    private static func part(of folder: URL) throws -> ModelPart? {
        let file = folder.appending(path: "config.json")
        guard exists(file) else { return nil }
        let object = try JSONFile.object(file)
        let kind = object["_class_name"] as? String ?? (object["architectures"] as? [String])?.first
        switch kind {
        case "UNet2DConditionModel": return .unet
        case "AutoencoderKL": return .autoencoder
        case "CLIPTextModel": return .textEncoder
        case "CLIPTextModelWithProjection": return .textEncoder2
        default: return nil
        }
    }

    /// The `config.json` of the component that a file of weights belongs to, nil when it lies elsewhere.
    static func configuration(beside file: URL) throws -> Data? {
        let folder = file.deletingLastPathComponent()
        return try part(of: folder) == nil ? nil : JSONFile.data(folder.appending(path: "config.json"))
    }

    /// The tokenizers by number.
    func tokenizers() -> [Int: TokenizerFolder] {
        var tokenizers: [Int: TokenizerFolder] = [:]
        for (number, name) in [(1, "tokenizer"), (2, "tokenizer_2")] {
            let folder = url.appending(path: name, directoryHint: .isDirectory)
            if Self.exists(folder) { tokenizers[number] = TokenizerFolder(url: folder) }
        }
        return tokenizers
    }

    /// The bytes of a file of the model, nil when there is none.
    func data(_ path: String) throws -> Data? {
        let file = url.appending(path: path)
        return Self.exists(file) ? try JSONFile.data(file) : nil
    }

    /// A component's configuration.
    func configuration(of part: ModelPart) throws -> Data {
        try JSONFile.data(folder(of: part).appending(path: "config.json"))
    }

    /// A component's weights under inner names.
    func weights(of part: ModelPart, variant: String?) throws -> StoredTensors {
        let folder = folder(of: part)
        let files = try Self.files(in: folder, part: part, variant: variant)
        return ComponentNames.inner(try StoredTensors(files), of: part)
    }

    // MARK: - Finding the weights

    /// The weight files of a component: the variant asked for, or the plain ones, or the first variant there is;
    /// safetensors before pickles, one file before shards.
    private static func files(in folder: URL, part: ModelPart, variant: String?) throws -> [any WeightFile] {
        let present = Set(
            (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? [])
        let variants = [variant] + (variant == nil ? ["fp16", "bf16"] : [])
        for variant in variants {
            let suffix = variant.map { "." + $0 } ?? ""
            for (stem, ending) in [(part.weightStem, "safetensors"), (part.pickleStem, "bin")] {
                let single = "\(stem)\(suffix).\(ending)"
                if present.contains(single) { return [try open(folder.appending(path: single))] }
                let indices = [
                    "\(stem).\(ending).index\(suffix).json", "\(stem)\(suffix).\(ending).index.json",
                ]
                if let index = indices.first(where: present.contains) {
                    return try shards(folder.appending(path: index))
                }
            }
        }
        throw CheckpointError.missingWeights(
            folder, expected: "\(part.weightStem)\(variant.map { "." + $0 } ?? "").safetensors",
            found: present.sorted())
    }

    /// A safetensors file or a pickle.
    private static func open(_ url: URL) throws -> any WeightFile { try WeightFileFormat.open(url) }

    /// The files that an index names, which must hold what it promises.
    private static func shards(_ index: URL) throws -> [any WeightFile] {
        let object = try JSONFile.object(index)
        guard let map = object["weight_map"] as? [String: String] else {
            throw CheckpointError.badJSON(
                index, expected: "an object `weight_map` from names to files", found: "none")
        }
        let folder = index.deletingLastPathComponent()
        var files: [String: any WeightFile] = [:]
        for name in Set(map.values).sorted() {
            // A shard lies beside its index; a path to elsewhere is no shard.
            guard !name.contains("/"), !name.contains("\\"), !name.hasPrefix("."), !name.isEmpty else {
                throw CheckpointError.badJSON(
                    index, expected: "names of files beside it", found: "`\(name.prefix(80))`")
            }
            files[name] = try open(folder.appending(path: name))
        }
        for (name, shard) in map.sorted(by: { $0.key < $1.key }) {
            guard let file = files[shard], file.contains(name) else {
                throw CheckpointError.missingTensor(
                    name, file: folder.appending(path: shard),
                    nearest: NearestName.nearest(to: name, among: files[shard]?.names ?? []))
            }
        }
        return files.keys.sorted().compactMap { files[$0] }
    }
}
