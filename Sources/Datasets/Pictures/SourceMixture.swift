/// Deals examples out to several sources by weight: which source example `i` comes from depends on (seed, i) alone.
///
/// Examples come in blocks of 1000. Each block holds every source as often as its weight says (at least once), in an order
/// drawn for the block. So shares are exact, and the number of a source's examples before `i` is known without counting
/// from the start: each source is walked through epoch by epoch, with none of its examples left out.
public struct SourceMixture: Sendable, Hashable {
    /// Which source an example comes from, and how many of that source came before.
    public struct Place: Sendable, Hashable {
        /// The source's number.
        public let source: Int
        /// The example's place in the source's own order.
        public let place: Int
    }
    /// How often each source stands in a block.
    public let shares: [Int]
    private let seed: UInt64
    private static let block = 1000

    /// A mixture of sources with these weights; weights that are not positive count as very small ones.
    public init(weights: [Double], seed: UInt64) {
        self.seed = seed
        guard weights.count > 1 else {
            shares = [Self.block]
            return
        }
        let positive = weights.map { $0.isFinite ? max($0, 1e-9) : 1e-9 }
        let total = positive.reduce(0, +)
        let wished = positive.map { $0 / total * Double(Self.block) }
        var shares = wished.map { max(1, Int($0)) }
        // The largest remainders get what is left; what is too much comes from the largest shares.
        let byRemainder = wished.indices.sorted {
            let (left, right) = (
                wished[$0] - wished[$0].rounded(.down), wished[$1] - wished[$1].rounded(.down)
            )
            return left == right ? $0 < $1 : left > right
        }
        var missing = Self.block - shares.reduce(0, +)
        for index in byRemainder where missing > 0 && wished[index] >= 1 {
            shares[index] += 1
            missing -= 1
        }
        while missing != 0 {
            let largest = shares.indices.max { shares[$0] < shares[$1] } ?? 0
            let change = missing > 0 ? missing : -1
            shares[largest] += change
            missing -= change
        }
        self.shares = shares
    }

    /// Where the examples of a stretch come from; at most about a hundred sources.
    public func places(_ range: Range<Int>) -> [Place] {
        guard shares.count > 1 else { return range.map { Place(source: 0, place: $0) } }
        var places: [Place] = []
        places.reserveCapacity(range.count)
        var start = range.lowerBound
        while start < range.upperBound {
            let (number, first) = start.quotientAndRemainder(dividingBy: Self.block)
            let end = min(range.upperBound, (number + 1) * Self.block)
            var seen = shares.map { $0 * number }
            for (index, source) in order(of: number).prefix(first + end - start).enumerated() {
                if index >= first { places.append(Place(source: source, place: seen[source])) }
                seen[source] += 1
            }
            start = end
        }
        return places
    }

    /// The sources of one block: each as often as its share says, shuffled.
    private func order(of number: Int) -> [Int] {
        var order = shares.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
        var random = SplitMix(seed, 0x6D69_7874_7572_6573, UInt64(number))
        for index in order.indices.reversed() where index > 0 { order.swapAt(index, random.below(index + 1)) }
        return order
    }
}
