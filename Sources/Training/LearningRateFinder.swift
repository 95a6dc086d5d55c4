public import Foundation
public import Recipes
public import Tensors

/// Trains for a moment at ever higher learning rates, and says which of them teaches fastest.
///
/// The loss is that on held-out pictures at fixed noise, so that two updates are compared by what they learnt and not by
/// the luck of their noise. Source: Smith 2017 (arXiv 1506.01186), section 3.3, for the idea.
public struct LearningRateFinder: Sendable {
    /// One rate.
    public struct Point: Sendable, Equatable {
        /// The rate of the update.
        public let rate: Double
        /// The loss after it.
        public let loss: Double
        /// The mean of the losses so far, recent ones counting more.
        public let smoothed: Double
    }
    /// What was found.
    public struct Finding: Sendable, Equatable {
        /// Every rate tried, lowest first; the last may be the one that failed.
        public let points: [Point]
        /// The rate at which the loss falls fastest; nil when it never fell.
        public let suggestion: Double?
        /// The rate of the lowest loss: beyond it training gets worse.
        public let lowest: Double?
        /// True when the loss blew up before the last rate.
        public let hasDiverged: Bool
    }

    /// The first and the last rate.
    public let range: ClosedRange<Double>
    /// Updates, evenly spread over the logarithm of the rate.
    public let steps: Int
    private static let memory = 0.8
    private static let blowUp = 4.0

    /// A finder over `range`, above 0, in `steps` updates, at least 8.
    public init(range: ClosedRange<Double> = 1e-6...1, steps: Int = 100) {
        (self.range, self.steps) = (range, max(8, steps))
    }

    /// The rate of an update.
    func rate(_ step: Int) -> Double {
        range.lowerBound * pow(range.upperBound / range.lowerBound, Double(step) / Double(steps - 1))
    }

    /// What the losses after the first so many rates say.
    ///
    /// - Parameters:
    ///   - first: the loss before the first update.
    ///   - losses: the loss after each update.
    /// - Returns: the curve up to where it blew up, and the rate that it suggests.
    func finding(first: Double, losses: [Double]) -> Finding {
        var (points, smoothed, best) = ([Point](), first, first)
        var hasDiverged = false
        for (step, loss) in losses.enumerated() {
            guard loss.isFinite, loss < Self.blowUp * best else {
                points.append(Point(rate: rate(step), loss: loss, smoothed: smoothed))
                hasDiverged = true
                break
            }
            smoothed = Self.memory * smoothed + (1 - Self.memory) * loss
            best = min(best, smoothed)
            points.append(Point(rate: rate(step), loss: loss, smoothed: smoothed))
        }
        let usable = hasDiverged ? points.dropLast() : points[...]
        let lowest = usable.min { $0.smoothed < $1.smoothed }
        // Slopes over a few rates on either side, before the lowest loss only.
        let reach = max(1, steps / 25)
        var steepest: (rate: Double, slope: Double)?
        if let lowest, lowest.smoothed < first {
            for place in usable.indices where usable[place].rate <= lowest.rate {
                let (before, after) = (place - reach, min(place + reach, usable.endIndex - 1))
                guard before >= usable.startIndex, after > place else { continue }
                let slope =
                    (usable[after].smoothed - usable[before].smoothed)
                    / log(usable[after].rate / usable[before].rate)
                if slope < min(0, steepest?.slope ?? 0) { steepest = (usable[place].rate, slope) }
            }
        }
        return Finding(
            points: points, suggestion: steepest?.rate,
            lowest: lowest.flatMap { $0.smoothed < first ? $0.rate : nil }, hasDiverged: hasDiverged)
    }

    /// Trains through the rates from the recipe's start; no file is written.
    ///
    /// `locate` says where the paths lead that the recipe's data has; `isCancelled` is asked after every update; `onStep` hears the update, the rate and the loss after it.
    /// - Throws: `CancellationError`; what building and training throw.
    public func run(
        _ recipe: TrainingRecipe, vocabulary: Vocabulary, device: Device = .cpu,
        locate: (String) -> URL = { URL(filePath: $0) }, isCancelled: () -> Bool = { false },
        onStep: (Int, Double, Double) -> Void = { _, _, _ in }
    ) throws -> Finding {
        try run(
            recipe, origin: .words(vocabulary), device: device, locate: locate, isCancelled: isCancelled,
            onStep: onStep)
    }

    /// The same for what a run begins with, words or a model.
    public func run(
        _ recipe: TrainingRecipe, origin: TrainingOrigin, device: Device = .cpu,
        locate: (String) -> URL = { URL(filePath: $0) }, isCancelled: () -> Bool = { false },
        onStep: (Int, Double, Double) -> Void = { _, _, _ in }
    ) throws -> Finding {
        var recipe = try origin.completed(recipe)
        // The run must be long enough for every rate.
        recipe.totalImages = max(
            recipe.totalImages,
            steps * recipe.accumulate
                * (recipe.stages.compactMap(\.batchSize) + [recipe.batchSize]).reduce(0, max))
        let session = try origin.session(
            recipe, initial: origin.initialParameters(for: recipe), device: device)
        let captions = try origin.captions(for: session)
        let batches = try TrainingBatches(recipe, captions: captions, locate: locate)
        // Pictures have no held-out combinations: then those of the order's end serve, which these updates do not reach.
        let examples =
            try HostBatch.heldOut(recipe, count: 16, captions: captions)
            ?? batches.batch(
                .init(start: recipe.totalImages, count: 16, resolution: recipe.data.resolution))
        func loss() throws -> Double {
            try session.heldOutLoss(examples, levels: 4, with: session.learner).loss
        }
        let fixed = recipe
        let loader = BatchLoader(orders: { Trainer.order(fixed, from: $0) }, from: 0, make: batches.batch)
        defer { loader.stop() }
        let first = try loss()
        var losses: [Double] = []
        for step in 0..<steps {
            let rate = self.rate(step)
            let outcome = try session.step(loader.next(), learningRate: rate)
            losses.append(outcome.isApplied ? try loss() : .nan)
            onStep(step, rate, losses[step])
            if finding(first: first, losses: losses).hasDiverged { break }
            if isCancelled() { throw CancellationError() }
        }
        return finding(first: first, losses: losses)
    }
}
