import Datasets
import Foundation
import Images
import Recipes
import Tensors

/// One source of a recipe's examples.
enum ExampleSource: Sendable {
    case scenes(SceneExamples)
    case world(WorldExamples)
    case pictures(PictureExamples)

    /// Opens the `number`-th source of a recipe; see `TrainingBatches`.
    /// - Throws: `DatasetError`, `PictureDataError` when it cannot be used.
    init(
        _ source: DataSource, number: Int, of recipe: TrainingRecipe, locate: (String) -> URL, cache: URL?,
        decoded: PictureCache?
    ) throws {
        let resolutions = Set([recipe.data.resolution] + recipe.stages.map(\.resolution))
        switch source.kind {
        case .scenes(let scenes):
            self = .scenes(try SceneExamples(scenes, seed: recipe.seed, resolutions: resolutions))
        case .world(let world):
            self = .world(try WorldExamples(world, seed: recipe.seed, resolutions: resolutions))
        case .folder, .shards:
            guard let (pictures, rules) = try PictureSources.open(source, locate: locate, cache: cache) else {
                throw TrainingError.badExample(index: 0, reason: "source \(number) holds nothing.")
            }
            let seed = RandomStream.derivedSeed(recipe.seed, purpose: "pictures", index: number)
            self = .pictures(try PictureExamples(pictures, options: .init(rules), seed: seed, cache: decoded))
        }
    }

    /// Whether some pixels count more than others.
    var weighsPixels: Bool {
        switch self {
        case .scenes(let scenes): scenes.objectWeight != 1
        case .world(let world): world.objectWeight != 1
        case .pictures: false
        }
    }

    /// The pictures from files; nil for drawn ones.
    var pictures: PictureExamples? {
        if case .pictures(let pictures) = self { pictures } else { nil }
    }

    /// The example at a place of the source's own order; drawn pictures are squares of the size's width.
    /// - Throws: what drawing or reading it throws.
    func example(at place: Int, _ size: BucketPlan.Size, captionsOnly: Bool) throws -> TrainingExample {
        switch self {
        case .scenes(let scenes):
            return try scenes.example(at: place, resolution: size.width, captionsOnly: captionsOnly)
        case .world(let world):
            return try world.example(at: place, resolution: size.width, captionsOnly: captionsOnly)
        case .pictures(let pictures):
            if captionsOnly { return TrainingExample(caption: try pictures.caption(at: place)) }
            let made = try pictures.example(at: place, width: size.width, height: size.height)
            var example = TrainingExample(caption: made.caption)
            example.pixels = made.image.pixels
            return example
        }
    }
}
