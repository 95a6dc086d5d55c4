import Datasets
import Layers
import Networks
import Tensors

/// Asks a caption reader what pictures must show, and marks its answers.
struct CaptionTeacher {
    /// What its loss counts beside the pictures'.
    let weight: Double
    private let reader: CaptionReader
    private let questions: [LabelQuestion]
    private static let name = "reader"

    /// Asks `scope` for the reader's parameters.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    init(_ scope: ParameterScope, text: TextTransformer, questions: CaptionQuestions, weight: Double)
        throws
    {
        self.weight = weight
        self.questions = questions.list
        reader = try CaptionReader(
            scope[Self.name], width: text.width, heads: text.heads, questions: questions.list.count,
            answers: questions.mostAnswers)
    }

    /// True for the parameters that only the reader uses.
    static func owns(_ path: ParameterPath) -> Bool { path.description.hasPrefix(name + ".") }

    /// The shape that a parameter of the reader had when it was asked `before`, given its shape for the questions `now`;
    /// nil for all other parameters, and where the old questions are not the first of the new.
    static func shape(
        of path: ParameterPath, now shape: [Int], _ before: CaptionQuestions, _ now: CaptionQuestions
    ) -> [Int]? {
        guard now.list.starts(with: before.list) else { return nil }
        switch path.description {
        case name + ".questions": return [shape[0], before.list.count, shape[2]]
        case name + ".answers": return [before.list.count, shape[1], before.mostAnswers]
        default: return nil
        }
    }

    /// The mean cross-entropy of the labels `[batch, questions]`, given text tokens `[batch, tokens, width]`.
    func loss(_ text: Tensor, labels: [Int64]) throws -> Tensor {
        try CaptionReader.loss(of: reader(text), labels: labels)
    }

    /// The share of right answers to each question that has an answer for some of the pictures, by its name.
    func accuracy(_ text: Tensor, labels: [Int64]) throws -> [String: Double] {
        let given = try reader(text).indexOfMaximum(along: -1).to(.int64).values(as: Int64.self)
        let batch = labels.count / questions.count
        var shares: [String: Double] = [:]
        for (index, question) in questions.enumerated() {
            let marks = (0..<batch).compactMap { example -> Bool? in
                let label = labels[example * questions.count + index]
                return label < 0 ? nil : given[index * batch + example] == label
            }
            if !marks.isEmpty { shares[question.name] = Double(marks.count { $0 }) / Double(marks.count) }
        }
        return shares
    }
}
