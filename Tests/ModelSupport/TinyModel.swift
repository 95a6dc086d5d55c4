import Checkpoints
public import Foundation
import Layers
import Networks
public import Recipes
import Tensors
public import Training

/// A model of a few thousand random numbers that draws 16 × 16 pixels of nothing in particular, at once.
public enum TinyModel {
    /// The words that it knows.
    public static let pieces = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "red", "blue", "sphere", "cube", "on", "snow",
    ]

    /// A recipe that is through in four updates.
    public static func recipe() throws -> TrainingRecipe {
        try TrainingRecipe.decoded(
            from: """
                {"name": "tiny", "seed": 3, "data": {"resolution": 16, "styles": {"photo": 1}},
                 "model": {"unet": {"channels": [16, 16], "blocks": [1, 1], "attention": ["none", "text"], "heads": 2,
                           "patch": 2, "text": {"width": 16, "layers": 1, "heads": 2, "tokens": 8}}},
                 "precision": "fp32", "batchSize": 2, "totalImages": 8, "checkpointEveryImages": 4,
                 "samples": {"everyImages": 4, "prompts": ["a red sphere"], "seeds": [1], "steps": 2}}
                """)
    }

    /// The words with made-up vectors.
    public static func vocabulary() throws -> Vocabulary {
        let numbers = (0..<pieces.count * 8).map { Float(($0 * 37) % 19) / 19 - 0.5 }
        return try Vocabulary(
            pieces: pieces, vectors: WordVectors(quantizing: Tensor(numbers, shape: [pieces.count, 8])))
    }

    /// Writes the model to a file, and creates its folder.
    public static func write(to file: URL) throws {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let (recipe, words) = (try recipe(), try vocabulary())
        let session = try TrainingSession(recipe, vectors: words.vectors)
        // Fresh networks begin with zeros at their end and would draw gray whatever the noise; so everything is shaken.
        var random = try RandomStream(seed: 11)
        var parameters: [(name: String, tensor: Tensor)] = []
        for (path, tensor) in zip(session.store.paths, session.store.tensors) {
            let shaken = try tensor.detached() + random.normal(tensor.shape).squeezed(0) * 0.1
            parameters.append((name: path.description, tensor: shaken))
        }
        try DarkroomModelFile.write(
            parameters: parameters, vectors: (words.vectors.quantized, words.vectors.scale),
            vocabulary: words.pieces, recipe: recipe.json(pretty: false),
            metadata: ["name": "tiny", "images_seen": "0"], to: file)
    }
}
