/// The part of a prompt's grammar that depends on the step: `[from:to:when]`, `[to:when]`, `[from::when]`, `[a|b]`.
///
/// A group counts only when its brackets are paired, and so are all brackets within it; anything else is text, which
/// the weights are read from afterwards. Time is proportional to the length, whatever is written.
struct PromptSchedule: Sendable {
    private let nodes: [Node]

    /// Text, or something that depends on the step.
    private indirect enum Node: Sendable {
        case text(ArraySlice<Unicode.Scalar>)
        case change(from: [Node], to: [Node], when: ArraySlice<Unicode.Scalar>)
        case alternation([[Node]])
    }

    /// Groups that change with the step may lie within one another this deep; what is deeper is text.
    private static let deepest = 32

    /// Reads a text.
    init(_ text: ArraySlice<Unicode.Scalar>) {
        var reader = Reader(text: text)
        nodes = reader.nodes()
    }

    /// The steps with which something ends, of `steps` that there are.
    func changes(steps: Int) -> Set<Int> {
        var found: Set<Int> = []
        var open = nodes
        while let node = open.popLast() {
            switch node {
            case .text: break
            case .change(let from, let to, let when):
                if let step = PromptNumber.steps(when, of: steps), step > 0 { found.insert(step) }
                open += from + to
            case .alternation(let choices):
                found.formUnion(1...max(1, steps))
                open += choices.flatMap { $0 }
            }
        }
        return found
    }

    /// What the text is in a step, counted from 1.
    func text(atStep step: Int, of steps: Int) -> [Unicode.Scalar] {
        var text: [Unicode.Scalar] = []
        Self.append(nodes, atStep: step, of: steps, to: &text)
        return text
    }

    private static func append(
        _ nodes: [Node], atStep step: Int, of steps: Int, to text: inout [Unicode.Scalar]
    ) {
        for node in nodes {
            switch node {
            case .text(let part): text.append(contentsOf: part)
            case .change(let from, let to, let when):
                let isOver = step > PromptNumber.steps(when, of: steps) ?? 0
                append(isOver ? to : from, atStep: step, of: steps, to: &text)
            case .alternation(let choices):
                append(choices[(step - 1) % choices.count], atStep: step, of: steps, to: &text)
            }
        }
    }

    /// Reads a text from front to back, with a stack of the brackets that are open.
    ///
    /// What is read lies in one list, brackets as text. Only where a group that changes with the step is closed, it
    /// takes the place of what was read since its bracket.
    private struct Reader {
        let text: ArraySlice<Unicode.Scalar>

        private var read: [Node] = []
        private var frames: [Frame] = []
        /// The beginning of text that is not in the list yet.
        private var start: Int

        /// A bracket that is open.
        private struct Frame {
            var bracket: Unicode.Scalar
            /// Its place in the list.
            var place: Int
            /// The colons and bars behind it: their places in the list and in the text.
            var marks: [(place: Int, position: Int, isColon: Bool)] = []
            /// How deep the changing groups within it are.
            var depth = 0
        }

        init(text: ArraySlice<Unicode.Scalar>) {
            self.text = text
            start = text.startIndex
        }

        mutating func nodes() -> [Node] {
            var position = text.startIndex
            while position < text.endIndex {
                switch text[position] {
                case "\\" where position + 1 < text.endIndex: position += 1
                case "[", "(":
                    addText(to: position)
                    frames.append(Frame(bracket: text[position], place: read.count))
                    addText(to: position + 1)
                case ":" where !frames.isEmpty: addMark(at: position, isColon: true)
                // Between round brackets a bar is text.
                case "|" where frames.last?.bracket == "[": addMark(at: position, isColon: false)
                case "]": close("[", at: position)
                case ")": close("(", at: position)
                default: break
                }
                position += 1
            }
            addText(to: text.endIndex)
            return read
        }

        private mutating func addText(to end: Int) {
            if start < end { read.append(.text(text[start..<end])) }
            start = end
        }

        private mutating func addMark(at position: Int, isColon: Bool) {
            addText(to: position)
            frames[frames.count - 1].marks.append((read.count, position, isColon))
            addText(to: position + 1)
        }

        private mutating func close(_ bracket: Unicode.Scalar, at end: Int) {
            addText(to: end)
            guard let frame = frames.last, frame.bracket == bracket else { return giveUp(at: end) }
            var depth = frame.depth
            if let group = group(frame, end: end) {
                depth += 1
                read.removeSubrange(frame.place...)
                read.append(group)
                start = end + 1
            } else if frame.marks.count > (bracket == "(" ? 1 : 0) {
                // Only a weight may stand behind a colon, once.
                return giveUp(at: end)
            } else {
                addText(to: end + 1)
            }
            frames.removeLast()
            if let outer = frames.indices.last { frames[outer].depth = max(frames[outer].depth, depth) }
        }

        /// What is open cannot be a group any more, nor can what it lies in: all of it is text.
        private mutating func giveUp(at end: Int) {
            frames = []
            addText(to: end + 1)
        }

        /// `[from:to:when]`, `[to:when]` or `[a|b]`; bars between the colons are text.
        private func group(_ frame: Frame, end: Int) -> Node? {
            guard frame.bracket == "[", frame.depth < PromptSchedule.deepest, let last = frame.marks.last
            else {
                return nil
            }
            let colons = frame.marks.filter(\.isColon)
            if colons.isEmpty {
                let edges = [frame.place] + frame.marks.map(\.place) + [read.count]
                return .alternation(zip(edges, edges.dropFirst()).map { Array(read[($0 + 1)..<$1]) })
            }
            let when = text[(last.position + 1)..<end]
            guard last.isColon, colons.count <= 2, PromptNumber.steps(when, of: 1) != nil else { return nil }
            let first = colons[0].place
            return colons.count == 1
                ? .change(from: [], to: Array(read[(frame.place + 1)..<first]), when: when)
                : .change(
                    from: Array(read[(frame.place + 1)..<first]), to: Array(read[(first + 1)..<last.place]),
                    when: when)
        }
    }
}
