/// Which files of a repository are needed to draw with its model.
struct FileSelection: Sendable {
    /// The kind of weights that is preferred, such as `fp16`; nil for the plain ones.
    var variant: String?
    /// Patterns that decide instead of the rules, such as `*.safetensors`; `*` stands for any letters, `?` for one.
    var include: [String] = []

    /// The folders of a model in the layout of diffusers that Darkroom reads.
    private static let components = [
        "scheduler", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "unet", "vae",
    ]
    private static let index = "model_index.json"

    /// The files to fetch, in the order of their paths.
    /// - Throws: `DownloadError.nothingMatches`, `.noVariant`, `.severalModels`, `.noModel`.
    func chosen(
        from files: [HubFile], of repository: HubRepository
    ) throws(DownloadError) -> [HubFile] {
        guard include.isEmpty else {
            let matching = files.filter { file in include.contains { Self.matches(file.path, pattern: $0) } }
            guard !matching.isEmpty else { throw .nothingMatches(include, repository, files.map(\.path)) }
            return matching
        }
        let paths = Set(files.map(\.path))
        if let variant {
            let known = Set(files.compactMap { WeightName($0.name)?.variant })
            guard known.contains(variant) || files.contains(where: { $0.name.contains(variant) }) else {
                throw .noVariant(variant, repository, known: known.sorted())
            }
        }
        if paths.contains(Self.index) {
            let chosen = Self.components.flatMap { component in
                needed(files.filter { $0.folder == component })
            }
            guard chosen.contains(where: { WeightName($0.name) != nil }) else { throw .noModel(repository) }
            return (files.filter { $0.path == Self.index } + chosen).sorted { $0.path < $1.path }
        }
        let root = files.filter { $0.folder.isEmpty }
        if paths.contains("config.json"), root.contains(where: { WeightName($0.name) != nil }) {
            return needed(root).filter {
                $0.name == "config.json" || !$0.name.hasSuffix(".json") || $0.name.contains(".index.")
            }
        }
        return [try single(root, of: repository)]
    }

    /// The one file that is a whole model.
    private func single(
        _ root: [HubFile], of repository: HubRepository
    ) throws(DownloadError) -> HubFile {
        for ending in [".safetensors", ".ckpt"] {
            var models = root.filter { $0.name.hasSuffix(ending) }
            if let variant { models = models.filter { $0.name.contains(variant) } }
            if models.count == 1 { return models[0] }
            if models.count > 1 { throw .severalModels(repository, models.map(\.path)) }
        }
        throw .noModel(repository)
    }

    /// Descriptions, words, and the best weights of one folder.
    private func needed(_ files: [HubFile]) -> [HubFile] {
        let weights = files.compactMap { file in WeightName(file.name).map { (file: file, name: $0) } }
        let kinds = Set(weights.map { $0.name.kind })
        let best = order.first { kinds.contains($0) } ?? kinds.min()
        return files.filter { file in
            if let name = WeightName(file.name) { return name.kind == best }
            if let kind = WeightName.kind(ofIndex: file.name) {
                return kind == best && weights.contains { $0.name.kind == best && $0.name.isShard }
            }
            return file.name.hasSuffix(".json") || file.name.hasSuffix(".txt")
        }
    }

    /// The kinds of weights, best first; it is the order in which they are looked for when a model is opened.
    private var order: [WeightName.Kind] {
        ([variant] + [nil, "fp16", "bf16"]).flatMap { variant in
            [true, false].map { WeightName.Kind(variant: variant, isSafe: $0) }
        }
    }

    /// Whether a path is as a pattern says.
    static func matches(_ path: String, pattern: String) -> Bool {
        let (text, pattern) = (Array(path), Array(pattern))
        // Where the latest star stands, and how much it has taken: going back to it is all that is ever needed.
        var (at, place, star, taken) = (0, 0, -1, 0)
        while at < text.count {
            if place < pattern.count, pattern[place] == "*" {
                (star, taken) = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == "?" || pattern[place] == text[at] {
                at += 1
                place += 1
            } else if star >= 0 {
                taken += 1
                (at, place) = (taken, star + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }
}

/// The name of a file of weights, taken apart.
struct WeightName {
    /// What weights of one component may differ in.
    struct Kind: Hashable, Comparable {
        /// Such as `fp16`; nil for the plain ones.
        var variant: String?
        /// Safetensors rather than a pickle.
        var isSafe: Bool

        static func < (left: Kind, right: Kind) -> Bool {
            left.isSafe != right.isSafe ? left.isSafe : (left.variant ?? "") < (right.variant ?? "")
        }
    }

    let kind: Kind
    /// One of several files.
    let isShard: Bool
    var variant: String? { kind.variant }

    private static let stems: Set = ["diffusion_pytorch_model", "model", "pytorch_model"]

    /// Nil for names that no weights of PyTorch have, such as those of ONNX and Flax.
    init?(_ name: String) {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let ending = parts.popLast(), ending == "safetensors" || ending == "bin" else { return nil }
        var isShard = false
        parts = parts.map { part in
            guard let shard = part.firstMatch(of: /-\d{5}-of-\d{5}$/) else { return part }
            isShard = true
            return String(part[..<shard.range.lowerBound])
        }
        guard let stem = parts.first, Self.stems.contains(stem), parts.count <= 2 else { return nil }
        kind = Kind(variant: parts.count == 2 ? parts[1] : nil, isSafe: ending == "safetensors")
        self.isShard = isShard
    }

    /// The kind of the weights that a table of shards is for; nil for other names.
    static func kind(ofIndex name: String) -> Kind? {
        var parts = name.split(separator: ".").map(String.init)
        guard parts.count >= 4, stems.contains(parts.removeFirst()), parts.last == "json",
            parts.contains("index")
        else {
            return nil
        }
        let isSafe = parts.contains("safetensors")
        let rest = parts.filter { !["safetensors", "bin", "index", "json"].contains($0) }
        return rest.count <= 1 ? Kind(variant: rest.first, isSafe: isSafe) : nil
    }
}
