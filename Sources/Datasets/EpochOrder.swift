/// The order in which the examples of a store are visited: every epoch a fresh shuffle, resumable at any point.
///
/// The order needs no memory: it is a keyed bijection on `0..<count` (a Feistel network walked until it falls into
/// the range), so a store may hold billions of examples. Save the value, decode it later, and the same sequence goes on.
///
/// Source: Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002.
public struct EpochOrder: Codable, Hashable, Sendable {
    /// The seed of all epochs.
    public let seed: UInt64
    /// How many examples one epoch visits; at least 1.
    public let count: Int
    /// Which epoch the next example belongs to, from 0.
    public private(set) var epoch: Int
    /// How many examples of the epoch have been given out, in `0..<count`.
    public private(set) var position: Int

    /// Starts an order over `count` examples, optionally in the middle; a count below 1 is taken as 1.
    public init(count: Int, seed: UInt64, epoch: Int = 0, position: Int = 0) {
        self.seed = seed
        self.count = max(1, count)
        self.epoch = max(0, epoch)
        self.position = min(max(0, position), self.count - 1)
    }

    private enum CodingKeys: String, CodingKey { case seed, count, epoch, position }

    /// Reads a saved order and refuses one that points outside its epoch.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        seed = try values.decode(UInt64.self, forKey: .seed)
        count = try values.decode(Int.self, forKey: .count)
        epoch = try values.decode(Int.self, forKey: .epoch)
        position = try values.decode(Int.self, forKey: .position)
        guard count >= 1, epoch >= 0, (0..<count).contains(position) else {
            throw DatasetError.brokenOrder(count: count, epoch: epoch, position: position)
        }
    }

    /// The index to visit now; moves on by one.
    public mutating func next() -> Int {
        let index = self.index(at: position, epoch: epoch)
        position += 1
        if position == count {
            position = 0
            epoch &+= 1
        }
        return index
    }

    /// The next few indices; moves on by as many.
    public mutating func next(_ number: Int) -> [Int] {
        (0..<max(0, number)).map { _ in next() }
    }

    /// Which example stands at a position of an epoch, without moving; positions outside wrap around.
    public func index(at position: Int, epoch: Int) -> Int {
        let within = position % count
        var value = UInt64(within < 0 ? within + count : within)
        let half = (UInt64.bitWidth - UInt64(count - 1).leadingZeroBitCount + 1) / 2
        guard half > 0 else { return 0 }
        let mask = (UInt64(1) << UInt64(half)) - 1
        let key = SplitMix.mixed(
            seed ^ SplitMix.mixed(UInt64(bitPattern: Int64(epoch)) &+ 0xD1B5_4A32_D192_ED03))
        repeat {
            var left = value >> UInt64(half)
            var right = value & mask
            for round in 0..<6 as Range<UInt64> {
                let mixed = SplitMix.mixed(right ^ SplitMix.mixed(key &+ round)) & mask
                (left, right) = (right, left ^ mixed)
            }
            value = left << UInt64(half) | right
        } while value >= UInt64(count)
        return Int(value)
    }
}
