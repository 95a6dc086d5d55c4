/// Finds the known names that a mistyped one was probably meant to be.
public enum NearestName {
    /// The candidates closest to `name` by edit distance, nearest first.
    ///
    /// Only candidates within a third of the name's length (at least two edits) are offered; case and the difference
    /// between `-` and `_` count for nothing.
    public static func nearest(to name: String, among candidates: some Sequence<String>, limit: Int = 3)
        -> [String]
    {
        let wanted = folded(name)
        let bound = max(2, wanted.count / 3)
        return
            candidates
            .map { (name: $0, distance: editDistance(wanted, folded($0))) }
            .filter { $0.distance <= bound }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
            .prefix(limit)
            .map(\.name)
    }

    /// One line of advice, such as `did you mean "euler"?`, or nil when nothing is near.
    public static func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
        let names = nearest(to: name, among: candidates).map { "\"\($0)\"" }
        return names.isEmpty ? nil : "did you mean \(names.joined(separator: " or "))?"
    }

    /// The Levenshtein distance with adjacent transpositions counted as one edit.
    static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for i in 1...left.count {
            var current = [i] + [Int](repeating: 0, count: right.count)
            for j in 1...right.count {
                let substitution = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
                current[j] = min(previous[j] + 1, current[j - 1] + 1, substitution)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    current[j] = min(current[j], beforePrevious[j - 2] + 1)
                }
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }

    private static func folded(_ name: String) -> [Character] {
        Array(name.lowercased().map { $0 == "-" ? "_" : $0 })
    }
}
