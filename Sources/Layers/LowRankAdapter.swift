import Synchronization
public import Tensors

/// A low-rank addition to a linear map or a convolution: y + scale · B(A(x)).
///
/// Source: Hu et al. 2021 (arXiv 2106.09685), section 4.1.
public struct LowRankAdapter: Sendable {
    /// A, shaped like the weight that it stands beside but with `rank` outputs: `[rank, in]` or `[rank, in, k, k]`.
    public let down: Tensor
    /// B, `[out, rank]` or `[out, rank, 1, 1]`.
    public let up: Tensor
    /// alpha / rank.
    public let scale: Double
    private let dropout: LowRankDropout?

    init(down: Tensor, up: Tensor, scale: Double, dropout: LowRankDropout?) {
        (self.down, self.up, self.scale, self.dropout) = (down, up, scale, dropout)
    }

    /// What is added to a linear map of the last axis.
    func linear(_ x: Tensor) throws -> Tensor {
        let (down, up) = try (matrix(down), matrix(up))
        let small = try (dropout?(x) ?? x).linear(weight: down, bias: nil)
        return try small.linear(weight: up, bias: nil) * scale
    }

    /// What is added to a convolution whose margin of `padding` zeros is not yet around `x`.
    func conv2d(_ x: Tensor, stride: Int, padding: Int) throws -> Tensor {
        let small = try (dropout?(x) ?? x).conv2d(weight: down, bias: nil, stride: stride, padding: padding)
        return try small.conv2d(weight: up, bias: nil) * scale
    }

    private func matrix(_ weight: Tensor) throws -> Tensor {
        weight.rank == 2 ? weight : try weight.reshaped(weight.size(0), weight.size(1))
    }
}

/// Zeroes a share of what adapters see, in training only.
///
/// The masks come from the stream of the present update, so that an update made again has the same.
public final class LowRankDropout: Sendable {
    private let share: Double
    private let random = Mutex<RandomStream?>(nil)

    /// Zeroes this share, from 0 to below 1, of all numbers.
    public init(share: Double) { self.share = share }

    /// Runs `body` with masks drawn from `seed`; outside of it nothing is zeroed.
    /// - Throws: what `body` throws; `TensorError`.
    public func active<R>(seed: UInt64, _ body: () throws -> R) throws -> R {
        let stream = try RandomStream(seed: seed)
        random.withLock { $0 = stream }
        defer { random.withLock { $0 = nil } }
        return try body()
    }

    func callAsFunction(_ x: Tensor) throws -> Tensor {
        guard share > 0 else { return x }
        let numbers = try random.withLock { try $0?.uniform(x.shape) }
        guard let numbers else { return x }
        let kept = try numbers.reshaped(to: x.shape).isGreater(than: share).to(x.dtype) / (1 - share)
        return try x * kept.to(x.device)
    }
}

/// Which weights of a network get a low-rank adapter, and where the adapters' own parameters come from.
///
/// A scope that has one hands it to its linear maps and convolutions. It notes which places it was asked about, so that a
/// name that no place has can be told from one that has.
public final class LowRankPlan {
    /// A module that was built.
    public struct Place: Hashable, Sendable {
        /// Its path.
        public let path: ParameterPath
        /// True when it got an adapter.
        public let isAdapted: Bool
    }
    /// The width of the bottleneck.
    public let rank: Int
    /// The addition is multiplied by alpha / rank.
    public let alpha: Double
    /// Zeroes some of what adapters see; shared by all networks that are built over one store.
    public let dropout: LowRankDropout?
    /// The modules that were built, in order.
    public private(set) var places: [Place] = []
    private let source: any ParameterSource
    private let isTarget: (ParameterPath, _ isLinear: Bool) -> Bool

    /// A plan; `source` gives A and B under the names of PEFT, `MODULE.lora_A.weight` and `MODULE.lora_B.weight`.
    ///
    /// Fresh ones should come from `FreshParameters`: A is uniform in ± 1/√fanIn, which is the Kaiming-uniform of PEFT, and
    /// B is zero.
    public init(
        from source: any ParameterSource, rank: Int, alpha: Double, dropout: LowRankDropout? = nil,
        where isTarget: @escaping (ParameterPath, _ isLinear: Bool) -> Bool
    ) {
        (self.source, self.rank, self.alpha, self.dropout) = (source, rank, alpha, dropout)
        self.isTarget = isTarget
    }

    /// What stands behind the path of a module in the names of its adapter.
    public static let (downName, upName) = ("lora_A.weight", "lora_B.weight")

    /// The adapter beside the weight of that shape, nil where there is none.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    func adapter(at path: ParameterPath, shape: [Int], isLinear: Bool) throws -> LowRankAdapter? {
        let isAdapted = isTarget(path, isLinear)
        places.append(Place(path: path, isAdapted: isAdapted))
        guard isAdapted else { return nil }
        let fanIn = shape.dropFirst().reduce(1, *)
        let down = try source.parameter(
            at: path.appending(Self.downName), shape: [rank] + shape.dropFirst(),
            initializer: .uniform(fanIn: fanIn))
        let up = try source.parameter(
            at: path.appending(Self.upName),
            shape: [shape[0], rank] + shape.dropFirst(2).map { _ in 1 }, initializer: .zeros)
        return LowRankAdapter(down: down, up: up, scale: alpha / Double(rank), dropout: dropout)
    }
}

/// Parameters that are not trained: asked for once, then kept, so that networks built over them share them.
public final class FrozenParameters: ParameterSource {
    private let base: any ParameterSource
    private var known: [ParameterPath: Tensor] = [:]

    /// Parameters of `base`.
    public init(_ base: any ParameterSource) { self.base = base }

    /// The parameters that were asked for so far, by name.
    public var tensors: [ParameterPath: Tensor] { known }

    /// The parameter of this name, which records no gradients.
    /// - Throws: `LayerError.shapeConflict` when it is there with another shape, and what the source throws.
    public func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        if let known = known[path] {
            guard known.shape == shape else {
                throw LayerError.shapeConflict(path, expected: shape, found: known.shape)
            }
            return known
        }
        let tensor = try base.parameter(at: path, shape: shape, initializer: initializer)
        known[path] = tensor
        return tensor
    }
}
