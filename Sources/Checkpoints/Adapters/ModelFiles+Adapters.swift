import Diagnostics
import Foundation
import Tensors
import WeightFiles

/// What an adapter adds to one weight.
struct Patch: Sendable {
    let adapter: AdapterFile
    let place: String
    let scale: Double

    /// The weight with the patch's share, in single precision.
    func applied(to weight: Tensor) throws -> Tensor {
        guard let module = adapter.modules[place] else { return weight }
        return try weight + adapter.delta(module, place: place, shape: weight.shape) * scale
    }
}

extension ModelFiles {
    /// The same model with a low-rank adapter: its share is added to a weight in single precision when the weight is read.
    ///
    /// Several adapters may be added, one after the other.
    /// - Parameters:
    ///   - adapter: The adapter.
    ///   - scale: Its strength; 1 is what it was trained for, 0 none.
    ///   - allowingLeftovers: Whether an adapter may hold what this model has no use for.
    /// - Returns: a model that shares this one's files.
    /// - Throws: `CheckpointError.adapterLeftovers`, which lists what does not apply; `CheckpointError.adapterMismatch` for
    ///   sizes of another model.
    public func adding(
        _ adapter: AdapterFile, scale: Double, allowingLeftovers: Bool = false
    ) throws -> ModelFiles {
        let names = AdapterNames(components.mapValues(\.tensors))
        var result = self
        var leftovers = adapter.unknown
        var applied = 0
        for place in adapter.places {
            guard let module = adapter.modules[place] else { continue }
            guard let target = names.target(of: place) else {
                leftovers += module.entries.map(\.name)
                continue
            }
            if let shape = components[target.part]?.tensors.shape(target.name) {
                try adapter.check(module, place: place, shape: shape)
            }
            result.patches[target.part, default: [:]][target.name, default: []].append(
                Patch(adapter: adapter, place: place, scale: scale))
            applied += 1
        }
        guard allowingLeftovers ? applied > 0 : leftovers.isEmpty else {
            throw CheckpointError.adapterLeftovers(
                leftovers.sorted(), applied: applied, adapter: adapter.url, model: url)
        }
        return result
    }
}
