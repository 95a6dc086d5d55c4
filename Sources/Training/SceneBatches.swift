public import Datasets
import Images
import NoiseSchedules
public import Recipes
import Tokenizers

/// Renders scenes and tokenises their captions, batch by batch, by place in the order only.
struct SceneBatches: Sendable {
    private let worlds: [Int: SceneWorld]
    private let order: EpochOrder?
    private let tokenizer: WordPieceTokenizer
    private let tokens: Int
    private let objectWeight: Float
    private let readsCaptions: Bool

    /// - Throws: `DatasetError` when the recipe asks for scenes that cannot be.
    init(_ recipe: TrainingRecipe, tokenizer: WordPieceTokenizer, tokens: Int) throws {
        var worlds: [Int: SceneWorld] = [:]
        for resolution in Set([recipe.data.resolution] + recipe.stages.map(\.resolution)) {
            worlds[resolution] = try SceneWorld(SceneOptions(recipe, resolution: resolution))
        }
        self.worlds = worlds
        order = recipe.data.count.map { EpochOrder(count: $0, seed: recipe.seed) }
        (self.tokenizer, self.tokens) = (tokenizer, tokens)
        objectWeight = Float(recipe.data.objectWeight)
        readsCaptions = recipe.captionReading != nil
    }

    /// The batch at a place in the order.
    /// - Throws: `TrainingError.badExample` when a picture has another size than expected.
    func batch(_ request: BatchLoader.Order) throws -> HostBatch {
        guard let world = worlds[request.resolution] else {
            throw TrainingError.badExample(
                index: request.start, reason: "no world of \(request.resolution) pixels.")
        }
        var pixels: [UInt8] = []
        var ids: [Int64] = []
        var labels: [Int64] = []
        var weights: [Float] = []
        for place in request.start..<(request.start + request.count) {
            let (index, epoch) = example(at: place)
            let scene = world.scene(at: index)
            let caption = scene.caption(.varied(UInt64(epoch)))
            ids += tokenizer.encode(caption, limit: tokens, padding: true).ids.map(Int64.init)
            if readsCaptions { labels += scene.attributes.labels.map(Int64.init) }
            if request.captionsOnly { continue }
            let example = try world.example(at: index, variant: UInt64(epoch))
            guard example.image.channels == 3, example.image.width == request.resolution else {
                throw TrainingError.badExample(
                    index: index, reason: "expected \(request.resolution) pixels in RGB.")
            }
            pixels += example.image.pixels
            if objectWeight != 1 {
                let map = try scene.objectMap(resolution: request.resolution)
                weights += map.map { $0 < 0 ? 1 : objectWeight }
            }
        }
        return HostBatch(
            start: request.start, count: request.count, resolution: request.resolution, pixels: pixels,
            pixelWeights: objectWeight == 1 ? nil : weights, ids: ids, labels: readsCaptions ? labels : nil)
    }

    /// Full captions of scenes with held-out combinations, and what they show: to see how well captions are read.
    /// - Throws: `DatasetError` when the recipe asks for scenes that cannot be.
    static func heldOutCaptions(
        _ recipe: TrainingRecipe, count: Int, tokenizer: WordPieceTokenizer, tokens: Int
    ) throws -> HostBatch {
        let resolution = recipe.data.resolution
        let world = try SceneWorld(SceneOptions(recipe, resolution: resolution), split: .heldout)
        let scenes = (0..<count).map { world.scene(at: $0) }
        return HostBatch(
            start: 0, count: count, resolution: resolution, pixels: [], pixelWeights: nil,
            ids: scenes.flatMap {
                tokenizer.encode($0.caption(.full), limit: tokens, padding: true).ids.map(Int64.init)
            },
            labels: scenes.flatMap { $0.attributes.labels.map(Int64.init) })
    }

    /// Which example stands at a place: a new one every time, or, in a finite set, shuffled anew each epoch.
    private func example(at place: Int) -> (index: Int, epoch: Int) {
        guard let order else { return (place, 0) }
        let (epoch, position) = place.quotientAndRemainder(dividingBy: order.count)
        return (order.index(at: position, epoch: epoch), epoch)
    }
}

extension SceneOptions {
    /// The scenes that a recipe asks for, at one resolution.
    public init(_ recipe: TrainingRecipe, resolution: Int) {
        self.init()
        seed = recipe.seed
        self.resolution = resolution
        photoWeight = recipe.data.styles.photo
        cartoonWeight = recipe.data.styles.cartoon
        lineDrawingWeight = recipe.data.styles.drawing
        smallWeight = recipe.data.sizes.small
        mediumWeight = recipe.data.sizes.medium
        largeWeight = recipe.data.sizes.large
        twoObjectShare = recipe.data.twoObjects
        libraryShare = recipe.data.specialSettings / 2
        bonfireShare = recipe.data.specialSettings / 2
    }
}
