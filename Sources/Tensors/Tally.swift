internal import CTorchShim
import Synchronization

/// Counts what a computation costs while it runs: operations, bytes moved, and the most memory alive at once.
///
/// Every operator goes through one gate, where a tally stands. On `Device.meta` nothing is computed: the networks' own code
/// runs on shapes, so that what is counted is what will run, with the lifetimes that it will have. What an operator needs
/// inside itself is not seen.
public final class Tally: Sendable {
    /// What was counted.
    public struct Counts: Equatable, Sendable {
        /// Multiplications and additions of matrix products, convolutions and attention.
        public var operations = 0.0
        /// Bytes that all other operators read and write.
        public var movedBytes = 0.0
        /// The most bytes alive at once, the parameters not among them.
        public var peakBytes = 0
    }

    private struct Alive {
        weak var tensor: Tensor?
        let storage: UInt
        let bytes: Int
    }
    private struct State {
        var counts = Counts()
        var alive: [Alive] = []
        var ignored: Set<UInt> = []
    }
    private let state = Mutex(State())

    @TaskLocal static var current: Tally?

    /// A tally that has counted nothing yet.
    public init() {}

    /// What has been counted so far.
    public var counts: Counts { state.withLock { $0.counts } }

    /// Leaves the memory of a parameter out of the count.
    public func ignore(_ parameter: Tensor) {
        let place = parameter.storage.place
        state.withLock { _ = $0.ignored.insert(place) }
    }

    /// Counts what `body` computes on this thread.
    /// - Throws: what `body` throws.
    public func counting<Result>(_ body: () throws -> Result) throws -> Result {
        try Self.$current.withValue(self, operation: body)
    }

    /// The result of an operator on shapes whose own kernel knows numbers only; nil for all others.
    func answer(_ name: String, _ arguments: [Value]) throws(TensorError) -> Tensor? {
        guard let x = arguments.first?.tensor, x.device == .meta,
            let shape = Self.shape(of: name, x, arguments)
        else { return nil }
        do {
            return try Self.$current.withValue(nil) {
                let made = try Tensor.full(shape, 0, dtype: x.dtype, device: .meta)
                return shape.count == 4 ? try made.channelsLast() : made
            }
        } catch let error as TensorError {
            throw error
        } catch {
            throw TensorError(kind: .unknown, operation: name, engineMessage: "\(error)")
        }
    }

    private static func shape(of name: String, _ x: Tensor, _ arguments: [Value]) -> [Int]? {
        func weight() -> Tensor? { arguments.count > 1 ? arguments[1].tensor : nil }
        switch name {
        case "aten::linear", "darkroom::packed_linear", "darkroom::int8_linear":
            return weight().map { x.shape.dropLast() + [$0.size(0)] }
        case "darkroom::convolution", "darkroom::packed_convolution", "darkroom::int8_convolution":
            guard let kernel = weight(), x.rank == 4, kernel.rank == 4 else { return nil }
            let first = name == "darkroom::int8_convolution" ? 4 : 3
            guard arguments.count > first + 1 else { return nil }
            let stride = arguments[first].int ?? arguments[first].ints?.first ?? 1
            let padding = arguments[first + 1].int ?? arguments[first + 1].ints?.first ?? 0
            func side(_ axis: Int) -> Int {
                (x.size(axis) + 2 * padding - kernel.size(axis)) / max(1, stride) + 1
            }
            return [x.size(0), kernel.size(0), side(2), side(3)]
        case "darkroom::attention", "darkroom::group_norm", "darkroom::layer_norm", "aten::layer_norm",
            "darkroom::normed_attention", "darkroom::tanh_gelu", "aten::scaled_dot_product_attention":
            return x.shape
        case "darkroom::gated_gelu": return x.shape.dropLast() + [x.size(-1) / 2]
        default: return nil
        }
    }

    /// Counts one call.
    func note(_ name: String, _ arguments: [Value], _ results: [Tensor]) {
        let operands = arguments.compactMap(\.tensor)
        let operations = Self.operations(of: name, operands, results)
        let own = Set(operands.map(\.storage.place))
        let made = results.map { (tensor: $0, storage: $0.storage) }
        let isView = made.allSatisfy { own.contains($0.storage.place) }
        state.withLock { state in
            if let operations {
                state.counts.operations += operations
            } else if !isView {
                let sizes = (operands + results).map { Double($0.count * $0.dtype.byteCount) }
                state.counts.movedBytes += sizes.reduce(0, +)
            }
            state.alive.removeAll { $0.tensor == nil }
            for (tensor, storage) in made where !state.ignored.contains(storage.place) {
                state.alive.append(Alive(tensor: tensor, storage: storage.place, bytes: storage.bytes))
            }
            var seen: Set<UInt> = []
            let bytes = state.alive.reduce(0) { seen.insert($1.storage).inserted ? $0 + $1.bytes : $0 }
            state.counts.peakBytes = max(state.counts.peakBytes, bytes)
        }
    }

    /// Two for each multiplication of a product; nil for operators that move numbers rather than multiply them.
    private static func operations(of name: String, _ operands: [Tensor], _ results: [Tensor]) -> Double? {
        guard operands.count > 1, let result = results.first else { return nil }
        let weight = operands[1]
        let outputs = Double(result.count)
        switch name {
        // However a weight is packed, it has as many numbers for each result.
        case "aten::linear", "darkroom::packed_linear", "darkroom::int8_linear":
            return 2 * outputs * Double(weight.count / max(1, result.size(-1)))
        case "darkroom::convolution", "darkroom::packed_convolution", "darkroom::int8_convolution":
            return 2 * outputs * Double(weight.count / max(1, result.size(1)))
        case "aten::matmul": return 2 * outputs * Double(operands[0].size(-1))
        case "darkroom::attention": return 4 * Double(operands[0].count) * Double(weight.size(1))
        case "aten::scaled_dot_product_attention":
            return 4 * Double(operands[0].count) * Double(weight.size(2))
        default: return nil
        }
    }
}

extension Tensor {
    /// The memory behind this tensor and its views.
    fileprivate var storage: (place: UInt, bytes: Int) {
        var bytes: Int64 = 0
        let place = ct_tensor_storage(handle, &bytes)
        return (UInt(place), Int(bytes))
    }
}
