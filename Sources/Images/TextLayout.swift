extension Font {
    /// Breaks text into lines that are at most `width` pixels wide, between words where possible.
    ///
    /// Line breaks in the text are kept. When there are more than `limit` lines, the last kept one ends in "…".
    public func lines(of text: String, size: Double, width: Double, limit: Int = .max) -> [String] {
        var lines: [String] = []
        for paragraph in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            var line = ""
            for word in paragraph.split(separator: " ").map(String.init) {
                let candidate = line.isEmpty ? word : line + " " + word
                if self.width(of: candidate, size: size) <= width {
                    line = candidate
                    continue
                }
                if !line.isEmpty { lines.append(line) }
                line = word
                while let (head, tail) = broken(line, size: size, width: width) {
                    lines.append(head)
                    line = tail
                    if lines.count > limit { break }
                }
                if lines.count > limit { break }
            }
            lines.append(line)
            if lines.count > limit { break }
        }
        guard lines.count > max(1, limit) else { return lines }
        var kept = Array(lines.prefix(max(1, limit)))
        if let last = kept.popLast() { kept.append(shortened(last + " …", size: size, width: width)) }
        return kept
    }

    /// The text with its end replaced by "…" until it is at most `width` pixels wide.
    public func shortened(_ text: String, size: Double, width: Double) -> String {
        if self.width(of: text, size: size) <= width { return text }
        let letters = Array(text)
        func ending(after count: Int) -> String {
            var kept = letters[..<count]
            while kept.last == " " || kept.last == "…" { kept.removeLast() }
            return String(kept) + "…"
        }
        let count = Self.most(below: letters.count) { self.width(of: ending(after: $0), size: size) <= width }
        return count > 0 ? ending(after: count) : ""
    }

    /// The largest number below `limit` that fits, by halving; 0 when none does.
    private static func most(below limit: Int, _ fits: (Int) -> Bool) -> Int {
        var (good, bad) = (0, max(limit, 1))
        while good + 1 < bad {
            let middle = (good + bad) / 2
            if fits(middle) { good = middle } else { bad = middle }
        }
        return good
    }

    /// A word that is too wide alone, cut where the line is full; nil when it fits.
    private func broken(_ word: String, size: Double, width: Double) -> (head: String, tail: String)? {
        if self.width(of: word, size: size) <= width { return nil }
        let letters = Array(word)
        guard letters.count > 1 else { return nil }
        let count = Self.most(below: letters.count) {
            self.width(of: String(letters[..<$0]), size: size) <= width
        }
        return (String(letters[..<max(count, 1)]), String(letters[max(count, 1)...]))
    }
}
