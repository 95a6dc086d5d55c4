public import Foundation
public import Layers
public import Tensors
import WeightFiles

/// A probe in one safetensors file: a network that answers questions about pictures, and the questions.
///
/// Matrices and kernels are stored as F16, vectors as F32.
public struct ProbeFile: Sendable {
    /// The metadata key and value by which the format is known.
    public static let format = (key: "format", value: "darkroom-probe-1")
    /// Where the weights stand among the tensors.
    private static let prefix = "probe."

    /// One question with its possible answers.
    public struct Question: Codable, Hashable, Sendable {
        /// What is asked, such as `left colour`.
        public let name: String
        /// The answers in the order of their numbers.
        public let answers: [String]

        /// A question.
        public init(name: String, answers: [String]) { (self.name, self.answers) = (name, answers) }
    }

    /// The file.
    public let url: URL
    /// Everything else that the trainer noted.
    public let metadata: [String: String]
    /// The questions that it answers, in order.
    public let questions: [Question]
    /// Pixels a side of the pictures that it reads.
    public let resolution: Int
    private let checkpoint: Checkpoint

    /// Opens a probe; reads its header only.
    /// - Throws: `WeightFileError` when the file is not sound, `CheckpointError` when it is no probe.
    public init(opening url: URL) throws {
        self.url = url
        checkpoint = try Checkpoint(opening: url, weightType: .float32, prefix: Self.prefix)
        let noted = checkpoint.file.metadata
        guard noted[Self.format.key] == Self.format.value else {
            throw CheckpointError.notAProbe(
                file: url, sampleNames: Array(checkpoint.file.names.prefix(3)))
        }
        guard let text = noted["questions"],
            let questions = try? JSONDecoder().decode([Question].self, from: Data(text.utf8)),
            !questions.isEmpty, questions.allSatisfy({ !$0.answers.isEmpty })
        else {
            throw CheckpointError.badDescription(
                "questions", reason: "the metadata has no list of questions with answers.", file: url)
        }
        guard let side = noted["resolution"].flatMap({ Int($0) }), (1...4096).contains(side) else {
            throw CheckpointError.badDescription(
                "resolution", reason: "the metadata has none from 1 to 4096.", file: url)
        }
        (self.questions, resolution) = (questions, side)
        metadata = noted.filter { ![Self.format.key, "questions", "resolution"].contains($0.key) }
    }

    /// True for a file that says it is a probe; nothing but its header is read.
    public static func isOne(_ url: URL) -> Bool {
        (try? SafetensorsFile(contentsOf: url))?.metadata[format.key] == format.value
    }

    /// The weights as a source of parameters.
    public var weights: any ParameterSource & Sendable { checkpoint }

    /// Writes a probe, whole or not at all.
    /// - Throws: what writing throws.
    public static func write(
        parameters: [(name: String, tensor: Tensor)], questions: [Question], resolution: Int,
        metadata: [String: String], to url: URL
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let described = [
            format.key: format.value, "resolution": String(resolution),
            "questions": String(decoding: try encoder.encode(questions), as: UTF8.self),
        ]
        try CheckpointWriter.write(
            parameters.map { (name: prefix + $0.name, tensor: $0.tensor) },
            metadata: metadata.merging(described) { _, new in new },
            as: { $1.rank > 1 && $1.dtype == .float32 ? .float16 : nil }, to: url)
    }
}
