extension JSONTree {
    /// Sets the value that `text`, of the form `path=value`, names.
    mutating func apply(override text: String) throws(RecipeError) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw .malformedOverride(text: text)
        }
        let steps = try Self.steps(of: text[..<equals], in: text)
        try set(steps[...], path: [], to: String(text[text.index(after: equals)...]))
    }

    private enum Step {
        case key(String)
        case index(Int)
    }

    /// `stages[1].resolution` as key, index, key.
    private static func steps(of path: Substring, in text: String) throws(RecipeError) -> [Step] {
        var steps: [Step] = []
        for part in path.split(separator: ".", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            guard let name = pieces.first?.trimmingSpaces, !name.isEmpty else {
                throw .malformedOverride(text: text)
            }
            steps.append(.key(name))
            for piece in pieces.dropFirst() {
                guard piece.last == "]", let index = Int(piece.dropLast()), index >= 0 else {
                    throw .malformedOverride(text: text)
                }
                steps.append(.index(index))
            }
        }
        return steps
    }

    private mutating func set(_ steps: ArraySlice<Step>, path: [AnyKey], to text: String) throws(RecipeError)
    {
        guard let step = steps.first else {
            self = replaced(by: text)
            return
        }
        switch (step, self) {
        case (.key(let name), .object(var members)):
            guard let place = members.firstIndex(where: { $0.key == name }) else {
                throw .deadEnd(path: joined(path), key: name, known: keys)
            }
            try members[place].value.set(steps.dropFirst(), path: path + [AnyKey(name)], to: text)
            self = .object(members)
        case (.index(let index), .list(var values)):
            guard values.indices.contains(index) else {
                throw .outOfRange(
                    path: joined(path), expected: "an index below \(values.count)", found: "[\(index)]")
            }
            let key = AnyKey(intValue: index).map { [$0] } ?? []
            try values[index].set(steps.dropFirst(), path: path + key, to: text)
            self = .list(values)
        case (.key(let name), _): throw .deadEnd(path: joined(path), key: name, known: [])
        case (.index(let index), _): throw .deadEnd(path: joined(path), key: "[\(index)]", known: keys)
        }
    }

    /// Text stays text where text stood, unless the new value is in quotes; everywhere else the value is JSON if it can be.
    private func replaced(by text: String) -> JSONTree {
        let parsed = try? JSONParser.tree(of: text)
        if case .text = self {
            switch parsed {
            case .text, .null, .object: return parsed ?? .text(text)
            default: return .text(text)
            }
        }
        return parsed ?? .text(text)
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
