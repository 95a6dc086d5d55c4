import Diagnostics
public import Foundation
import Tensors
import WeightFiles

/// A low-rank adapter (LoRA) in any of the spellings that the world writes: kohya, diffusers (old and new), PEFT.
///
/// Opening reads the names; which tensors of a model they mean is decided when a model takes the adapter
/// (`ModelFiles.adding`).
public struct AdapterFile: Sendable {
    /// The file.
    public let url: URL
    /// What the writer noted.
    public let metadata: [String: String]
    /// The places that the adapter changes, as the file spells them, sorted.
    public var places: [String] { modules.keys.sorted() }
    /// Tensors that are no part of a low-rank adapter, or of a kind that is not known here; sorted.
    public let unknown: [String]
    /// The ranks of the adapter's matrices, each once, in order.
    public var ranks: [Int] { Set(modules.values.compactMap { $0.down?.shape.first }).sorted() }

    let file: any WeightFile
    let modules: [String: Module]
    /// PEFT's settings: alpha and rank for places that name none.
    let settings: AdapterSettings

    /// What belongs to one place.
    struct Module: Sendable {
        var down: TensorEntry?
        var up: TensorEntry?
        /// A kernel between the two, as LoCon has it.
        var middle: TensorEntry?
        var alpha: TensorEntry?

        var entries: [TensorEntry] { [down, up, middle, alpha].compactMap { $0 } }
    }

    /// What stands behind the name of a place, and what it says.
    private static let endings: [(String, any WritableKeyPath<Module, TensorEntry?> & Sendable)] = [
        (".lora_down.weight", \.down), (".lora_up.weight", \.up), (".lora_mid.weight", \.middle),
        (".lora.down.weight", \.down), (".lora.up.weight", \.up),
        ("_lora.down.weight", \.down), ("_lora.up.weight", \.up),
        (".lora_linear_layer.down.weight", \.down), (".lora_linear_layer.up.weight", \.up),
        (".lora_A.weight", \.down), (".lora_B.weight", \.up),
        (".lora_A.default.weight", \.down), (".lora_B.default.weight", \.up),
        (".lora_A.default_0.weight", \.down), (".lora_B.default_0.weight", \.up),
        (".alpha", \.alpha),
    ]

    /// Opens an adapter.
    ///
    /// - Parameter url: a file, or a folder with `adapter_model.safetensors` or `pytorch_lora_weights.safetensors`.
    /// - Throws: `WeightFileError`, and `CheckpointError.notAnAdapter` when no tensor is one of an adapter.
    public init(opening url: URL) throws {
        let file = try WeightFileFormat.open(Self.file(at: url))
        try self.init(file, settings: AdapterSettings(beside: file))
    }

    init(_ file: any WeightFile, settings: AdapterSettings) throws {
        var modules: [String: Module] = [:]
        var unknown: [String] = []
        for entry in file.entries {
            guard let (ending, member) = Self.endings.first(where: { entry.name.hasSuffix($0.0) }) else {
                unknown.append(entry.name)
                continue
            }
            let place = Self.plain(String(entry.name.dropLast(ending.count)))
            if let other = modules[place, default: Module()][keyPath: member] {
                throw CheckpointError.ambiguousTensor(place, [other.name, entry.name], file: file.url)
            }
            modules[place, default: Module()][keyPath: member] = entry
        }
        // A scale alone, or one half, changes nothing.
        for (place, module) in modules where module.down == nil || module.up == nil {
            unknown += module.entries.map(\.name)
            modules[place] = nil
        }
        guard !modules.isEmpty else {
            throw CheckpointError.notAnAdapter(
                file: file.url, sampleNames: Array(file.names.sorted().prefix(3)))
        }
        url = file.url
        metadata = file.metadata
        self.file = file
        self.settings = settings
        self.modules = modules
        self.unknown = unknown.sorted()
    }

    /// The name of a place without what libraries wrap around it: PEFT's model, the processors of old attention.
    private static func plain(_ place: String) -> String {
        var components = place.split(separator: ".", omittingEmptySubsequences: false)[...]
        var result: [Substring] = []
        while let component = components.first {
            if components.starts(with: ["base_model", "model"]) {
                components = components.dropFirst(2)
                continue
            }
            if component != "processor" { result.append(component) }
            components = components.dropFirst()
        }
        return result.joined(separator: ".")
    }

    /// The file of weights at a path that may be a folder.
    private static func file(at url: URL) throws -> URL {
        var isFolder = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: url.path(percentEncoded: false), isDirectory: &isFolder)
        else {
            throw CheckpointError.missingFile(url)
        }
        guard isFolder.boolValue else { return url }
        let names = [
            "pytorch_lora_weights.safetensors", "adapter_model.safetensors", "pytorch_lora_weights.bin",
            "adapter_model.bin",
        ]
        let found = names.map { url.appending(path: $0) }
            .first { FileManager.default.fileExists(atPath: $0.path(percentEncoded: false)) }
        guard let found else { throw CheckpointError.missingFile(url.appending(path: names[0])) }
        return found
    }

    // MARK: - The change

    /// Sees that the matrices of a place fit a weight of this shape.
    /// - Throws: `CheckpointError.adapterMismatch`.
    func check(_ module: Module, place: String, shape: [Int]) throws {
        guard let down = module.down, let up = module.up, Self.fits(module, down.shape, up.shape, shape)
        else {
            throw CheckpointError.adapterMismatch(
                place, expected: shape, down: module.down?.shape ?? [], up: module.up?.shape ?? [], file: url)
        }
        guard module.alpha.map({ $0.elementCount == 1 }) ?? true else {
            throw CheckpointError.adapterMismatch(
                place + ".alpha", expected: [], down: module.alpha?.shape ?? [], up: [], file: url)
        }
    }

    private static func fits(_ module: Module, _ down: [Int], _ up: [Int], _ shape: [Int]) -> Bool {
        guard shape.count >= 2, down.count >= 2, up.count >= 2, down[0] > 0, up[0] == shape[0],
            up[1] == down[0],
            down[1] == shape[1], up[2...].allSatisfy({ $0 == 1 })
        else { return false }
        guard let middle = module.middle?.shape else {
            // A matrix and a kernel of one pixel are the same.
            return down[2...].elementsEqual(shape[2...])
                || (down[2...] + shape[2...]).allSatisfy { $0 == 1 }
        }
        return middle.count == 4 && shape.count == 4 && middle[0] == down[0] && middle[1] == down[0]
            && middle[2...] == shape[2...] && down[2...].allSatisfy { $0 == 1 }
    }

    /// What the adapter adds to the weight of a place, in single precision, at scale 1.
    ///
    /// `up · down · alpha / rank`; kernels are multiplied as matrices of channels and taken apart again.
    func delta(_ module: Module, place: String, shape: [Int]) throws -> Tensor {
        try check(module, place: place, shape: shape)
        guard let down = module.down, let up = module.up else { return try .zeros(shape) }
        let rank = down.shape[0]
        var product = try matrix(up, rows: shape[0])
        if let middle = module.middle {
            // A kernel between two matrices: first and last see one pixel.
            let left = try product.matmul(matrix(middle, rows: rank))
                .reshaped(shape[0], rank, shape[2] * shape[3]).transposed(1, 2)
            product = try left.matmul(matrix(down, rows: rank)).transposed(1, 2)
        } else {
            product = try product.matmul(matrix(down, rows: rank))
        }
        let alpha = try module.alpha.map { try tensor($0).item() } ?? settings.alpha(of: place, rank: rank)
        let divisor = settings.usesSquareRoot(of: place) ? Double(rank).squareRoot() : Double(rank)
        return try product.reshaped(to: shape) * (alpha / divisor)
    }

    private func matrix(_ entry: TensorEntry, rows: Int) throws -> Tensor {
        try tensor(entry).to(.float32).reshaped(rows, entry.elementCount / max(1, rows))
    }

    private func tensor(_ entry: TensorEntry) throws -> Tensor {
        guard let dtype = DType(entry.type) else {
            throw CheckpointError.unusableType(entry.name, type: entry.type.rawValue, file: url)
        }
        return try file.bytes(of: entry).withBytes { try Tensor(bytes: $0, shape: entry.shape, dtype: dtype) }
    }
}
