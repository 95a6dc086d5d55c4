import Datasets
import Layers
import Optimizers
import Recipes
public import Tensors

/// The processes that train together, seen from one of them.
///
/// Each makes and computes a part of every batch; the sums of their gradients are applied by all, so that all keep the
/// same weights. How many they are changes the result by rounding only.
public struct Ranks {
    /// Which part is whose.
    struct Part: Sendable, Equatable {
        let rank, count: Int

        /// The places of this rank among so many: neighbours, as equal in number as can be.
        func range(of whole: Int) -> Range<Int> { whole * rank / count..<whole * (rank + 1) / count }

        /// What to make of a batch that all make together.
        func of(_ order: BatchLoader.Order) -> BatchLoader.Order {
            let range = range(of: order.count)
            return BatchLoader.Order(
                start: order.start + range.lowerBound, count: range.count, resolution: order.resolution,
                captionsOnly: order.captionsOnly)
        }
    }
    private let group: ProcessGroup?
    let part: Part

    /// A process that trains by itself.
    public static var alone: Ranks { Ranks(nil) }

    /// The ranks of a group; nil for a process that trains by itself.
    public init(_ group: ProcessGroup?) {
        self.group = group
        part = Part(rank: group?.place.rank ?? 0, count: group?.place.count ?? 1)
    }

    /// True for the one that reads and writes the run's folder.
    var isFirst: Bool { part.rank == 0 }
    /// Time spent on exchanging so far; nil alone.
    var exchanging: Duration? { group?.exchanging }

    /// Compares the recipe with rank 0's.
    /// - Throws: `TrainingError.ranksDiffer`; `ProcessGroupError`.
    func check(_ recipe: TrainingRecipe) throws {
        guard let group else { return }
        let text = try group.textOfFirst("recipe", recipe.json())
        let first = try TrainingRecipe.decoded(from: text, named: "rank 0's recipe")
        if let found = try RunFolder.difference(recipe, first) {
            throw TrainingError.ranksDiffer(
                rank: part.rank, key: found.key, first: found.other, found: found.value)
        }
    }

    /// Gives every rank the first one's state: weights, average, optimiser and clock.
    /// - Throws: `ProcessGroupError`, `TensorError`.
    func spread(_ session: TrainingSession) throws {
        session.ranks = self
        guard let group else { return }
        let counts = [session.imagesSeen, session.updates, session.skippedInARow, session.rollbacks]
        let clock = try Tensor(counts.map(Int64.init), shape: [counts.count])
        let moments = session.optimizer.state()
        try group.broadcast(
            [clock] + session.store.tensors + session.averages.flatMap(\.tensors)
                + session.powers.flatMap(\.tensors) + moments.map(\.tensor))
        let times = try clock.values(as: Int64.self)
        session.imagesSeen = Int(times[0])
        (session.skippedInARow, session.rollbacks) = (Int(times[2]), Int(times[3]))
        var rest = moments[...]
        try session.optimizer.restore(updates: Int(times[1])) { name, _ in
            guard let next = rest.popFirst(), next.name == name else {
                throw TrainingError.badExample(index: 0, reason: "the optimiser's state is out of order.")
            }
            return next.tensor
        }
    }

    /// The sums of gradients and losses over all ranks; nil for parameters that have a gradient nowhere.
    /// - Throws: `ProcessGroupError`, `TensorError`.
    func combined(_ gradients: [Tensor?], of parameters: [Tensor], loss: inout Double) throws -> [Tensor?] {
        guard let group else { return gradients }
        // Who has a gradient must be known of all ranks before they agree on what travels.
        let counts = try Tensor(
            gradients.map { $0 == nil ? 0 : 1 } + [loss] as [Double], shape: [gradients.count + 1])
        try group.sum([counts])
        var known = try counts.values(as: Double.self)
        loss = known.removeLast()
        let sums = try zip(gradients, zip(parameters, known)).map { gradient, other -> Tensor? in
            // Zeros that lie in memory as their parameter does, which the optimiser needs.
            try gradient ?? (other.1 > 0 ? other.0.detached() * 0 : nil)
        }
        try group.sum(sums.compactMap { $0 })
        return sums
    }

    /// The sum of a number over all ranks.
    /// - Throws: `ProcessGroupError`.
    func sum(_ number: Double) throws -> Double { try group?.sum(number) ?? number }

    /// The looks of all ranks, each of which has seen other pictures than the rest.
    /// - Throws: `ProcessGroupError`, `TensorError`.
    func joined(_ looks: PictureLooks) throws -> PictureLooks {
        guard let group else { return looks }
        let bits = try Tensor(looks.bits.map { Int64(bitPattern: $0) }, shape: [looks.bits.count])
        let known = try Tensor(looks.isKnown.map { Int64($0 ? 1 : 0) }, shape: [looks.bits.count])
        try group.sum([bits, known])
        return PictureLooks(
            bits: try bits.values(as: Int64.self).map { UInt64(bitPattern: $0) },
            isKnown: try known.values(as: Int64.self).map { $0 > 0 })
    }

    /// True when it is true of any rank.
    /// - Throws: `ProcessGroupError`.
    func any(_ flag: Bool) throws -> Bool { try sum(flag ? 1 : 0) > 0 }

    /// Says that this rank's work is done.
    func leave() { group?.leave() }
}

/// What a rank's part of a batch counts in the whole.
struct BatchPart {
    /// Examples in all parts.
    let whole: Int
    /// This part's places among them.
    let range: Range<Int>
    /// The factors of this part's mean losses, so that their sum over all ranks is the mean over the batch.
    let shareOfImages, shareOfLabels: Double
    /// True for a rank that gets nothing of a small batch.
    var isEmpty: Bool { range.isEmpty }

    /// - Parameters:
    ///   - batch: the part's examples.
    ///   - whole: examples in all parts.
    ///   - start: the first place of the whole batch in the order of the run.
    ///   - ranks: whose part it is.
    ///   - reads: true when captions are read; all ranks must say the same.
    /// - Throws: `ProcessGroupError`.
    init(_ batch: HostBatch, of whole: Int, from start: Int, ranks: Ranks, reads: Bool) throws {
        self.whole = whole
        range = whole == batch.count ? 0..<whole : ranks.part.range(of: whole)
        guard range.count == batch.count else {
            throw TrainingError.badExample(
                index: start + range.lowerBound,
                reason: "the part of rank \(ranks.part.rank) has \(batch.count) examples, not \(range.count)."
            )
        }
        shareOfImages = whole > 0 ? Double(batch.count) / Double(whole) : 0
        let labels = Double(batch.labels?.count { $0 >= 0 } ?? 0)
        let all = reads ? try ranks.sum(labels) : labels
        // Unlabelled everywhere: the loss is zero, whatever it is multiplied by.
        shareOfLabels = all > 0 ? labels / all : 1
    }
}
