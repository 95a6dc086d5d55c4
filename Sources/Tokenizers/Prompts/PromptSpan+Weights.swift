extension PromptSpan {
    /// Reads weights, escapes and `BREAK`.
    ///
    /// `(` opens a stretch that is 1.1 times as heavy, or as heavy as the number behind its last colon says; `[` one that
    /// is 1.1 times lighter. A bracket that is not closed reaches to the end, one that was not opened is text. Time is
    /// proportional to the length.
    /// - Returns: at least one span; neighbours differ in weight or begin a chunk.
    static func spans(of text: [Unicode.Scalar]) -> [PromptSpan] {
        var pieces: [(text: String.UnicodeScalarView, weight: Double, startsChunk: Bool)] = []
        /// Where brackets were opened: the number of pieces before them.
        var round: [Int] = []
        var square: [Int] = []
        func multiply(from start: Int, by weight: Double) {
            for place in start..<max(start, pieces.count) {
                let product = pieces[place].weight * weight
                if product.isFinite { pieces[place].weight = product }
            }
        }
        var position = 0
        while position < text.count {
            let scalar = text[position]
            let end = position + 1
            switch scalar {
            case "\\":
                // A backslash before anything else is left out, as it always was.
                let isEscape = end < text.count && brackets.contains(text[end])
                pieces.append((.init(isEscape ? [text[end]] : []), 1, false))
                position = isEscape ? end + 1 : end
            case "(" where round.count < deepest:
                round.append(pieces.count)
                position = end
            case "[" where square.count < deepest:
                square.append(pieces.count)
                position = end
            case ":":
                if !round.isEmpty, let (weight, next) = weight(in: text[end...]), let start = round.popLast()
                {
                    multiply(from: start, by: weight)
                    position = next
                } else {
                    pieces.append((.init([":"]), 1, false))
                    position = end
                }
            case ")":
                if let start = round.popLast() {
                    multiply(from: start, by: 1.1)
                } else {
                    pieces.append((.init([scalar]), 1, false))
                }
                position = end
            case "]":
                if let start = square.popLast() {
                    multiply(from: start, by: 1 / 1.1)
                } else {
                    pieces.append((.init([scalar]), 1, false))
                }
                position = end
            default:
                let rest = text[end...]
                let next = rest.firstIndex { $0 == ":" || brackets.contains($0) } ?? text.count
                let words = PromptWords.pieces(of: text[position..<next], between: "BREAK")
                for (place, word) in words.enumerated() {
                    var word = word
                    // White space around the word goes with it.
                    if place > 0 { word = word.drop { $0.properties.isWhitespace } }
                    if place < words.count - 1 { word = PromptWords.trimmed(word) }
                    pieces.append((.init(word), 1, place > 0))
                }
                position = next
            }
        }
        for start in round { multiply(from: start, by: 1.1) }
        for start in square { multiply(from: start, by: 1 / 1.1) }
        return merged(pieces)
    }

    /// More brackets of one kind than this within one another are text: weights have no meaning there.
    private static let deepest = 100
    private static let brackets: [Unicode.Scalar] = ["\\", "(", ")", "[", "]"]

    private static func merged(
        _ pieces: [(text: String.UnicodeScalarView, weight: Double, startsChunk: Bool)]
    ) -> [PromptSpan] {
        var merged: [(text: String.UnicodeScalarView, weight: Double, startsChunk: Bool)] = []
        for piece in pieces {
            if let last = merged.last, last.weight == piece.weight, !piece.startsChunk {
                merged[merged.count - 1].text.append(contentsOf: piece.text)
            } else {
                merged.append(piece)
            }
        }
        let spans = merged.map {
            PromptSpan(text: String($0.text), weight: $0.weight, startsChunk: $0.startsChunk)
        }
        return spans.isEmpty ? [PromptSpan(text: "")] : spans
    }

    /// The weight that a colon is followed by, and where the text goes on behind its bracket.
    private static func weight(in text: ArraySlice<Unicode.Scalar>) -> (weight: Double, next: Int)? {
        guard let end = text.prefix(200).firstIndex(of: ")"),
            let weight = PromptNumber.weight(PromptWords.trimmed(text[..<end], front: true))
        else { return nil }
        return (weight, end + 1)
    }
}
