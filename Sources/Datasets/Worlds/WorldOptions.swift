/// What the worlds beside the scenes need to know: which pictures, and how large.
public struct WorldOptions: Hashable, Sendable {
    /// The seed of the whole world.
    public var seed: UInt64
    /// Width and height of the pictures in pixels, 1...4096.
    public var resolution: Int
    /// Which part of the world is numbered.
    public var split: SceneSplit

    /// A world of 64 × 64 pixels.
    public init(seed: UInt64 = 1, resolution: Int = 64, split: SceneSplit = .train) {
        (self.seed, self.resolution, self.split) = (seed, resolution, split)
    }

    /// - Throws: `DatasetError.badOption` when the size makes no picture.
    func validate() throws(DatasetError) {
        guard (1...4096).contains(resolution) else {
            throw .badOption(name: "resolution", expected: "in 1...4096", found: "\(resolution)")
        }
    }

    /// The key of all that one index leaves to chance.
    func key(_ index: Int) -> UInt64 {
        let part: UInt64 = split == .train ? 0x7A17 : 0x4E1D
        return SplitMix.mixed(seed ^ part << 48) ^ UInt64(bitPattern: Int64(index))
    }
}
