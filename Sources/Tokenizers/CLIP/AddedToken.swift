/// A name that stands for rows of its own in a text encoder's table.
///
/// Special tokens are such names, and so are the words that textual inversion taught a model; those may have several
/// rows.
public struct AddedToken: Hashable, Sendable {
    /// What is looked for in texts.
    public var text: String
    /// How many rows it has, from its id on.
    public var rows: Int
    /// True where texts are searched after normalisation, so in any case; false where they are as they were written.
    public var isNormalized: Bool
    /// True where it counts only with no letter, digit or underscore beside it.
    public var isWholeWord: Bool
    /// True for names that are left out when ids become text again.
    public var isSpecial: Bool

    /// A token as it is added to a vocabulary.
    public init(
        _ text: String, rows: Int = 1, isNormalized: Bool = true, isWholeWord: Bool = false,
        isSpecial: Bool = false
    ) {
        (self.text, self.rows) = (text, rows)
        (self.isNormalized, self.isWholeWord, self.isSpecial) = (isNormalized, isWholeWord, isSpecial)
    }
}

/// Finds added tokens in texts: the leftmost first, of those at one place the longest.
struct AddedTokenFinder: Sendable {
    /// Places among the added tokens, by their text.
    private var places = PieceTrie()
    private var wholeWords: Set<Int> = []
    private(set) var isEmpty = true

    /// Adds a text; returns false when it is known.
    mutating func insert(_ text: some Sequence<Unicode.Scalar>, place: Int, isWholeWord: Bool) -> Bool {
        guard places.insert(text, id: Int32(clamping: place)) == nil else { return false }
        if isWholeWord { wholeWords.insert(place) }
        isEmpty = false
        return true
    }

    /// Calls `body` for every stretch of the text, with the place of the token where it is one.
    func split(
        _ text: ArraySlice<Unicode.Scalar>,
        _ body: (_ part: ArraySlice<Unicode.Scalar>, _ place: Int?) -> Void
    ) {
        guard !isEmpty else {
            body(text, nil)
            return
        }
        var start = text.startIndex
        var position = text.startIndex
        while position < text.endIndex {
            guard let found = places.longestPrefix(of: text[position...]), found.length > 0 else {
                position += 1
                continue
            }
            let end = position + found.length
            // One that is part of a longer word does not count, and nothing within it does.
            if !wholeWords.contains(found.id) || isFree(position, end, in: text) {
                if start < position { body(text[start..<position], nil) }
                body(text[position..<end], found.id)
                start = end
            }
            position = end
        }
        if start < text.endIndex { body(text[start...], nil) }
    }

    private func isFree(_ start: Int, _ end: Int, in text: ArraySlice<Unicode.Scalar>) -> Bool {
        !(start > text.startIndex && CLIPText.isPartOfWord(text[start - 1]))
            && !(end < text.endIndex && CLIPText.isPartOfWord(text[end]))
    }
}
