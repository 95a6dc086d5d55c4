import Tensors

/// How the names of a foreign file and the inner names correspond: data, read in both directions.
///
/// A rule pairs two dotted paths. `*` stands for exactly one component and `**`, at the end, for one or more; what they
/// stood for on one side is put in on the other, in order. Everything else must be equal, component by component. The most
/// particular rule counts: a component spelt out before `*` before `**`.
public struct KeyMap: Sendable {
    /// One correspondence.
    public struct Rule: Hashable, Sendable {
        /// The path in the foreign file.
        public let stored: String
        /// The inner path.
        public let inner: String
        /// What happens to the stored tensor on its way to the inner one.
        public let change: Change

        /// A rule; several rules with one stored path take one tensor apart.
        public init(_ stored: String, _ inner: String, _ change: Change = .none) {
            (self.stored, self.inner, self.change) = (stored, inner, change)
        }
    }

    /// The rules.
    public let rules: [Rule]
    private let byStored: Patterns
    private let byInner: Patterns

    /// A map of these rules.
    public init(_ rules: [Rule]) {
        self.rules = rules
        byStored = Patterns(rules.map(\.stored))
        byInner = Patterns(rules.map(\.inner))
    }

    /// The inner names that a stored name stands for; none when no rule knows it.
    public func inner(of stored: String) -> [(inner: String, change: Change)] {
        guard let match = byStored.match(stored) else { return [] }
        return match.rules.map { rule in
            (Patterns.filled(rules[rule].inner, with: match.captures), rules[rule].change)
        }
    }

    /// The stored name that stands for an inner name, nil when no rule knows it.
    public func stored(of inner: String) -> (stored: String, change: Change)? {
        guard let match = byInner.match(inner), let rule = match.rules.first else { return nil }
        return (Patterns.filled(rules[rule].stored, with: match.captures), rules[rule].change)
    }

    /// The same map with a text before every stored path, such as `first_stage_model.`.
    public func prefixed(_ prefix: String) -> KeyMap {
        KeyMap(rules.map { Rule(prefix + $0.stored, $0.inner, $0.change) })
    }
}

/// Paths with placeholders, as a tree by components.
private struct Patterns: Sendable {
    private struct Node: Sendable {
        var children: [Substring: Int] = [:]
        /// The node behind `*`.
        var any: Int?
        /// The rules whose path ends here, and those that end with `**` here.
        var rules: [Int] = []
        var rest: [Int] = []
    }

    private var nodes = [Node()]

    init(_ patterns: [String]) {
        for (rule, pattern) in patterns.enumerated() { insert(pattern, rule) }
    }

    private mutating func insert(_ pattern: String, _ rule: Int) {
        var node = 0
        for component in pattern.split(separator: ".", omittingEmptySubsequences: false) {
            if component == "**" {
                nodes[node].rest.append(rule)
                return
            }
            let known = component == "*" ? nodes[node].any : nodes[node].children[component]
            if let known {
                node = known
                continue
            }
            nodes.append(Node())
            if component == "*" {
                nodes[node].any = nodes.count - 1
            } else {
                nodes[node].children[component] = nodes.count - 1
            }
            node = nodes.count - 1
        }
        nodes[node].rules.append(rule)
    }

    /// The rules of the most particular path that fits, and what its placeholders stood for.
    func match(_ name: String) -> (rules: [Int], captures: [Substring])? {
        find(name.split(separator: ".", omittingEmptySubsequences: false)[...], at: 0, [])
    }

    /// At most as deep as a rule is long.
    private func find(
        _ components: ArraySlice<Substring>, at index: Int, _ captures: [Substring]
    ) -> (rules: [Int], captures: [Substring])? {
        let node = nodes[index]
        guard let first = components.first else { return node.rules.isEmpty ? nil : (node.rules, captures) }
        if let child = node.children[first], let found = find(components.dropFirst(), at: child, captures) {
            return found
        }
        if let any = node.any, let found = find(components.dropFirst(), at: any, captures + [first]) {
            return found
        }
        return node.rest.isEmpty
            ? nil : (node.rest, captures + [Substring(components.joined(separator: "."))])
    }

    /// A path with its placeholders filled in, in order.
    static func filled(_ pattern: String, with captures: [Substring]) -> String {
        guard !captures.isEmpty else { return pattern }
        var next = captures.makeIterator()
        return pattern.split(separator: ".", omittingEmptySubsequences: false)
            .map { $0 == "*" || $0 == "**" ? next.next() ?? $0 : $0 }
            .joined(separator: ".")
    }
}
