import Layers
import Recipes
import Tensors
import Testing

@testable import Networks

@Suite struct ReadingDirectionTests {
    @Test func headsTakeTurns() throws {
        let bias = try ReadingDirection.bias(heads: 5, tokens: 3, on: .cpu)
        #expect(bias.shape == [1, 5, 3, 3])
        let values = try bias.values(as: Float.self)
        let no = -Float.infinity
        let heads = (0..<5).map { Array(values[$0 * 9..<$0 * 9 + 9]) }
        #expect(heads[0] == [0, no, no, 0, 0, no, 0, 0, 0])
        #expect(heads[1] == [0, 0, 0, no, 0, 0, no, no, 0])
        #expect(heads[2] == [0, -1, -2, -1, 0, -1, -2, -1, 0])
        #expect(heads[3] == [Float](repeating: 0, count: 9))
        #expect(heads[4] == heads[0])
    }

    /// With a head that looks back and one that looks ahead, the first word's state changes with a later word, the
    /// last one's with an earlier word, and both networks hold the same parameters.
    @Test func theOrderOfWordsCountsWithoutLearnedPlaces() throws {
        func states(_ directions: Bool, _ words: [Int]) throws -> [Float] {
            var random = try RandomStream(seed: 4)
            let vectors = try random.normal([4, 8]).reshaped(4, 8)
            let size = TextSize(width: 8, layers: 1, heads: 2, tokens: 3, directions: directions)
            let text = try TextTransformer(
                ParameterScope(OrderlessParameters()), vectorWidth: 8, size: size)
            let x = try Tensor.concatenated(words.map { try vectors.slice($0..<$0 + 1, along: 0) }, along: 0)
            return try text(x.reshaped(1, 3, 8), ForwardContext()).values(as: Float.self)
        }
        /// What the word in the middle becomes when its neighbours change places.
        func middle(_ directions: Bool, _ words: [Int]) throws -> ArraySlice<Float> {
            try states(directions, words)[8..<16]
        }
        func distance(_ directions: Bool) throws -> Float {
            try zip(middle(directions, [0, 1, 2]), middle(directions, [2, 1, 0]))
                .map { abs($0 - $1) }.max() ?? 0
        }
        #expect(try distance(false) < 1e-5)
        #expect(try distance(true) > 1e-2)
    }
}

/// Drawn parameters with which a text transformer attends; its learned places are zero.
private struct OrderlessParameters: ParameterSource {
    func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        if path.description.hasSuffix("position") || path.description.hasSuffix("bias") {
            return try .zeros(shape)
        }
        if shape.count == 1 { return try .ones(shape) }
        var random = try RandomStream(seed: UInt64(shape.reduce(1, *)))
        return try random.normal(shape).reshaped(to: shape) * 0.5
    }
}
