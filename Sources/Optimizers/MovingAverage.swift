import Foundation
public import Layers
public import Recipes
public import Tensors

/// The exponential moving average of the weights, which draws better pictures than the weights themselves.
public final class MovingAverage: ParameterSource {
    private let decay: (_ imagesSeen: Int, _ batch: Int) -> Double
    /// Names in the store's order.
    public let paths: [ParameterPath]
    /// The averages, in the order of `paths`.
    public let tensors: [Tensor]
    private let leaves: [Tensor]

    /// An average that starts at the store's present values.
    /// - Throws: `TensorError` when there is no memory for the copies.
    public convenience init(_ store: ParameterStore, plan: WeightAverage) throws {
        try self.init(store) { Self.decay(plan, imagesSeen: $0, batch: $1) }
    }

    /// An average of a power profile, which begins with the first update.
    /// - Throws: `TensorError` when there is no memory for the copies.
    public convenience init(_ store: ParameterStore, profile: PowerProfile) throws {
        try self.init(store) { profile.decay(imagesSeen: $0, batch: $1) }
    }

    private init(_ store: ParameterStore, decay: @escaping (Int, Int) -> Double) throws {
        self.decay = decay
        paths = store.paths
        leaves = store.tensors
        tensors = try Autograd.disabled { try store.tensors.map { try $0.detached() + 0 } }
    }

    /// The factor that old values keep over an update of `batch` images.
    ///
    /// The half-life is `min(halfLifeImages, rampShare · imagesSeen)`. Source: Karras et al. 2022, appendix F.
    public static func decay(_ plan: WeightAverage, imagesSeen: Int, batch: Int) -> Double {
        let halfLife = min(plan.halfLifeImages, plan.rampShare * Double(imagesSeen))
        return halfLife > 0 ? pow(0.5, Double(batch) / halfLife) : 0
    }

    /// Takes in the present weights.
    /// - Throws: `TensorError` from the engine.
    public func update(imagesSeen: Int, batch: Int) throws {
        let weight = 1 - decay(imagesSeen, batch)
        try Autograd.disabled { try Tensor.lerpInPlace(tensors, towards: leaves, weight: weight) }
    }

    /// Overwrites the averages when a run is taken up again.
    /// - Throws: what `tensor` throws, or `TensorError` for a wrong shape.
    public func restore(from tensor: (String, [Int]) throws -> Tensor) throws {
        for (path, average) in zip(paths, tensors) {
            try average.overwrite(with: tensor(path.description, average.shape))
        }
    }

    /// The average of a parameter, so that a network can be built from averages.
    /// - Throws: `OptimizerError` for a name that the store does not have, or has in another shape.
    public func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        guard let index = paths.firstIndex(of: path) else { throw OptimizerError.noAverage(path) }
        let average = tensors[index]
        guard average.shape == shape else {
            throw OptimizerError.averageShape(path, expected: shape, found: average.shape)
        }
        return average
    }
}
