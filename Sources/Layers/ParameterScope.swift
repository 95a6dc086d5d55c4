public import Tensors

/// How a fresh parameter starts.
public enum Initializer: Hashable, Sendable {
    /// All zeros.
    case zeros
    /// All ones.
    case ones
    /// Gaussian around zero.
    case normal(deviation: Double)
    /// Uniform in ± 1/√fanIn, PyTorch's default for linear layers and convolutions.
    case uniform(fanIn: Int)
}

/// Where parameters come from: fresh random numbers, a checkpoint, an average, a store that remembers them.
public protocol ParameterSource {
    /// The parameter of this name.
    /// - Throws: an error that names the path when it is missing or its shape differs.
    func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor
}

/// How weights are rounded to one byte a number.
public enum WeightRounding: Hashable, Sendable {
    /// The weights alone; products stay as they are.
    case weights
    /// What they multiply too, where the processor multiplies bytes.
    case weightsAndInputs
}

/// A place in the tree of names from which a layer asks for its tensors: building a network is loading it.
public struct ParameterScope {
    /// The name of this place.
    public let path: ParameterPath
    /// Where tensors come from.
    public let source: any ParameterSource
    /// True when linear maps and convolutions keep their weights in the layout that the CPU multiplies fastest.
    ///
    /// Packed weights serve inference only. The plain weight is let go as soon as it is packed. Weights that are not
    /// bf16 on the CPU stay as they are.
    public let packsWeights: Bool
    /// The edges of pictures that convolutions take as joined.
    public let joinedEdges: JoinedEdges
    /// How the weights of linear maps and convolutions are rounded to bytes; nil where they are not.
    public let rounding: WeightRounding?
    /// Which weights have a low-rank adapter beside them; nil for none.
    public let lowRank: LowRankPlan?

    /// The root of a tree over `source`, or a place in it.
    public init(
        _ source: any ParameterSource, path: ParameterPath = .root, packsWeights: Bool = false,
        joinedEdges: JoinedEdges = [], rounding: WeightRounding? = nil, lowRank: LowRankPlan? = nil
    ) {
        self.lowRank = lowRank
        self.source = source
        self.path = path
        self.packsWeights = packsWeights
        self.joinedEdges = joinedEdges
        self.rounding = rounding
    }
    /// The place of a child.
    public subscript(_ component: String) -> ParameterScope {
        ParameterScope(
            source, path: path.appending(component), packsWeights: packsWeights, joinedEdges: joinedEdges,
            rounding: rounding, lowRank: lowRank)
    }
    /// The same place with weights that keep their type: for the layers that a network is known by.
    public var unrounded: ParameterScope {
        ParameterScope(
            source, path: path, packsWeights: packsWeights, joinedEdges: joinedEdges, lowRank: lowRank)
    }
    /// The place of a numbered child.
    public subscript(_ index: Int) -> ParameterScope { self[String(index)] }

    /// The tensor `name` of this place.
    public func parameter(_ name: String, _ shape: [Int], _ initializer: Initializer) throws -> Tensor {
        try source.parameter(at: path.appending(name), shape: shape, initializer: initializer)
    }
}
