/// The procedural world as a store of captioned pictures for training.
public struct SceneStore: ExampleStore {
    /// The world behind it.
    public let world: SceneWorld
    /// How many indices the store offers.
    public let count: Int

    /// Opens a store of `count` scenes; a trillion when no count is given, since nothing is kept in memory.
    ///
    /// - Throws: `DatasetError.badOption` when the count is below 1.
    public init(world: SceneWorld, count: Int = 1_000_000_000_000) throws(DatasetError) {
        guard count >= 1 else { throw .badOption(name: "count", expected: "at least 1", found: "\(count)") }
        self.world = world
        self.count = count
    }

    /// The picture and a varied caption of one index.
    ///
    /// - Throws: `DatasetError.indexOutOfRange` outside `0..<count`.
    public func example(at index: Int) throws(DatasetError) -> CaptionedImage {
        guard (0..<count).contains(index) else {
            throw .indexOutOfRange(index: index, count: count, store: "scenes")
        }
        return try world.example(at: index).captioned
    }
}
