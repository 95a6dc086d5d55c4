import Datasets
import Recipes
import Tensors

/// Examples sorted by the shape of their pictures: a batch is taken from one bucket.
///
/// Pictures from files are in the bucket of their shape, drawn ones in that of the square. Within a bucket the sources
/// have the shares that the recipe gives them.
struct ExampleBuckets: Sendable {
    /// Examples of one shape.
    private struct Bucket: Sendable {
        let sources: [ExampleSource]
        let mixture: SourceMixture
    }
    /// One for each size of the plan; nil for those that no example has.
    private let buckets: [Bucket?]
    private let order: BucketOrder
    private let plan: BucketPlan
    private let base, multiple: Int
    /// How many pictures of each source are in each bucket.
    private let counts: [[Int]]

    /// Reads the headers of all pictures.
    /// - Throws: see `PictureExamples.members(of:)`.
    init(_ sources: [ExampleSource], plan: BucketPlan, of recipe: TrainingRecipe) throws {
        (self.plan, base, multiple) = (plan, recipe.data.resolution, recipe.model.sizeMultiple)
        let sizes = plan.sizes(resolution: base)
        let shapes = AspectBuckets(plan, resolution: base)
        var members = try sources.map { try $0.pictures?.members(of: shapes) }
        func sums() -> [Int] {
            sizes.indices.map { bucket in members.reduce(0) { $0 + ($1?[bucket].count ?? 0) } }
        }
        let target = shapes.joined(counts: sums(), fewest: plan.fewest)
        for (source, lists) in members.enumerated() {
            guard let lists else { continue }
            var joined = lists.map { _ in [Int32]() }
            for (bucket, list) in lists.enumerated() { joined[target[bucket]] += list }
            members[source] = joined.map { $0.sorted() }
        }
        counts = members.map { lists in lists?.map(\.count) ?? sizes.map { _ in 0 } }

        let weights = recipe.data.sources.map(\.weight)
        var (buckets, shares) = ([Bucket?](), [Double]())
        for bucket in sizes.indices {
            var (here, parts) = ([ExampleSource](), [Double]())
            for (number, source) in sources.enumerated() {
                guard let lists = members[number], let pictures = source.pictures else {
                    // What is drawn has the shape of the first size, the square.
                    if bucket == 0 {
                        here.append(source)
                        parts.append(weights[number])
                    }
                    continue
                }
                if lists[bucket].isEmpty { continue }
                let all = lists.reduce(0) { $0 + $1.count }
                here.append(.pictures(pictures.limited(to: lists[bucket])))
                parts.append(weights[number] * Double(lists[bucket].count) / Double(all))
            }
            let seed = RandomStream.derivedSeed(recipe.seed, purpose: "bucket", index: bucket)
            buckets.append(
                here.isEmpty ? nil : Bucket(sources: here, mixture: SourceMixture(weights: parts, seed: seed))
            )
            shares.append(parts.reduce(0, +))
        }
        self.buckets = buckets
        order = BucketOrder(
            weights: shares, stretches: Self.stretches(of: recipe),
            seed: RandomStream.derivedSeed(recipe.seed, purpose: "buckets"))
    }

    /// The batch sizes of a recipe's stages.
    static func stretches(of recipe: TrainingRecipe) -> [BucketOrder.Stretch] {
        ([0] + recipe.stages.map(\.untilImages)).map { start in
            BucketOrder.Stretch(
                start: start,
                batch: (recipe.stage(at: start).batchSize ?? recipe.batchSize) * recipe.accumulate)
        }
    }

    /// The examples of a batch, or of a part of one, and their size.
    func deal(
        _ request: BatchLoader.Order
    ) -> (size: BucketPlan.Size, examples: [(source: ExampleSource, place: Int)]) {
        let (number, first) = order.bucket(at: request.start)
        let size = plan.sizes(resolution: request.resolution, base: base, multiple: multiple)[number]
        guard let bucket = buckets[number] else { return (size, []) }
        let places = bucket.mixture.places(first..<(first + request.count))
        return (size, places.map { (bucket.sources[$0.source], $0.place) })
    }

    /// The sizes that a source's pictures have, with their numbers.
    func note(onSource number: Int) -> String {
        let sizes = plan.sizes(resolution: base)
        return zip(sizes, counts[number]).filter { $0.1 > 0 }
            .map { "\($0.0.width) × \($0.0.height): \($0.1)" }.joined(separator: ", ")
    }
}
