/// Prepares text for CLIP and cuts it into the words whose bytes are then joined.
///
/// In this order: characters are put together (normal form C), every run of white space becomes one space, letters
/// become small one by one. Words are then what this pattern matches from left to right, everything else being
/// dropped: `<|startoftext|>`, `<|endoftext|>`, `'s 't 're 've 'm 'll 'd`, letters, one digit, anything else but white
/// space. This is what Hugging Face's `CLIPTokenizer` does, as the tests check scalar by scalar; the cleaning of
/// mis-decoded text and of HTML entities that OpenAI's first program did is not part of it.
///
/// That library's tables of letters and digits are those of Unicode 16, so what is younger is neither.
enum CLIPText {
    /// Composed, spaced plainly, in small letters.
    static func normalize(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        let composed = CanonicalComposition.compose(text)
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(composed.count)
        var afterSpace = false
        for scalar in composed {
            if isSpace(scalar) {
                if !afterSpace { result.append(" ") }
                afterSpace = true
                continue
            }
            afterSpace = false
            if scalar.isASCII {
                result.append(
                    (0x41...0x5A).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar
                )
            } else if scalar.properties.changesWhenLowercased {
                result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return result
    }

    /// The words of a normalised text, in UTF-8.
    static func forEachWord(in text: ArraySlice<Unicode.Scalar>, _ body: (_ word: [UInt8]) -> Void) {
        var position = text.startIndex
        func take(_ count: Int) {
            let end = min(position + count, text.endIndex)
            var bytes: [UInt8] = []
            for scalar in text[position..<end] { bytes.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
            body(bytes)
            position = end
        }
        while position < text.endIndex {
            let scalar = text[position]
            if scalar == "<", let name = marks.first(where: { text[position...].starts(with: $0) }) {
                // The pattern takes the name whole; a second one, of byte-level tokenizers, cuts it in three.
                take(2)
                take(name.count - 4)
                take(2)
            } else if scalar == "'",
                let ending = endings.first(where: { text[position...].dropFirst().starts(with: $0) })
            {
                take(1 + ending.count)
            } else {
                switch kind(of: scalar) {
                case .space: position += 1
                case .digit: take(1)
                case .letter, .other:
                    let first = kind(of: scalar)
                    let end = text[position...].firstIndex { kind(of: $0) != first } ?? text.endIndex
                    take(end - position)
                }
            }
        }
    }

    /// True for letters, marks, decimal digits, connectors and joiners: what a whole word may not touch.
    static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }

    private static let marks = ["<|startoftext|>", "<|endoftext|>"].map { Array($0.unicodeScalars) }
    private static let endings = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.unicodeScalars) }

    private enum Kind { case letter, digit, space, other }

    private static func kind(of scalar: Unicode.Scalar) -> Kind {
        if scalar.isASCII {
            switch scalar.value {
            case 0x41...0x5A, 0x61...0x7A: return .letter
            case 0x30...0x39: return .digit
            default: return isSpace(scalar) ? .space : .other
            }
        }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return isKnown(properties) ? .letter : .other
        case .decimalNumber, .letterNumber, .otherNumber: return isKnown(properties) ? .digit : .other
        default: return properties.isWhitespace ? .space : .other
        }
    }

    private static func isKnown(_ properties: Unicode.Scalar.Properties) -> Bool {
        properties.age.map { $0.major <= 16 } ?? false
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            ? scalar == " " || (0x09...0x0D).contains(scalar.value) : scalar.properties.isWhitespace
    }
}
