import Datasets
import Images
import Recipes

/// The pictures of a world beside the scenes as training examples, by place in the order only.
struct WorldExamples: Sendable {
    private let worlds: [Int: any PictureWorld]
    private let name: WorldName
    private let order: EpochOrder?
    /// How much a pixel of a thing counts beside one of the background.
    let objectWeight: Float

    /// - Throws: `DatasetError` when what the world is made of is not installed.
    init(_ data: WorldData, seed: UInt64, resolutions: Set<Int>) throws {
        var worlds: [Int: any PictureWorld] = [:]
        for resolution in resolutions {
            worlds[resolution] = try data.name.world.open(WorldOptions(seed: seed, resolution: resolution))
        }
        (self.worlds, name) = (worlds, data.name.world)
        order = data.count.map { EpochOrder(count: $0, seed: seed) }
        objectWeight = Float(data.objectWeight)
    }

    /// The caption and the labels at a place, and its picture unless captions alone are wanted.
    /// - Throws: `TrainingError.badExample` when a picture has another size than expected; `DatasetError`.
    func example(at place: Int, resolution: Int, captionsOnly: Bool) throws -> TrainingExample {
        guard let world = worlds[resolution] else {
            throw TrainingError.badExample(index: place, reason: "no world of \(resolution) pixels.")
        }
        let (index, epoch) = order.index(atPlace: place)
        let words = try world.words(at: index, variant: UInt64(epoch))
        var made = TrainingExample(caption: words.caption, world: name)
        made.labels = words.labels
        if captionsOnly { return made }
        let painting = try world.painting(at: index)
        guard painting.image.channels == 3, painting.image.width == resolution else {
            throw TrainingError.badExample(index: index, reason: "expected \(resolution) pixels in RGB.")
        }
        made.pixels = painting.image.pixels
        if objectWeight != 1 { made.weights = painting.focus.map { 1 + (objectWeight - 1) * $0 } }
        return made
    }
}

extension EpochOrder? {
    /// Which example stands at a place: a new one every time, or, in a finite set, shuffled anew each epoch.
    func index(atPlace place: Int) -> (index: Int, epoch: Int) {
        guard let self else { return (place, 0) }
        let (epoch, position) = place.quotientAndRemainder(dividingBy: self.count)
        return (self.index(at: position, epoch: epoch), epoch)
    }
}
