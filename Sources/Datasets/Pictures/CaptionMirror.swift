/// What a caption says when its picture is mirrored: left and right change places, word for word.
public enum CaptionMirror {
    private static let pairs: [String: String] = {
        let pairs = [
            ("left", "right"), ("lefts", "rights"), ("leftmost", "rightmost"), ("leftward", "rightward"),
            ("leftwards", "rightwards"), ("lefthand", "righthand"), ("lefty", "righty"),
        ]
        return Dictionary(
            pairs.flatMap { [($0.0, $0.1), ($0.1, $0.0)] }, uniquingKeysWith: { first, _ in first })
    }()

    /// Words that tell of something which a mirror would show wrongly, whatever the sentence says.
    private static let unmirrored: Set<String> = [
        "clockwise", "anticlockwise", "counterclockwise", "text", "texts", "word", "words", "letter",
        "letters",
        "lettering", "caption", "writing", "written", "writes", "handwriting", "says", "saying", "reads",
        "reading",
        "sign", "signs", "signpost", "logo", "logos", "label", "labels", "labeled", "labelled", "title",
        "titled",
        "inscription", "inscribed", "number", "numbers", "digit", "digits", "clock", "clocks", "map", "maps",
        "poster", "newspaper", "calligraphy", "typography", "font", "east", "west", "eastern", "western",
    ]

    /// Neighbours that make "left" or "right" mean something else than a side.
    private static let otherAfter: [String: Set<String>] = [
        "left": ["behind", "over", "out", "alone", "off", "open"],
        "right": ["now", "away", "angle", "angles", "angled", "after", "before", "through", "wing"],
        "rights": [],
    ]
    private static let otherBefore: [String: Set<String>] = [
        "left": ["has", "have", "had", "was", "were", "who", "nothing", "just"],
        "right": ["all", "just", "is", "human", "civil", "that's", "alt", "far-"],
        "rights": ["human", "civil", "animal", "women's"],
    ]

    /// The caption of the mirrored picture; nil when the picture must not be mirrored, because its caption speaks of
    /// writing, turning or quarters of the sky, or because "left" or "right" means something else than a side.
    public static func mirrored(_ caption: String) -> String? {
        if caption.contains(where: { "\"“”„«»「」".contains($0) }) { return nil }
        let pieces = pieces(of: caption)
        let words = pieces.indices.filter { pieces[$0].isWord }
        var result = pieces.map(\.text)
        for (place, index) in words.enumerated() {
            let word = pieces[index].text.lowercased()
            if unmirrored.contains(word) { return nil }
            guard let other = pairs[word] else { continue }
            let before = place > 0 ? pieces[words[place - 1]].text.lowercased() : ""
            let after = place + 1 < words.count ? pieces[words[place + 1]].text.lowercased() : ""
            if otherAfter[word]?.contains(after) == true || otherBefore[word]?.contains(before) == true {
                return nil
            }
            result[index] = cased(other, like: pieces[index].text)
        }
        return result.joined()
    }

    private struct Piece {
        var text: String
        let isWord: Bool
    }

    /// Words (letters and apostrophes) and what stands between them.
    private static func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        for character in text {
            let isWord = character.isLetter || character == "'" || character == "’"
            if let last = pieces.last, last.isWord == isWord {
                pieces[pieces.count - 1].text.append(character)
            } else {
                pieces.append(Piece(text: String(character), isWord: isWord))
            }
        }
        return pieces
    }

    private static func cased(_ word: String, like model: String) -> String {
        if model.count > 1, model == model.uppercased() { return word.uppercased() }
        guard let first = model.first, first.isUppercase else { return word }
        return word.prefix(1).uppercased() + word.dropFirst()
    }
}
