import Diagnostics
import Foundation
import Tensors
import WeightFiles

/// Which tensor of which file stands for each inner name, and how it is to be turned.
struct StoredTensors: Sendable {
    /// Where a tensor lies.
    struct Place: Sendable, Hashable {
        /// Position in `files`.
        var file: Int
        /// The tensor as it is stored.
        var entry: TensorEntry
        /// How the stored tensor becomes the inner one.
        var change: KeyMap.Change = .none

        /// The inner tensor's shape; nil when the change does not fit what is stored.
        var shape: [Int]? { change.shape(of: entry.shape) }
    }

    /// The files, shards in the index's order.
    var files: [any WeightFile] = []
    /// The place of each inner name.
    private(set) var places: [String: Place] = [:]
    /// Names in the files that no inner name stands for.
    var unclaimed: [String] = []

    /// The inner names, sorted.
    var names: [String] { places.keys.sorted() }

    /// No tensors.
    init() {}

    /// Files in which every name is an inner name.
    init(_ files: [any WeightFile]) throws {
        for file in files { try add(file) { [(inner: $0, change: .none)] } }
    }

    /// Adds a file; `inner` gives the inner names that a stored name stands for, none when the network has no use.
    ///
    /// - Throws: `CheckpointError.ambiguousTensor` when two stored tensors stand for one inner name.
    mutating func add(
        _ file: any WeightFile, inner: (String) -> [(inner: String, change: KeyMap.Change)]
    ) throws {
        let index = files.count
        files.append(file)
        for entry in file.entries {
            let found = inner(entry.name)
            if found.isEmpty { unclaimed.append(entry.name) }
            for (name, change) in found {
                if let other = places.updateValue(
                    Place(file: index, entry: entry, change: change), forKey: name)
                {
                    throw CheckpointError.ambiguousTensor(
                        name, [other.entry.name, entry.name], file: file.url)
                }
            }
        }
    }

    /// The same tensors under other inner names.
    func renamed(_ name: (String) -> String?) -> StoredTensors {
        var result = self
        result.places = [:]
        for (old, place) in places {
            if let new = name(old) { result.places[new] = place } else { result.unclaimed.append(old) }
        }
        return result
    }

    /// The shape of an inner tensor, nil when there is none.
    func shape(_ name: String) -> [Int]? { places[name]?.shape }

    /// The file that a message about `name` should mention.
    func file(of name: String) -> URL {
        (places[name].map { files[$0.file] } ?? files.first)?.url ?? URL(filePath: "/")
    }

    /// The tensor of an inner name, in its stored type, over the mapped file where that is possible.
    ///
    /// What was read for it counts as this process's memory only as long as the tensor lives.
    func tensor(at place: Place) throws -> Tensor {
        let file = files[place.file]
        let entry = place.entry
        guard let dtype = DType(entry.type) else {
            throw CheckpointError.unusableType(entry.name, type: entry.type.rawValue, file: file.url)
        }
        let bytes = try file.bytes(of: entry)
        let memory = bytes.unmanaged
        let isAligned = Int(bitPattern: memory.baseAddress).isMultiple(of: dtype.byteCount)
        let whole =
            isAligned && !memory.isEmpty
            ? try Tensor(borrowing: memory, owner: bytes.loan, shape: entry.shape, dtype: dtype)
            : try bytes.withBytes { try Tensor(bytes: $0, shape: entry.shape, dtype: dtype) }
        return try place.change.applied(to: whole)
    }
}
