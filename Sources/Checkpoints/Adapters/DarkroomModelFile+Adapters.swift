public import Layers
import Tensors
import WeightFiles

extension ModelFiles {
    /// The paths of the modules of a part that have a matrix or kernel, sorted.
    /// - Throws: `CheckpointError.missingPart`.
    public func modules(of part: ModelPart) throws -> [String] {
        let tensors = try component(part).tensors
        return tensors.names.filter { $0.hasSuffix(".weight") && (tensors.shape($0)?.count ?? 0) > 1 }
            .map { String($0.dropLast(".weight".count)) }
    }
}

extension DarkroomModelFile {
    /// The paths of the modules that have a matrix or kernel, sorted.
    public var modules: [String] {
        let names = parameterNames.map { String($0) }
        return names.filter { $0.hasSuffix(".weight") && (shape(of: $0)?.count ?? 0) > 1 }
            .map { String($0.dropLast(".weight".count)) }.sorted()
    }

    /// The weights with low-rank adapters: what they add is added in single precision when a weight is read.
    ///
    /// - Parameter adapters: adapters and their strengths; 1 is what they were trained for.
    /// - Returns: a source of parameters that shares this model's file.
    /// - Throws: `CheckpointError.adapterLeftovers`, which lists what does not apply; `CheckpointError.adapterMismatch` for
    ///   sizes of another model.
    public func weights(
        adding adapters: [(file: AdapterFile, scale: Double)]
    ) throws -> any ParameterSource & Sendable {
        guard !adapters.isEmpty else { return weights }
        var patches: [String: [Patch]] = [:]
        for (adapter, scale) in adapters {
            var leftovers = adapter.unknown
            var applied = 0
            for place in adapter.places {
                guard let module = adapter.modules[place] else { continue }
                guard let shape = shape(of: place + ".weight"), shape.count > 1 else {
                    leftovers += module.entries.map(\.name)
                    continue
                }
                try adapter.check(module, place: place, shape: shape)
                patches[place + ".weight", default: []].append(
                    Patch(adapter: adapter, place: place, scale: scale))
                applied += 1
            }
            guard leftovers.isEmpty else {
                throw CheckpointError.adapterLeftovers(
                    leftovers.sorted(), applied: applied, adapter: adapter.url, model: url)
            }
        }
        return try PatchedParameters(
            base: weights, patches: patches,
            exact: Checkpoint(opening: url, weightType: .float32, prefix: Self.prefix),
            type: weightType)
    }
}

/// Parameters of a model with what adapters add to some of them.
private struct PatchedParameters: ParameterSource, Sendable {
    let base: any ParameterSource & Sendable
    let patches: [String: [Patch]]
    /// The same weights in single precision: where something is added, rounding comes last.
    let exact: Checkpoint
    /// The type of matrices and kernels.
    let type: DType

    func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        guard let own = patches[path.description] else {
            return try base.parameter(at: path, shape: shape, initializer: initializer)
        }
        var weight = try exact.parameter(at: path, shape: shape, initializer: initializer)
        for patch in own { weight = try patch.applied(to: weight) }
        return try shape.count == 4 ? weight.channelsLast(type) : weight.to(type)
    }
}
