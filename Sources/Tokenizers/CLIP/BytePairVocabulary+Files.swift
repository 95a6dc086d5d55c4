import Foundation

extension BytePairVocabulary {
    /// Reads a `vocab.json` and a `merges.txt`.
    init(vocabulary: Data, merges: Data, unknown: String) throws(TokenizerError) {
        var cursor = JSONCursor(vocabulary, named: "vocab.json")
        let pieces = try Self.pieces(&cursor)
        try cursor.end()
        try self.init(pieces: pieces, rules: Self.rules(merges), unknown: unknown)
    }

    /// Makes the vocabulary of a `merges.txt`, as CLIP's was made: the bytes, the bytes at the end of a word, what each
    /// rule makes, then the specials.
    init(merges: Data, specials: [String], unknown: String) throws(TokenizerError) {
        let rules = try Self.rules(merges)
        let characters = ByteAlphabet.order.map { String(ByteAlphabet.characters[Int($0)]) }
        var names = characters + characters.map { $0 + Self.wordEnd }
        names.reserveCapacity(names.count + rules.count + specials.count)
        for rule in rules {
            var name = String.UnicodeScalarView()
            name.append(contentsOf: rule.left)
            name.append(contentsOf: rule.right)
            names.append(String(name))
        }
        names += specials
        let pieces = names.enumerated().map { ($0.element, Int32(truncatingIfNeeded: $0.offset)) }
        try self.init(pieces: pieces, rules: rules, unknown: unknown)
    }

    /// The members of a vocabulary: pieces and their ids.
    static func pieces(_ cursor: inout JSONCursor) throws(TokenizerError) -> [(name: String, id: Int32)] {
        var pieces: [(name: String, id: Int32)] = []
        try cursor.members { (cursor: inout JSONCursor, name: String) throws(TokenizerError) in
            pieces.append((name, try cursor.integer()))
        }
        return pieces
    }

    /// The rules of a `merges.txt`: two pieces and a space between them a line, the most frequent first.
    static func rules(_ merges: Data) throws(TokenizerError) -> [Rule] {
        guard let text = String(validating: merges, as: UTF8.self) else {
            throw .malformed(file: "merges.txt", offset: 0, expected: "text in UTF-8")
        }
        let scalars = Array(text.unicodeScalars)
        var rules: [Rule] = []
        var start = 0
        var number = 0
        while start < scalars.count {
            let end = scalars[start...].firstIndex(of: "\n") ?? scalars.count
            var line = scalars[start..<end]
            if line.last == "\r" { line = line.dropLast() }
            start = end + 1
            number += 1
            // The file's first line names the version of its format; the last may be empty.
            if line.starts(with: "#version".unicodeScalars) || (line.isEmpty && start >= scalars.count) {
                continue
            }
            guard let rule = Self.rule(line) else { throw .malformedRule(line: number) }
            rules.append(rule)
        }
        return rules
    }

    /// Two pieces with one space between them.
    static func rule(_ line: ArraySlice<Unicode.Scalar>) -> Rule? {
        guard let space = line.firstIndex(of: " ") else { return nil }
        let (left, right) = (line[..<space], line[(space + 1)...])
        return left.isEmpty || right.isEmpty || right.contains(" ") ? nil : Rule(left: left, right: right)
    }
}
