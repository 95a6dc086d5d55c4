/// Reads a list of answers in the order of their questions, each as the possibility that its number means.
struct AnswerReader {
    private var rest: ArraySlice<Int>

    /// Begins with the first answer.
    init(_ answers: [Int]) { rest = answers[...] }

    /// The number of the next answer; nil when there are no more.
    mutating func number() -> Int? { rest.popFirst() }

    /// What the next answer means; nil when it is missing or out of range.
    mutating func next<Value: CaseIterable>(_ type: Value.Type) -> Value? {
        let values = Array(type.allCases)
        guard let answer = number(), values.indices.contains(answer) else { return nil }
        return values[answer]
    }
}
