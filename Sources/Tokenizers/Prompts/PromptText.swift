/// A prompt in the grammar that users of the AUTOMATIC1111 web interface write.
///
/// | Written | Means |
/// | --- | --- |
/// | `(word)`, `((word))` | 1.1 times as heavy, 1.21 times |
/// | `(word:1.3)` | 1.3 times as heavy |
/// | `[word]` | 1.1 times lighter |
/// | `\(`, `\)`, `\[`, `\]`, `\\` | the character itself |
/// | `BREAK` | what follows begins a new chunk of tokens |
/// | `a AND b:0.5` | two conditionings, the second half as strong |
/// | `[from:to:when]`, `[to:when]`, `[from::when]` | `from` for the first `when` steps, then `to`; either may be empty |
/// | `[a\|b]` | `a` in the first step, `b` in the second, `a` in the third |
///
/// `when` is a number of steps, or with a point a share of them: 0.25 of 20 steps are 5. All of these nest. Brackets
/// without a partner and numbers that are none are text; no prompt is an error.
///
/// Two things differ from that program, where it surprises: the strength behind a colon counts only beside `AND`, so
/// that `16:9` stays what it is; and `BREAK` within brackets breaks too.
public struct PromptText: Hashable, Sendable {
    /// What was written.
    public let text: String
    /// How much of the grammar counts.
    public let grammar: Grammar

    private let parts: [(weight: Double, schedule: PromptSchedule)]

    /// How much of the grammar counts.
    public enum Grammar: String, CaseIterable, Hashable, Sendable {
        /// None: the text is taken as it stands, as the pipelines of diffusers do.
        case plain
        /// All of it but `AND`, which is a word: for what is not to be seen.
        case negative
        /// All of it.
        case full
    }

    /// Reads a prompt.
    ///
    /// Time and memory are proportional to its length.
    public init(_ text: String, grammar: Grammar = .full) {
        (self.text, self.grammar) = (text, grammar)
        parts =
            switch grammar {
            case .plain: []
            case .negative: [(1, PromptSchedule(Array(text.unicodeScalars)[...]))]
            case .full: PromptConjunction.parts(of: text).map { ($0.weight, PromptSchedule($0.text)) }
            }
    }

    /// What is drawn when, over a number of steps.
    ///
    /// - Parameter steps: how many steps there are; at least one.
    /// - Returns: stages in order; the last one ends with the last step. Neighbours differ.
    public func stages(steps: Int) -> [PromptStage] {
        let steps = max(1, steps)
        guard grammar != .plain else {
            let part = PromptPart(weight: 1, spans: [PromptSpan(text: text)])
            return [PromptStage(end: steps, parts: [part])]
        }
        let ends = Set(parts.flatMap { $0.schedule.changes(steps: steps) } + [steps]).sorted()
        var stages: [PromptStage] = []
        for end in ends {
            let parts = parts.map { weight, schedule in
                PromptPart(
                    weight: weight, spans: PromptSpan.spans(of: schedule.text(atStep: end, of: steps)))
            }
            if stages.last?.parts == parts {
                stages[stages.count - 1].end = end
            } else {
                stages.append(PromptStage(end: end, parts: parts))
            }
        }
        return stages
    }

    /// True where two prompts were written alike and are read alike.
    public static func == (left: PromptText, right: PromptText) -> Bool {
        left.grammar == right.grammar && left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Feeds what was written.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(grammar)
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

/// What a prompt says during some steps.
public struct PromptStage: Hashable, Sendable {
    /// How many steps are over when it ends: it holds for the steps from the end of the one before to this, exclusive.
    public var end: Int
    /// The conditionings that `AND` joins; mostly one.
    public var parts: [PromptPart]

    /// What a prompt says until `end` steps are over.
    public init(end: Int, parts: [PromptPart]) { (self.end, self.parts) = (end, parts) }
}

/// One conditioning of a prompt.
///
/// With several, the guided estimate is `negative + guidanceScale · Σ weight · (part − negative)`.
/// Source: Liu et al. 2022, "Compositional Visual Generation with Composable Diffusion Models".
public struct PromptPart: Hashable, Sendable {
    /// How strong it is; 1 where nothing is said.
    public var weight: Double
    /// Its text, cut where the weight changes; never empty.
    public var spans: [PromptSpan]

    /// A conditioning.
    public init(weight: Double = 1, spans: [PromptSpan]) { (self.weight, self.spans) = (weight, spans) }
}

/// Text of one weight.
public struct PromptSpan: Hashable, Sendable {
    /// The text, escapes resolved.
    public var text: String
    /// What its tokens' embeddings are multiplied with.
    public var weight: Double
    /// True where `BREAK` stood in front of it.
    public var startsChunk: Bool

    /// Text of one weight.
    public init(text: String, weight: Double = 1, startsChunk: Bool = false) {
        (self.text, self.weight, self.startsChunk) = (text, weight, startsChunk)
    }
}

/// Cuts a prompt at `AND` and reads the strengths.
enum PromptConjunction {
    /// The texts that `AND` joins, the strength behind a colon taken off their ends.
    static func parts(of text: String) -> [(weight: Double, text: ArraySlice<Unicode.Scalar>)] {
        let scalars = Array(text.unicodeScalars)
        let pieces = PromptWords.pieces(of: scalars[...], between: "AND")
        guard pieces.count > 1 else { return [(1, scalars[...])] }
        return pieces.map { piece in
            let trimmed = PromptWords.trimmed(piece)
            guard let colon = trimmed.lastIndex(of: ":"),
                let weight = PromptNumber.weight(PromptWords.trimmed(trimmed[(colon + 1)...], front: true))
            else { return (1, trimmed) }
            return (weight, PromptWords.trimmed(trimmed[..<colon]))
        }
    }
}

/// Words and white space of prompts.
enum PromptWords {
    /// The text between the places where `word` stands alone.
    static func pieces(
        of text: ArraySlice<Unicode.Scalar>, between word: String
    ) -> [ArraySlice<Unicode.Scalar>] {
        let letters = Array(word.unicodeScalars)
        var pieces: [ArraySlice<Unicode.Scalar>] = []
        var start = text.startIndex
        var position = text.startIndex
        while position < text.endIndex {
            let end = position + letters.count
            if text[position] == letters[0], text[position...].starts(with: letters),
                position == text.startIndex || !CLIPText.isPartOfWord(text[position - 1]),
                end == text.endIndex || !CLIPText.isPartOfWord(text[end])
            {
                pieces.append(text[start..<position])
                (start, position) = (end, end)
            } else {
                position += 1
            }
        }
        return pieces + [text[start...]]
    }

    /// The text without white space behind it, and without any in front where asked for.
    static func trimmed(
        _ text: ArraySlice<Unicode.Scalar>, front: Bool = false
    ) -> ArraySlice<Unicode.Scalar> {
        var text = text
        while text.last?.properties.isWhitespace == true { text.removeLast() }
        if front { text = text.drop { $0.properties.isWhitespace } }
        return text
    }
}

/// Numbers as prompts have them.
enum PromptNumber {
    /// A finite decimal number such as `1`, `-.5`, `+1.25`; nil for anything else.
    static func weight(_ text: ArraySlice<Unicode.Scalar>) -> Double? {
        guard text.count < 40, text.contains(where: { isDigit($0) }) else { return nil }
        let unsigned = text.first == "-" || text.first == "+" ? text.dropFirst() : text
        guard unsigned.allSatisfy({ isDigit($0) || $0 == "." }), unsigned.count(where: { $0 == "." }) < 2
        else {
            return nil
        }
        // Swift wants a digit on both sides of the point.
        let value = Double("0" + String(String.UnicodeScalarView(unsigned)) + "0")
            .map { unsigned.contains(".") ? $0 : $0 / 10 }
        return value.map { text.first == "-" ? -$0 : $0 }
    }

    /// The number of steps that `when` means; nil for what is no number.
    static func steps(_ text: ArraySlice<Unicode.Scalar>, of steps: Int) -> Int? {
        let trimmed = PromptWords.trimmed(text, front: true)
        let mantissa = trimmed.prefix { $0 != "e" && $0 != "E" }
        guard var value = weight(mantissa) else { return nil }
        if mantissa.count < trimmed.count {
            let exponent = trimmed[(mantissa.endIndex + 1)...]
            guard !exponent.contains("."), let power = weight(exponent), abs(power) < 30 else { return nil }
            var scale = 1.0
            for _ in 0..<Int(abs(power)) { scale *= 10 }
            value = power < 0 ? value / scale : value * scale
        }
        if mantissa.contains(".") { value *= Double(steps) }
        return Int(min(max(value, 0), Double(steps)))
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
