/// What a sum of words comes close to.
public struct ConceptAnswer: Sendable {
    /// How many neighbours may be asked for.
    public static let counts = 1...100

    /// The sum.
    public let expression: ConceptExpression
    /// The nearest words, those of the expression left out.
    public let nearest: [WordSpace.Neighbour]
    /// The nearest words when those of the expression take part; usually one of them wins.
    public let nearestOfAll: [WordSpace.Neighbour]
    /// The vectors of the words of the expression and of `nearest`, each of length 1.
    let vectors: [String: [Double]]
    /// The vector of the sum.
    let sum: [Double]

    /// Asks a word space.
    /// - Parameters:
    ///   - expression: the sum.
    ///   - space: the words.
    ///   - count: how many neighbours, 1 to 100.
    ///   - listing: which rows of the table may be neighbours.
    /// - Throws: `InsightError.outOfRange`, `.unknownWord`, `.emptySum`, `TensorError`.
    public init(
        _ expression: ConceptExpression, in space: WordSpace, count: Int = 8,
        listing: WordSpace.Listing = .words
    ) throws {
        guard Self.counts.contains(count) else {
            throw InsightError.outOfRange(what: "count", found: "\(count)", allowed: "1 to 100")
        }
        self.expression = expression
        sum = try space.sum(expression)
        let inputs = Set(try expression.words.map { space.words[try space.row(of: $0)] })
        nearest = try space.nearest(to: sum, count: count, excluding: inputs, listing: listing)
        nearestOfAll = try space.nearest(to: sum, count: count, listing: listing)
        var vectors: [String: [Double]] = [:]
        for word in expression.words + nearest.map(\.word) { vectors[word] = try space.vector(of: word) }
        self.vectors = vectors
    }
}

/// The numbers of a sum of words.
public struct ConceptReport: Encodable, Sendable {
    /// The expression as it was understood.
    public let expression: String
    /// Its words and weights.
    public let terms: [ConceptExpression.Term]
    /// The nearest words, those of the expression left out.
    public let nearest: [WordSpace.Neighbour]
    /// The nearest words when those of the expression take part.
    public let nearestOfAll: [WordSpace.Neighbour]
    /// The cosine of each word of the expression with the sum.
    public let inputs: [WordSpace.Neighbour]
}

extension ConceptAnswer {
    /// All numbers.
    public var report: ConceptReport {
        ConceptReport(
            expression: expression.text, terms: expression.terms, nearest: nearest,
            nearestOfAll: nearestOfAll,
            inputs: expression.words.map { word in
                WordSpace.Neighbour(word: word, cosine: Self.cosine(vectors[word] ?? sum, sum))
            })
    }

    private static func cosine(_ left: [Double], _ right: [Double]) -> Double {
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        return dot(left, right) / max((dot(left, left) * dot(right, right)).squareRoot(), 1e-12)
    }
}
