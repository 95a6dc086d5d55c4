public import Datasets
import Images
public import Recipes

/// The scenes of a recipe as training examples, by place in the order only.
struct SceneExamples: Sendable {
    private let worlds: [Int: SceneWorld]
    private let order: EpochOrder?
    /// How much a pixel of a thing counts beside one of the background.
    let objectWeight: Float

    /// - Throws: `DatasetError` when the recipe asks for scenes that cannot be.
    init(_ scenes: SceneData, seed: UInt64, resolutions: Set<Int>) throws {
        var worlds: [Int: SceneWorld] = [:]
        for resolution in resolutions {
            worlds[resolution] = try SceneWorld(SceneOptions(scenes, seed: seed, resolution: resolution))
        }
        self.worlds = worlds
        order = scenes.count.map { EpochOrder(count: $0, seed: seed) }
        objectWeight = Float(scenes.objectWeight)
    }

    /// The scene at a place: its caption and labels, and its picture unless captions alone are wanted.
    /// - Throws: `TrainingError.badExample` when a picture has another size than expected.
    func example(at place: Int, resolution: Int, captionsOnly: Bool) throws -> TrainingExample {
        guard let world = worlds[resolution] else {
            throw TrainingError.badExample(index: place, reason: "no world of \(resolution) pixels.")
        }
        let (index, epoch) = order.index(atPlace: place)
        let scene = world.scene(at: index)
        var made = TrainingExample(caption: scene.caption(.varied(UInt64(epoch))), world: .scenes)
        made.labels = scene.attributes.labels
        if captionsOnly { return made }
        let example = try world.example(at: index, variant: UInt64(epoch))
        guard example.image.channels == 3, example.image.width == resolution else {
            throw TrainingError.badExample(index: index, reason: "expected \(resolution) pixels in RGB.")
        }
        made.pixels = example.image.pixels
        if objectWeight != 1 {
            made.weights = try scene.objectMap(resolution: resolution).map { $0 < 0 ? 1 : objectWeight }
        }
        return made
    }
}

/// A picture on its way into a batch.
struct TrainingExample: Sendable {
    /// Red, green and blue, row by row; empty where captions alone are wanted.
    var pixels: [UInt8] = []
    /// The words.
    let caption: String
    /// Answers to the questions of its world; empty where nobody knows.
    var labels: [Int] = []
    /// The world that it is from; nil for pictures from files.
    var world: WorldName?
    /// How much each pixel counts; nil when all count 1.
    var weights: [Float]?

    init(caption: String, world: WorldName? = nil) { (self.caption, self.world) = (caption, world) }
}

extension SceneOptions {
    /// The scenes that a recipe asks for, at one resolution.
    public init(_ scenes: SceneData, seed: UInt64, resolution: Int) {
        self.init()
        self.seed = seed
        self.resolution = resolution
        photoWeight = scenes.styles.photo
        cartoonWeight = scenes.styles.cartoon
        lineDrawingWeight = scenes.styles.drawing
        smallWeight = scenes.sizes.small
        mediumWeight = scenes.sizes.medium
        largeWeight = scenes.sizes.large
        twoObjectShare = scenes.twoObjects
        libraryShare = scenes.specialSettings / 2
        bonfireShare = scenes.specialSettings / 2
    }
}
