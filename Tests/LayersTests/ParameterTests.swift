import Diagnostics
import Layers
import Tensors
import TestSupport
import Testing

@Suite struct ParameterTests {
    @Test func pathsGrowByComponents() {
        let path = ParameterPath.root.appending("down").appending("0").appending("weight")
        #expect(path.description == "down.0.weight")
        #expect(path == "down.0.weight" && path == ParameterPath("down.0.weight"))
        #expect((["b", "a.1", "a"] as [ParameterPath]).sorted() == ["a", "a.1", "b"])
    }

    @Test func aScopeAsksUnderItsName() throws {
        let source = GivenParameters(["a.3.weight": [1, 2]])
        let scope = ParameterScope(source)["a"][3]
        #expect(scope.path == "a.3")
        try expectClose(scope.parameter("weight", [2], .ones), [1, 2])
        #expect(source.requests == [.init(path: "a.3.weight", shape: [2], initializer: .ones)])
    }

    @Test func aStoreRemembersOrderAndShares() throws {
        let source = GivenParameters(["b": [1, 2], "a": [3], "k": [Double](repeating: 1, count: 36)])
        let store = ParameterStore(from: source)
        let first = try store.parameter(at: "b", shape: [2], initializer: .zeros)
        _ = try store.parameter(at: "a", shape: [1], initializer: .zeros)
        let kernel = try store.parameter(at: "k", shape: [2, 2, 3, 3], initializer: .zeros)
        let again = try store.parameter(at: "b", shape: [2], initializer: .zeros)
        #expect(first === again && store["b"] === first)
        #expect(store["c"] == nil)
        #expect(store.paths == ["b", "a", "k"])
        #expect(store.tensors.map(\.shape) == [[2], [1], [2, 2, 3, 3]])
        #expect(store.count == 39)
        #expect(source.requests.count == 3, "what is known is not asked for again")
        #expect(store.tensors.allSatisfy { $0.requiresGradient })
        #expect(kernel.isChannelsLast)
        try (first * first).sum().backward()
        try expectClose(#require(again.gradient), [2, 4])
    }

    @Test func aSharedParameterHasOneShape() throws {
        let store = ParameterStore(from: FreshParameters(seed: 1))
        _ = try store.parameter(at: "tied", shape: [2, 3], initializer: .ones)
        let error = LayerError.shapeConflict("tied", expected: [3, 2], found: [2, 3])
        #expect(throws: error) { try store.parameter(at: "tied", shape: [3, 2], initializer: .ones) }
        #expect(
            error.description
                == "`tied` is asked for with shape [3, 2], but exists with shape [2, 3].\n"
                + "  → Give the two layers different names, or the same sizes.")
    }

    @Test func freshParametersDoNotDependOnTheOrder() throws {
        func drawn(_ paths: [ParameterPath], seed: UInt64) throws -> [ParameterPath: [Float]] {
            let store = ParameterStore(from: FreshParameters(seed: seed))
            for path in paths {
                _ = try store.parameter(at: path, shape: [4, 5], initializer: .normal(deviation: 1))
            }
            return try Dictionary(
                uniqueKeysWithValues: zip(store.paths, store.tensors.map { try $0.values() }))
        }
        let forwards = try drawn(["a", "b", "c"], seed: 7)
        #expect(try drawn(["c", "a", "b"], seed: 7) == forwards)
        #expect(try drawn(["b"], seed: 7)["b"] == forwards["b"])
        #expect(try drawn(["b"], seed: 8)["b"] != forwards["b"])
        #expect(forwards["a"] != forwards["b"])
    }

    @Test func freshParametersFollowTheirInitializer() throws {
        let fresh = FreshParameters(seed: 3)
        func drawn(_ initializer: Initializer) throws -> Tensor {
            try fresh.parameter(at: "w", shape: [100, 100], initializer: initializer)
        }
        #expect(try drawn(.zeros).norm().item() == 0)
        #expect(try drawn(.ones).sum().item() == 10_000)
        let normal = try drawn(.normal(deviation: 0.02))
        #expect(normal.shape == [100, 100] && normal.dtype == .float32)
        #expect(try abs(normal.mean().item()) < 0.001)
        #expect(try abs(normal.variance().item().squareRoot() - 0.02) < 0.001)
        // Uniform in ±1/√fanIn has the deviation 1/√(3·fanIn).
        let uniform = try drawn(.uniform(fanIn: 25))
        #expect(try uniform.maximum().item() <= 0.2 && uniform.minimum().item() >= -0.2)
        #expect(try uniform.maximum().item() > 0.19 && uniform.minimum().item() < -0.19)
        #expect(try abs(uniform.variance().item() - 1 / 75.0) < 0.001)
    }
}
