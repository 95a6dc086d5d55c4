import Diagnostics
public import Tensors

/// Words as directions: a table of word vectors, each of length 1, and what they stand for.
public struct WordSpace: Sendable {
    /// A word and how close it lies.
    public struct Neighbour: Hashable, Sendable, Encodable {
        /// The word.
        public let word: String
        /// The cosine of the angle between them, −1 to 1.
        public let cosine: Double
    }

    /// Which rows of the table are listed as neighbours.
    public enum Listing: String, CaseIterable, Sendable {
        /// Whole words of letters: no pieces of words (`##ing`), numbers, signs or reserved rows (`[unused7]`).
        case words
        /// Everything.
        case all
    }

    /// `[words, width]`, each row of length 1.
    let table: Tensor
    /// What each row stands for.
    let words: [String]
    private let indices: [String: Int]

    /// Takes a table as it stands in a model.
    /// - Parameters:
    ///   - table: `[words, width]`, of any floating type, on any device.
    ///   - words: what each row stands for; of equal words the first counts.
    /// - Throws: `InsightError.tableMismatch`, `TensorError`.
    public init(table: Tensor, words: [String]) throws {
        guard table.rank == 2, table.size(0) == words.count, table.size(1) > 0, !words.isEmpty else {
            throw InsightError.tableMismatch(shape: table.shape, words: words.count)
        }
        let rows = try table.to(.cpu, .float32)
        self.table = try rows / rows.norm(-1, keepingAxes: true).clamped(from: 1e-12)
        self.words = words
        indices = Dictionary(words.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Numbers in a vector.
    public var width: Int { table.size(1) }

    /// The vector of a word, of length 1.
    /// - Throws: `InsightError.unknownWord` with words that are spelled alike, `TensorError`.
    public func vector(of word: String) throws -> [Double] {
        try table.selected(try row(of: word)).values(as: Float.self).map(Double.init)
    }

    /// The row of a word.
    func row(of word: String) throws(InsightError) -> Int {
        if let index = indices[word] ?? indices[ConceptExpression.folded(word)] { return index }
        let length = word.count
        let candidates = words.lazy.filter { abs($0.utf8.count - length) <= 2 && Self.isWholeWord($0) }
        throw .unknownWord(word, nearest: NearestName.nearest(to: word, among: candidates))
    }

    /// The weighted sum of the words' vectors.
    /// - Throws: `InsightError.unknownWord`, `.emptySum` when nothing is left of it, `TensorError`.
    public func sum(_ expression: ConceptExpression) throws -> [Double] {
        var sum = [Double](repeating: 0, count: width)
        for term in expression.terms {
            for (axis, value) in try vector(of: term.word).enumerated() { sum[axis] += term.weight * value }
        }
        guard sum.reduce(0, { $0 + $1 * $1 }) > 1e-8 else {
            throw InsightError.emptySum(expression: expression.text)
        }
        return sum
    }

    /// The words whose vectors point most nearly the same way, nearest first.
    /// - Parameters:
    ///   - vector: `width` numbers; its length does not matter.
    ///   - count: how many, at least 1; fewer come back when there are no more.
    ///   - excluded: words to leave out.
    ///   - listing: which rows to list.
    /// - Returns: words with their cosines, falling.
    /// - Throws: `InsightError.tableMismatch` for another width, `TensorError`.
    public func nearest(
        to vector: [Double], count: Int, excluding excluded: Set<String> = [], listing: Listing = .words
    ) throws -> [Neighbour] {
        guard vector.count == width else {
            throw InsightError.tableMismatch(shape: [vector.count], words: words.count)
        }
        let length = max(vector.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
        let direction = try Tensor(vector.map { Float($0 / length) }, shape: [width, 1])
        let cosines = try table.matmul(direction).reshaped(-1).values(as: Float.self)
        let order = cosines.indices.sorted {
            cosines[$0] == cosines[$1] ? $0 < $1 : cosines[$0] > cosines[$1]
        }
        var found: [Neighbour] = []
        for index in order where found.count < max(1, count) {
            let word = words[index]
            guard listing == .all || Self.isWholeWord(word), !excluded.contains(word) else { continue }
            found.append(Neighbour(word: word, cosine: Double(cosines[index])))
        }
        return found
    }

    /// True for rows that stand for a whole word of letters, such as `queen`, `a` or `naïve`.
    static func isWholeWord(_ word: String) -> Bool {
        word.allSatisfy(\.isLetter) && (word.count > 1 || word == "a" || word == "i")
    }
}
