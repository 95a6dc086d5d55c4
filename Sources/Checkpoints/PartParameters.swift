import Diagnostics
import Foundation
import Layers
import Tensors
import WeightFiles

/// The weights of one part of a model as a source of parameters.
///
/// A parameter is read when a layer asks for it: from the mapped file into its final type and layout in one pass.
struct PartParameters: ParameterSource, Sendable {
    let part: ModelPart
    let tensors: StoredTensors
    /// The type of matrices and kernels, nil to keep what is stored; vectors are given in single precision.
    let weightType: DType?
    /// What adapters add, by inner names.
    var patches: [String: [Patch]] = [:]

    func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        let name = path.description
        guard let place = tensors.places[name] else {
            throw CheckpointError.missingParameter(
                name, part: part, expected: shape, file: tensors.file(of: name),
                nearest: NearestName.nearest(to: name, among: tensors.places.keys))
        }
        guard place.shape == shape else {
            throw CheckpointError.misshapenParameter(
                name, part: part, stored: place.entry.name, expected: shape,
                found: place.shape ?? place.entry.shape, file: tensors.file(of: name))
        }
        let stored = try tensors.tensor(at: place)
        let dtype = shape.count > 1 ? weightType ?? stored.dtype : .float32
        var weight = stored
        if let patches = patches[name] {
            weight = try stored.to(.float32)
            for patch in patches { weight = try patch.applied(to: weight) }
        }
        return try shape.count == 4 ? weight.channelsLast(dtype) : weight.to(dtype)
    }
}
