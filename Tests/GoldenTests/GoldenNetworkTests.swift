import Layers
import Networks
import Tensors
import TestSupport
import Testing

/// Our networks against their PyTorch twins: every activation, the output, every gradient.
@Suite struct GoldenNetworkTests {
    @Test(arguments: GoldenNetwork.Kind.allCases)
    func everyActivationEqualsTheReference(_ kind: GoldenNetwork.Kind) throws {
        let golden = try GoldenNetwork(kind)
        let checker = ActivationChecker(golden.fixture, .of(.float32))
        let output = try Autograd.disabled { try golden(ForwardContext(probe: checker)) }
        #expect(checker.firstDifference == nil)
        #expect(Set(checker.order) == Set(golden.fixture.names(in: "activation")))
        #expect(checker.order.count == Set(checker.order).count, "a path was visited twice")
        try expectClose(output, golden.fixture.tensor("output"), nil, "output")
    }

    @Test(arguments: GoldenNetwork.Kind.allCases)
    func everyGradientEqualsTheReference(_ kind: GoldenNetwork.Kind) throws {
        let golden = try GoldenNetwork(kind)
        let checker = ActivationChecker(golden.fixture, .of(.float32))
        let output = try golden(ForwardContext(probe: checker))
        #expect(checker.firstDifference == nil, "while gradients are recorded")
        try (output * golden.fixture.tensor("input/cotangent")).sum().backward()

        let expected = golden.fixture.names(in: "gradient").filter { $0 != "input.x" }
        #expect(Set(golden.store.paths.map(\.description)) == Set(expected))
        #expect(golden.store.paths.count == expected.count)
        for path in golden.store.paths {
            let gradient = try #require(golden.store[path]?.gradient, "\(path) has no gradient")
            try expectClose(
                gradient, golden.fixture.tensor("gradient/" + path.description), nil, "gradient of \(path)")
        }
        let gradient = try #require(golden.x.gradient)
        try expectClose(gradient, golden.fixture.tensor("gradient/input.x"), nil, "gradient of the picture")
    }

    @Test(arguments: GoldenNetwork.Kind.allCases)
    func autocastStaysWithinItsRounding(_ kind: GoldenNetwork.Kind) throws {
        let golden = try GoldenNetwork(kind)
        let checker = ActivationChecker(golden.fixture, .of(.bfloat16))
        let output = try Autograd.disabled {
            try Autograd.autocast(to: .bfloat16) { try golden(ForwardContext(probe: checker)) }
        }
        #expect(checker.firstDifference == nil)
        try expectClose(output, golden.fixture.tensor("output"), .of(.bfloat16), "output")
        // Rounding must be there: without it the products ran in single precision and trained at a third of the speed.
        let exact = try TensorComparison(output, golden.fixture.tensor("output"), .of(.float32))
        #expect(!exact.isClose)
    }

    @Test func theFixtureHasNoParameterThatTheNetworkDoesNotAskFor() throws {
        for kind in GoldenNetwork.Kind.allCases {
            let golden = try GoldenNetwork(kind)
            #expect(
                golden.store.paths.map(\.description).sorted() == golden.fixture.names(in: "weight").sorted())
        }
    }

    /// The instrument itself: one disturbed layer must be found, by name, and nothing before it blamed.
    @Test func aDisturbedLayerIsNamed() throws {
        let golden = try GoldenNetwork(.unet)
        let disturbed = "unet.middle.first"
        let checker = ActivationChecker(golden.fixture, .of(.float32))
        let probe = Disturbance(at: ParameterPath(disturbed), before: checker)
        _ = try Autograd.disabled { try golden(ForwardContext(probe: probe)) }
        let first = try #require(checker.firstDifference)
        #expect(first.hasPrefix(disturbed + " "), "\(first)")

        let judge = ActivationChecker(golden.fixture, .of(.float32), corrects: true)
        let again = Disturbance(at: ParameterPath(disturbed), before: judge)
        _ = try Autograd.disabled { try golden(ForwardContext(probe: again)) }
        #expect(judge.differences == [disturbed], "with corrections, later layers are judged by themselves")
    }
}

/// Changes one activation a little before another probe sees it.
private struct Disturbance: Probe {
    let path: ParameterPath
    let checker: ActivationChecker

    init(at path: ParameterPath, before checker: ActivationChecker) {
        (self.path, self.checker) = (path, checker)
    }
    func visit(_ activation: Tensor, at path: ParameterPath) throws -> Tensor {
        try checker.visit(path == self.path ? activation * 1.01 : activation, at: path)
    }
}
