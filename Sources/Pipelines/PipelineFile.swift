import Checkpoints
public import Foundation
import Layers
public import Recipes
public import Tensors

/// How a model is opened; the same file opened otherwise is another pipeline.
public struct ModelOptions: Hashable, Sendable {
    /// The precision of the networks.
    public var precision: Precision
    /// Low-rank adapters merged into the weights, in order.
    public var adapters: [Adapter]
    /// Files of textual inversions.
    public var embeddings: [URL]
    /// The merges of CLIP's vocabulary, for models that bring no tokenizer: `clip-merges.txt`.
    public var vocabulary: URL?
    /// Which edges of the picture convolutions take as joined.
    public var tiling: TilingChoice
    /// The model that takes over before the noise is gone.
    public var refiner: URL?
    /// A weaker model of the same family that steers this one; nil for none.
    public var guide: URL?

    /// A low-rank adapter and its factor.
    public struct Adapter: Hashable, Sendable {
        /// Its file.
        public var file: URL
        /// How strongly it counts.
        public var scale: Double

        /// The adapter in `file`, times `scale`.
        public init(file: URL, scale: Double) { (self.file, self.scale) = (file, scale) }
    }

    /// The model as it is, unless told otherwise.
    public init(
        precision: Precision = .auto, adapters: [Adapter] = [], embeddings: [URL] = [],
        vocabulary: URL? = nil, tiling: TilingChoice = .none, refiner: URL? = nil, guide: URL? = nil
    ) {
        (self.precision, self.adapters) = (precision, adapters)
        (self.embeddings, self.vocabulary) = (embeddings, vocabulary)
        (self.tiling, self.refiner, self.guide) = (tiling, refiner, guide)
    }

    /// The files that a pipeline is made of besides the model's own.
    public var otherFiles: [URL] {
        adapters.map(\.file) + embeddings + [refiner, guide].compactMap { $0 }
    }

    /// The edges that convolutions take as joined.
    var joinedEdges: JoinedEdges {
        var edges: JoinedEdges = []
        if tiling.isHorizontal { edges.insert(.leftAndRight) }
        if tiling.isVertical { edges.insert(.topAndBottom) }
        return edges
    }
}

/// Opens models of every family.
public enum PipelineFile {
    /// The pipeline of a model's file or folder; its family is found from its contents.
    ///
    /// Adapters and textual inversions are the model's, not its guide's.
    /// - Throws: `WeightFileError`, `CheckpointError` or `RecipeError` when it is not a sound model.
    public static func open(
        _ model: URL, _ options: ModelOptions = .init(), on device: Device = .cpu
    ) throws -> any Pipeline {
        if let guide = options.guide {
            var (own, others) = (options, options)
            own.guide = nil
            (others.guide, others.adapters, others.embeddings) = (nil, [], [])
            return try open(model, own, on: device).autoguided(by: open(guide, others, on: device))
        }
        if DarkroomModelFile.isOne(model) {
            guard options.refiner == nil else {
                throw PipelineError.unsupported("--refiner", family: "Darkroom's own models")
            }
            return try DarkroomPipeline(
                opening: model, precision: options.precision, device: device, tiling: options.tiling,
                adapters: options.adapters)
        }
        guard let refiner = options.refiner else {
            return try StableDiffusionPipeline(opening: model, options, on: device)
        }
        return try RefinedPipeline(opening: model, refiner: refiner, options, on: device)
    }
}
