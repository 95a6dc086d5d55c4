/// Which bucket each batch is taken from, and which of the bucket's examples it begins with.
///
/// Batches of a bucket come at even distances, each somewhere within its own stretch, so that after any number of batches
/// every bucket had its share to within one batch, and no example is left out: where a bucket's examples do not fill their
/// last batch, the bucket's next round begins within it. The answer depends on seed and place alone, and any place is found
/// without counting from the start.
public struct BucketOrder: Sendable {
    /// Batches of one size from a place of the order on.
    public struct Stretch: Sendable, Hashable {
        /// The first place.
        public let start: Int
        /// Examples in a batch, at least 1.
        public let batch: Int

        /// Batches of `batch` examples from place `start` on.
        public init(start: Int, batch: Int) { (self.start, self.batch) = (start, max(1, batch)) }
    }

    private struct Known: Sendable {
        let stretch: Stretch
        /// Batches before it, in all and of each bucket.
        let batches: Int
        let counts: [Int]
        /// Examples of each bucket before it.
        let examples: [Int]
    }
    private let shares: [Double]
    private let seed: UInt64
    private var known: [Known] = []

    /// An order of batches.
    ///
    /// - Parameters:
    ///   - weights: how many of the examples come from each bucket, relative to each other; one at least is positive.
    ///   - stretches: batch sizes by place, beginning at place 0; a batch ends where the next stretch begins.
    ///   - seed: decides where within its stretch each batch comes.
    public init(weights: [Double], stretches: [Stretch], seed: UInt64) {
        let total = weights.reduce(0, +)
        shares = weights.map { $0 / total }
        self.seed = seed
        var next = Known(
            stretch: stretches.first ?? Stretch(start: 0, batch: 1), batches: 0,
            counts: weights.map { _ in 0 }, examples: weights.map { _ in 0 })
        for stretch in stretches.dropFirst() {
            known.append(next)
            next = after(next, until: stretch)
        }
        known.append(next)
    }

    /// How matters stand where a stretch ends and `stretch` begins.
    private func after(_ before: Known, until stretch: Stretch) -> Known {
        let (length, size) = (stretch.start - before.stretch.start, before.stretch.batch)
        let batches = before.batches + (length + size - 1) / size
        let counts = self.counts(before: batches)
        var examples = before.examples
        for bucket in examples.indices { examples[bucket] += size * (counts[bucket] - before.counts[bucket]) }
        if !length.isMultiple(of: size) {
            // The last batch was cut short.
            examples[batch(batches - 1).bucket] -= size - length % size
        }
        return Known(stretch: stretch, batches: batches, counts: counts, examples: examples)
    }

    /// The bucket of the batch that a place belongs to, and the place among the bucket's own examples.
    public func bucket(at place: Int) -> (bucket: Int, place: Int) {
        let here = known.last { $0.stretch.start <= place } ?? known[0]
        let (number, offset) = (place - here.stretch.start).quotientAndRemainder(
            dividingBy: here.stretch.batch)
        let (bucket, index) = batch(here.batches + number)
        let batches = index - here.counts[bucket]
        return (bucket, here.examples[bucket] + here.stretch.batch * batches + offset)
    }

    /// The bucket of a batch, and how many batches of that bucket came before.
    private func batch(_ number: Int) -> (bucket: Int, index: Int) {
        let counts = counts(before: number)
        let bucket = first(counts)
        return (bucket, counts[bucket])
    }

    /// How many of the first `number` batches each bucket has.
    private func counts(before number: Int) -> [Int] {
        // So far back, at most `number` batches have come: each bucket is ahead of its share by less than one.
        let moment = Double(max(0, number - shares.count - 1))
        var counts = shares.enumerated().map { bucket, share in
            guard share > 0 else { return 0 }
            var count = max(0, Int(moment * share) - 1)
            while self.moment(bucket, count) < moment { count += 1 }
            return count
        }
        for _ in counts.reduce(0, +)..<max(number, counts.reduce(0, +)) { counts[first(counts)] += 1 }
        return counts
    }

    /// The bucket whose next batch comes first.
    private func first(_ counts: [Int]) -> Int {
        var (best, earliest) = (0, Double.infinity)
        for bucket in shares.indices where shares[bucket] > 0 {
            let moment = moment(bucket, counts[bucket])
            if moment < earliest { (best, earliest) = (bucket, moment) }
        }
        return best
    }

    /// When the bucket's batch of this number comes, in batches of all buckets.
    private func moment(_ bucket: Int, _ number: Int) -> Double {
        var random = SplitMix(seed, 0x6275_636B_6574, UInt64(bucket), UInt64(number))
        return (Double(number) + Double(random.unit())) / shares[bucket]
    }
}
