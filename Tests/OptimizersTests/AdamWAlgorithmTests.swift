import Foundation
import Layers
import Optimizers
import TestSupport
import Testing

@testable import Tensors

/// The optimiser against its published algorithm, and where it must do nothing.
@Suite struct AdamWAlgorithmTests {
    /// A matrix, a vector and a kernel that lies channels last.
    static let shapes: [(path: ParameterPath, shape: [Int])] = [
        ("matrix", [2, 3]), ("vector", [3]), ("kernel", [2, 3, 3, 3]),
    ]
    static func wavy(_ count: Int, phase: Double) -> [Double] {
        (0..<count).map { sin(Double($0) * 1.3 + phase) }
    }

    static func store(seed: UInt64 = 5) throws -> ParameterStore {
        let store = ParameterStore(from: FreshParameters(seed: seed))
        for (path, shape) in shapes {
            _ = try store.parameter(at: path, shape: shape, initializer: .normal(deviation: 1))
        }
        return store
    }
    /// Gives every parameter the gradient `wavy`, of a phase of its own, times `scale`.
    @discardableResult
    static func giveGradients(
        _ store: ParameterStore, step: Int, scale: Double = 1
    ) throws -> [ParameterPath: [Double]] {
        var given: [ParameterPath: [Double]] = [:]
        var loss = try Tensor.zeros([])
        for (place, (path, leaf)) in zip(store.paths, store.tensors).enumerated() {
            let gradient = wavy(leaf.count, phase: Double(step * 10 + place)).map { $0 * scale }
            loss = try loss + (leaf * Tensor(gradient.map(Float.init), shape: leaf.shape)).sum()
            given[path] = gradient
        }
        try loss.backward()
        return given
    }
    static func values(_ store: ParameterStore) throws -> [[Float]] {
        try store.tensors.map { try $0.values() }
    }

    /// Algorithm 2 of Loshchilov and Hutter 2019, one number at a time.
    struct Scalar {
        var value: Double
        var mean = 0.0, square = 0.0
        mutating func step(
            _ gradient: Double, update: Int, rate: Double, decay: Double, betas: (Double, Double),
            epsilon: Double
        ) {
            value -= rate * decay * value
            mean = betas.0 * mean + (1 - betas.0) * gradient
            square = betas.1 * square + (1 - betas.1) * gradient * gradient
            let unbiasedMean = mean / (1 - pow(betas.0, Double(update)))
            let unbiasedSquare = square / (1 - pow(betas.1, Double(update)))
            value -= rate * unbiasedMean / (unbiasedSquare.squareRoot() + epsilon)
        }
    }

    @Test(arguments: [0, 0.1], [1e9, 2.0])
    func equalsTheAlgorithm(_ weightDecay: Double, _ maximumNorm: Double) throws {
        let (betas, epsilon) = ((0.9, 0.95), 1e-6)
        let store = try Self.store()
        let optimizer = try AdamW(store, betas: betas, weightDecay: weightDecay, epsilon: epsilon)
        var reference = try Self.values(store).map { $0.map { Scalar(value: Double($0)) } }
        for update in 1...6 {
            let rate = 0.1 / Double(update)
            let gradients = try Self.giveGradients(store, step: update)
            let outcome = try optimizer.step(learningRate: rate, clippingAt: maximumNorm)
            let norm = gradients.values.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(outcome.isApplied && abs(outcome.gradientNorm - norm) < 1e-4 * norm)
            #expect(optimizer.updates == update)
            let factor = norm > maximumNorm ? maximumNorm / (norm + 1e-6) : 1
            #expect((factor < 1) == (maximumNorm == 2), "the test clips when it means to")
            for (place, path) in store.paths.enumerated() {
                let decay = path == "vector" ? 0 : weightDecay
                let given = try #require(gradients[path])
                for index in reference[place].indices {
                    reference[place][index].step(
                        given[index] * factor, update: update, rate: rate, decay: decay, betas: betas,
                        epsilon: epsilon)
                }
                let leaf = try #require(store[path])
                try expectClose(
                    leaf.detached(), reference[place].map(\.value), shape: leaf.shape, nil,
                    "\(path) after \(update)")
                #expect(leaf.gradient == nil, "a step clears the gradients")
            }
        }
    }

    /// Through a real convolution, whose gradient comes from libtorch in the order in memory that it likes.
    @Test func kernelsMoveAgainstTheirGradient() throws {
        let store = try Self.store()
        let kernel = try #require(store["kernel"])
        var random = try RandomStream(seed: 2)
        let x = try random.normal([3, 6, 6]).channelsLast()
        let before: [Float] = try kernel.values()
        try x.conv2d(weight: kernel, bias: nil, padding: 1).squared().sum().backward()
        let gradient: [Float] = try #require(kernel.gradient).values()
        _ = try AdamW(store, epsilon: 0).step(learningRate: 0.5, clippingAt: 1e9)
        // The first step of Adam is the learning rate times the gradient's sign.
        let expected = zip(before, gradient).map { Double($0) - 0.5 * ($1 > 0 ? 1 : -1) }
        #expect(gradient.allSatisfy { $0 != 0 })
        try expectClose(kernel.detached(), expected, shape: kernel.shape)
    }

    @Test(arguments: [Double.nan, .infinity, 1e30]) func aGradientThatIsNotFiniteChangesNothing(
        _ scale: Double
    ) throws {
        let store = try Self.store()
        let optimizer = try AdamW(store, weightDecay: 0.1)
        try Self.giveGradients(store, step: 1)
        _ = try optimizer.step(learningRate: 0.1, clippingAt: 1)
        let before = try Self.values(store)
        let moments = try optimizer.state().map { try $0.tensor.bytes() }
        try Self.giveGradients(store, step: 2, scale: scale)
        let outcome = try optimizer.step(learningRate: 0.1, clippingAt: 1)
        #expect(!outcome.isApplied && !outcome.gradientNorm.isFinite)
        #expect(optimizer.updates == 1)
        #expect(try Self.values(store) == before)
        #expect(try optimizer.state().map { try $0.tensor.bytes() } == moments)
        #expect(store.tensors.allSatisfy { $0.gradient == nil }, "the bad gradient is gone")
        try Self.giveGradients(store, step: 3)
        #expect(try optimizer.step(learningRate: 0.1, clippingAt: 1).isApplied)
        #expect(optimizer.updates == 2)
    }

    @Test func aStepWithoutGradientsIsAnError() throws {
        let store = try Self.store()
        let optimizer = try AdamW(store)
        #expect(throws: OptimizerError.noGradients) { try optimizer.step(learningRate: 0.1, clippingAt: 1) }
        #expect(optimizer.updates == 0)
    }

    @Test func aStateOfAnotherShapeIsRefused() throws {
        let optimizer = try AdamW(Self.store())
        #expect(throws: TensorError.self) { try optimizer.restore(updates: 3) { _, _ in try .ones([7, 7]) } }
        #expect(optimizer.updates == 0)
    }
}
