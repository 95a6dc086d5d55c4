import Synchronization
import Tensors
import Testing

/// Blocks that are run again in the backward pass learn what plain ones learn.
@Suite struct RecomputationTests {
    /// How often a block was run.
    private final class Runs: Sendable {
        private let count = Mutex(0)
        var number: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }

    /// Two layers of a small network, and what their gradients are.
    private struct Layers: Sendable {
        let weights: [Tensor]
        let x: Tensor

        init() throws {
            var random = try RandomStream(seed: 4)
            weights = try (0..<2).map { _ in
                try random.normal([8, 8]).squeezed(0).requiringGradient()
            }
            x = try random.normal([3, 8]).squeezed(0).requiringGradient()
        }
        static func apply(_ x: Tensor, _ weight: Tensor) throws -> Tensor {
            try x.linear(weight: weight, bias: nil).gelu(approximate: true)
        }
        /// The input's and the weights' gradients of the mean square, in bytes.
        func gradients(
            autocast: DType? = nil, _ block: (Tensor, Tensor) throws -> Tensor
        ) throws -> [[UInt8]] {
            let end = try Autograd.autocast(to: autocast) {
                try block(block(x, weights[0]), weights[1])
            }
            try end.to(.float32).squared().mean().backward()
            return try ([x] + weights).map { try #require($0.gradient).bytes() }
        }
    }

    @Test(arguments: [nil, DType.bfloat16]) func theGradientsAreTheSameBytes(autocast: DType?) throws {
        let plain = try Layers().gradients(autocast: autocast, Layers.apply)
        let runs = Runs()
        let recomputed = try Layers().gradients(autocast: autocast) { x, weight in
            try Autograd.recomputing([x]) { inputs in
                runs.add()
                return try Layers.apply(inputs[0], weight)
            }
        }
        #expect(recomputed == plain)
        #expect(runs.number == 4, "two blocks, each run twice")
    }

    /// What is not recorded is run once; a block whose inputs need no gradient is recorded plainly.
    @Test func withoutGradientsABlockIsRunOnce() throws {
        let layers = try Layers()
        let runs = Runs()
        func end(_ x: Tensor) throws -> Tensor {
            try Autograd.recomputing([x]) { [weight = layers.weights[0]] inputs in
                runs.add()
                return try Layers.apply(inputs[0], weight)
            }
        }
        #expect(try !Autograd.disabled { try end(layers.x) }.requiresGradient)
        try end(layers.x.detached()).mean().backward()
        #expect(layers.weights[0].gradient != nil && layers.x.gradient == nil)
        #expect(runs.number == 2)
    }

    /// The weights cast for the run that is not recorded are not those that learn, and the next pass finds none of them.
    @Test func castsMadeWithoutGradientsAreNotUsedAgain() throws {
        let layers = try Layers()
        try Autograd.autocast(to: .bfloat16) {
            let (x, weight) = (layers.x, layers.weights[0])
            let first = try Autograd.recomputing([x]) { try Layers.apply($0[0], weight) }
            let second = try Layers.apply(layers.x.detached(), weight)
            #expect(second.requiresGradient)
            try (first + second).to(.float32).mean().backward()
        }
        #expect(layers.weights[0].gradient != nil)
    }

    @Test func errorsComeThroughBothTimesAndNothingIsKept() throws {
        struct Stop: Error {}
        let layers = try Layers()
        #expect(throws: Stop.self) { try Autograd.recomputing([layers.x]) { _ in throw Stop() } }

        weak var held: Runs?
        do {
            let runs = Runs()
            held = runs
            let end = try Autograd.recomputing([layers.x]) { inputs in
                runs.add()
                if runs.number > 1 { throw Stop() }
                return try inputs[0] * 2
            }
            let error = #expect(throws: TensorError.self) { try end.mean().backward() }
            #expect(error?.engineMessage.contains("Stop") == true)
            #expect(runs.number == 2)
        }
        #expect(held == nil, "the block goes with its result")
    }
}
