import Checkpoints
import Foundation
import Insight
import Tensors

/// A sum of words.
public struct ConceptRequest: Codable, Equatable, Sendable {
    /// Such as `king - man + woman`.
    public var expression: String
    /// Neighbours to list.
    public var count: Int
    /// True to list pieces of words, numbers and signs too.
    public var listsEverything: Bool
    /// The model whose word vectors to take; nil for the one that draws when none is named, or bootstrap's.
    public var model: String?
    /// The picture's name.
    public var output: String

    /// A sum of words.
    public init(
        expression: String, count: Int = 8, listsEverything: Bool = false, model: String? = nil,
        output: String = "concept.png"
    ) {
        (self.expression, self.count, self.listsEverything) = (expression, count, listsEverything)
        (self.model, self.output) = (model, output)
    }
}

extension Workshop {
    /// Adds words up by their vectors and finds the nearest ones.
    ///
    /// - Parameters:
    ///   - request: the sum.
    ///   - replacing: true to overwrite a file of that name.
    /// - Returns: a picture, numbers and words.
    /// - Throws: `InsightError` for what cannot be read or is not known, `WorkshopError` without word vectors; what
    ///   writing throws.
    public func addWords(_ request: ConceptRequest, replacing: Bool = false) async throws -> InstrumentReport
    {
        let expression = try ConceptExpression(parsing: request.expression)
        let words = try conceptWords(request.model)
        let answer = try await worker(for: "cpu").run { _ in
            try ConceptAnswer(
                expression, in: words.space(), count: request.count,
                listing: request.listsEverything ? .all : .words)
        }
        let files = try write(answer.picture(), nil, to: request.output, replacing: replacing)
        let numbers = answer.report
        return InstrumentReport(
            picture: files.picture, animation: nil, numbers: numbers, words: Self.words(numbers),
            terminalFrames: [])
    }

    /// Where the word vectors lie.
    private enum ConceptWords: Sendable {
        case model(URL)
        case miniLM(URL)

        func space() throws -> WordSpace {
            switch self {
            case .model(let file):
                let model = try DarkroomModelFile(opening: file, weightType: .float32)
                let (quantized, scale) = try model.vectors()
                return try WordSpace(table: quantized.to(.float32) * scale, words: model.vocabulary)
            case .miniLM(let folder):
                let weights = try Checkpoint(opening: folder.appending(path: "model.safetensors"))
                let list = try String(contentsOf: folder.appending(path: "vocab.txt"), encoding: .utf8)
                return try WordSpace(
                    table: weights.tensor(named: "embeddings.word_embeddings.weight"),
                    words: list.split(separator: "\n").map(String.init))
            }
        }
    }

    private func conceptWords(_ model: String?) throws -> ConceptWords {
        if let model {
            let file = try shelf.model(model).file
            guard DarkroomModelFile.isOne(file) else {
                throw WorkshopError.notADarkroomModel(file, work: "concept arithmetic")
            }
            return .model(file)
        }
        if let file = shelf.ownModel?.file { return .model(file) }
        let folders = wordVectorFolders
        let found = folders.first {
            FileManager.default.fileExists(atPath: $0.appending(path: "vocab.txt").path)
        }
        guard let found else { throw WorkshopError.noWordVectors(folders: folders) }
        return .miniLM(found)
    }

    private static func words(_ numbers: ConceptReport) -> [String] {
        let inputs = Set(numbers.inputs.map(\.word))
        func column(_ neighbours: [WordSpace.Neighbour]) -> [String] {
            neighbours.map {
                let word = $0.word + (inputs.contains($0.word) ? " *" : "")
                let room = String(repeating: " ", count: max(1, 20 - word.count))
                return word + room + String(format: "%.3f", $0.cosine)
            }
        }
        let (left, right) = (column(numbers.nearest), column(numbers.nearestOfAll))
        let rows = (0..<max(left.count, right.count)).map { row in
            let first = row < left.count ? left[row] : ""
            let room = String(repeating: " ", count: max(1, 32 - first.count))
            return "  " + first + room + (row < right.count ? right[row] : "")
        }
        return ["\(numbers.expression) is nearest to", "  without your words              with them (*)"]
            + rows
    }
}
