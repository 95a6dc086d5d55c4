import Diagnostics
import Layers
import Tensors
import TestSupport
import Testing

@Suite struct GroupNormTests {
    private static func layer(groups: Int, epsilon: Double = 1e-5) throws -> GroupNorm {
        let source = GivenParameters(["n.weight": [1, 2, 3, 4], "n.bias": [0, 10, 20, 30]])
        let layer = try GroupNorm(ParameterScope(source)["n"], channels: 4, groups: groups, epsilon: epsilon)
        #expect(source.requests.map(\.shape) == [[4], [4]])
        return layer
    }

    @Test func groupsAreNormalisedTogether() throws {
        let x = try Tensor([1, 3, 5, 5] as [Float], shape: [1, 4, 1, 1])
        let unit = 1 / (1 + 1e-5).squareRoot()
        let layer = try Self.layer(groups: 2)
        #expect(layer.path == "n")
        try expectClose(layer(x), [-unit, 10 + 2 * unit, 20, 30], shape: [1, 4, 1, 1])
        try expectClose(
            Self.layer(groups: 2, epsilon: 3)(x), [-0.5, 11, 20, 30], shape: [1, 4, 1, 1])
        try expectClose(Self.layer(groups: 4)(x), [0, 10, 20, 30], shape: [1, 4, 1, 1])
    }

    @Test func shiftAndActivationAreThoseOfTheSeparateSteps() throws {
        var random = try RandomStream(seed: 1)
        let x = try random.normal([2, 4, 3, 5]).reshaped(2, 4, 3, 5)
        let shift = try random.normal([2, 4]).reshaped(2, 4)
        let layer = try Self.layer(groups: 2)
        let expected = try layer(x + shift.reshaped(2, 4, 1, 1)).silu()
        try expectClose(layer(x, shift: shift, activation: .silu), expected)
        let last = try layer(x.channelsLast(), shift: shift, activation: .silu)
        #expect(last.isChannelsLast)
        try expectClose(last, expected)
    }

    @Test(arguments: [0, 3, 8]) func groupsMustDivideTheChannels(_ groups: Int) throws {
        let error = #expect(throws: LayerError.self) { try Self.layer(groups: groups) }
        #expect(
            error?.description
                == "`n` has 4 channels, which \(groups) groups cannot share equally.\n"
                + "  → Choose a number of groups that divides the channels.")
    }

    /// Each function at −1, 0 and 2, from its definition.
    @Test(arguments: [
        (Activation.silu, [-0.268941421, 1.761594156]), (.gelu, [-0.158655254, 1.954499736]),
        (.tanhGELU, [-0.158808009, 1.954597694]), (.quickGELU, [-0.154204234, 1.935658623]),
        (.relu, [0, 2]), (.mish, [-0.303401461, 1.943958680]),
    ])
    func activationsAreTheirFormulas(_ activation: Activation, _ expected: [Double]) throws {
        let x = try Tensor([-1, 0, 2] as [Float], shape: [3])
        try expectClose(activation(x), [expected[0], 0, expected[1]])
    }

    @Test func aGateOpensByItsGELU() throws {
        let x = try Tensor([3, 5, 0, 2] as [Float], shape: [1, 4])
        try expectClose(x.gatedGELU(), [0, 5 * 1.954499736], shape: [1, 2])
    }
}
