import Layers
import Tensors
import TestSupport
import Testing

@Suite struct AttentionTests {
    private static func drawn(_ shape: [Int], seed: UInt64) throws -> Tensor {
        var random = try RandomStream(seed: seed)
        return try random.normal(shape).reshaped(to: shape)
    }

    @Test func headsAreSplitAndMerged() throws {
        let x = try Tensor.range(to: 8).reshaped(1, 2, 4)
        let split = try MultiHeadAttention.split(x, heads: 2)
        try expectClose(split, [0, 1, 4, 5, 2, 3, 6, 7], shape: [1, 2, 2, 2])
        try expectClose(MultiHeadAttention.merge(split), x)
    }

    @Test(arguments: [0, 3, 5]) func headsMustDivideTheWidth(_ heads: Int) throws {
        let x = try Tensor.ones([1, 2, 4])
        #expect(throws: TensorError.self) { try MultiHeadAttention.split(x, heads: heads) }
    }

    /// Equal keys weigh all values alike; a key that answers the query alone takes all.
    @Test func attentionIsAWeightedMean() throws {
        let query = try Tensor([9, 0, 0, 0] as [Float], shape: [1, 1, 4])
        let value = try Tensor([1, 2, 3, 4, 5, 6, 7, 8] as [Float], shape: [1, 2, 4])
        try expectClose(
            MultiHeadAttention.attend(query: query, key: .ones([1, 2, 4]), value: value, heads: 2),
            [3, 4, 5, 6],
            shape: [1, 1, 4])
        let keys = try Tensor([0, 0, 0, 0, 9, 0, 0, 0] as [Float], shape: [1, 2, 4])
        // The first head sees the second token, the second head sees both.
        try expectClose(
            MultiHeadAttention.attend(query: query, key: keys, value: value, heads: 2), [5, 6, 5, 6],
            shape: [1, 1, 4])
    }

    @Test(arguments: [false, true]) func causalAttentionSeesThePast(_ recordsGradients: Bool) throws {
        var query = try Self.drawn([1, 3, 4], seed: 5)
        let key = try Self.drawn([1, 3, 4], seed: 6)
        if recordsGradients { query = try query.requiringGradient() }
        func attend(_ value: Tensor) throws -> Tensor {
            try MultiHeadAttention.attend(query: query, key: key, value: value, heads: 2, isCausal: true)
                .detached()
        }
        let value = try Self.drawn([1, 3, 4], seed: 7)
        let before = try attend(value)
        try expectClose(before.slice(0..<1, along: 1), value.slice(0..<1, along: 1))
        let changed = try Tensor.concatenated([value.slice(0..<2, along: 1), .ones([1, 1, 4])], along: 1)
        let after = try attend(changed)
        try expectClose(after.slice(0..<2, along: 1), before.slice(0..<2, along: 1))
        #expect(try !TensorComparison(after, before, .of(.float32)).isClose)
        // The second token alone: two keys, plain products.
        let past = try MultiHeadAttention.attend(
            query: query.slice(1..<2, along: 1), key: key.slice(0..<2, along: 1),
            value: value.slice(0..<2, along: 1), heads: 2)
        try expectClose(before.slice(1..<2, along: 1), past.detached())
    }

    /// Forwards alone the fused operator computes; with gradients, plain products do.
    @Test(arguments: [1, 2, 4], [false, true])
    func bothPathsAgree(_ heads: Int, _ isNormalized: Bool) throws {
        let width = 8
        let (query, key) = try (Self.drawn([2, 5, width], seed: 1), Self.drawn([2, 7, width], seed: 2))
        let value = try Self.drawn([2, 7, width], seed: 3)
        let norms: (query: LayerNorm, key: LayerNorm)? =
            isNormalized
            ? (
                try LayerNorm(ParameterScope(FreshParameters(seed: 4))["q"], width: width / heads),
                try LayerNorm(ParameterScope(FreshParameters(seed: 4))["k"], width: width / heads)
            ) : nil
        func attend(_ query: Tensor, _ key: Tensor, _ value: Tensor) throws -> Tensor {
            try MultiHeadAttention.attend(
                query: query, key: key, value: value, heads: heads, normalization: norms)
        }
        let forwards = try attend(query, key, value)
        #expect(forwards.shape == [2, 5, width])
        let leaf = try query.requiringGradient()
        let recorded = try attend(leaf, key, value)
        #expect(recorded.requiresGradient && !forwards.requiresGradient)
        try expectClose(recorded.detached(), forwards)

        // The fused operator's own gradients, taken with respect to key and value, are those of the plain products.
        func gradients(through query: Tensor) throws -> [Tensor] {
            let leaves = try [key.requiringGradient(), value.requiringGradient()]
            try attend(query, leaves[0], leaves[1]).squared().sum().backward()
            return try leaves.map { try #require($0.gradient) }
        }
        for (plain, fused) in try zip(gradients(through: leaf), gradients(through: query)) {
            try expectClose(plain, fused)
        }
        #expect(try #require(leaf.gradient).norm().item() > 0)
    }

    /// A bias that forbids the future is causal attention; one that forbids all but one token gives that token.
    @Test func aBiasIsAddedToTheScores() throws {
        let query = try Self.drawn([2, 3, 4], seed: 5)
        let key = try Self.drawn([2, 3, 4], seed: 6)
        let value = try Self.drawn([2, 3, 4], seed: 7)
        let no = -Float.infinity
        let past = try Tensor([0, no, no, 0, 0, no, 0, 0, 0], shape: [1, 1, 3, 3])
        try expectClose(
            MultiHeadAttention.attend(query: query, key: key, value: value, heads: 2, bias: past),
            MultiHeadAttention.attend(query: query, key: key, value: value, heads: 2, isCausal: true))
        // The first head sees the last token only, the second the first one only.
        let one = try Tensor(
            [no, no, 0, no, no, 0, no, no, 0, 0, no, no, 0, no, no, 0, no, no], shape: [1, 2, 3, 3])
        let found = try MultiHeadAttention.attend(query: query, key: key, value: value, heads: 2, bias: one)
        let expected = try Tensor.concatenated(
            [
                value.slice(2..<3, along: 1).slice(0..<2, along: 2),
                value.slice(0..<1, along: 1).slice(2..<4, along: 2),
            ], along: 2)
        try expectClose(found, expected.expanded(2, 3, 4))
    }
}
