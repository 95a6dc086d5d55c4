import Foundation

/// A sum of words with weights, such as `king - man + woman` or `0.5*sea + sky`.
///
/// Words are told apart from operators by spaces or by the operators themselves; a hyphen inside a word is read as
/// minus. Letters are folded as the word table is: lower case, without accents.
public struct ConceptExpression: Hashable, Sendable {
    /// A word and its weight.
    public struct Term: Hashable, Sendable, Encodable {
        /// The word in lower case.
        public let word: String
        /// How much of it; below 0 after a minus.
        public let weight: Double

        /// A word and its weight.
        public init(_ word: String, weight: Double = 1) { (self.word, self.weight) = (word, weight) }
    }

    /// The most words of an expression.
    public static let mostTerms = 64

    /// The words in the order in which they were written; a word may occur again.
    public let terms: [Term]

    /// Reads an expression.
    /// - Throws: `InsightError.unreadableExpression`, with the position of what cannot be read.
    public init(parsing text: String) throws(InsightError) {
        var reader = Reader(text)
        terms = try reader.terms()
    }

    /// The words that occur, each once, in order.
    public var words: [String] {
        var seen: Set<String> = []
        return terms.map(\.word).filter { seen.insert($0).inserted }
    }

    /// The expression as one would write it.
    public var text: String {
        terms.enumerated().map { index, term in
            let size = abs(term.weight)
            let sign = term.weight < 0 ? (index == 0 ? "-" : " - ") : (index == 0 ? "" : " + ")
            return sign + (size == 1 ? "" : "\(Self.shortest(size))*") + term.word
        }.joined()
    }

    /// The same with typographic signs, for pictures.
    var typeset: String {
        text.replacingOccurrences(of: "-", with: "−").replacingOccurrences(of: "*", with: "·")
    }

    private static func shortest(_ value: Double) -> String {
        value == value.rounded() && value < 1e6 ? "\(Int(value))" : "\(value)"
    }

    /// A word as the table writes it: lower case, without accents.
    static func folded(_ word: String) -> String {
        word.folding(
            options: [.caseInsensitive, .diacriticInsensitive], locale: Locale(identifier: "en_US_POSIX"))
    }
}

extension ConceptExpression {
    /// Reads `[sign] [weight *] word { sign [weight *] word }`.
    private struct Reader {
        let text: String
        let characters: [Character]
        var position = 0

        init(_ text: String) {
            self.text = text
            characters = Array(text)
        }

        mutating func terms() throws(InsightError) -> [Term] {
            var terms: [Term] = []
            skipSpace()
            guard position < characters.count else { throw problem("there is nothing in it") }
            var sign = readSign() ?? 1
            while true {
                terms.append(try term(sign: sign))
                guard terms.count <= ConceptExpression.mostTerms else {
                    throw problem("more than \(ConceptExpression.mostTerms) words")
                }
                skipSpace()
                guard position < characters.count else { return terms }
                guard let next = readSign() else {
                    throw problem("expected + or − before \"\(characters[position])\"")
                }
                sign = next
            }
        }

        private mutating func term(sign: Double) throws(InsightError) -> Term {
            skipSpace()
            var weight = sign
            if position < characters.count, characters[position].isNumber || characters[position] == "." {
                weight *= try number()
                skipSpace()
                guard position < characters.count, "*×·".contains(characters[position]) else {
                    throw problem("expected a star between the weight and its word")
                }
                position += 1
                skipSpace()
            }
            let start = position
            while position < characters.count, isPartOfWord(characters[position]) { position += 1 }
            guard position > start else {
                let found =
                    position < characters.count ? "found \"\(characters[position])\"" : "found the end"
                throw problem("expected a word, \(found)")
            }
            return Term(ConceptExpression.folded(String(characters[start..<position])), weight: weight)
        }

        private func isPartOfWord(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || character == "'"
        }

        private mutating func number() throws(InsightError) -> Double {
            let start = position
            while position < characters.count, characters[position].isNumber || characters[position] == "." {
                position += 1
            }
            let written = String(characters[start..<position])
            guard let value = Double(written), value > 0, value <= 1000 else {
                position = start
                throw problem("expected a weight above 0, at most 1000, found \"\(written)\"")
            }
            return value
        }

        private mutating func readSign() -> Double? {
            guard position < characters.count else { return nil }
            switch characters[position] {
            case "+", "＋":
                position += 1
                return 1
            case "-", "−", "–", "—":
                position += 1
                return -1
            default: return nil
            }
        }

        private mutating func skipSpace() {
            while position < characters.count, characters[position].isWhitespace { position += 1 }
        }

        private func problem(_ problem: String) -> InsightError {
            .unreadableExpression(text, position: min(position, characters.count) + 1, problem: problem)
        }
    }
}
