import Recipes

/// Means, rate and time left between progress events.
struct ProgressMeter {
    private let totalImages: Int
    private var reportedAt = ContinuousClock.now
    private var reportedImages: Int
    private var imagesSeen: Int
    private var losses: [Double] = []
    private var norms: [Double] = []
    private var learningRate = 0.0
    private var waited = Duration.zero
    private var paused = Duration.zero
    private var exchanged = Duration.zero

    init(_ recipe: TrainingRecipe, from imagesSeen: Int) {
        totalImages = recipe.totalImages
        (reportedImages, self.imagesSeen) = (imagesSeen, imagesSeen)
    }

    /// Counts the time of `body` as waiting for data.
    mutating func waiting<R>(_ body: () throws -> R) rethrows -> R {
        let begin = ContinuousClock.now
        defer { waited += ContinuousClock.now - begin }
        return try body()
    }
    /// Leaves the time of `body` out of the rate: drawing and saving.
    mutating func pausing<R>(_ body: () throws -> R) rethrows -> R {
        let begin = ContinuousClock.now
        defer { paused += ContinuousClock.now - begin }
        return try body()
    }
    mutating func add(_ step: TrainingSession.Step, imagesSeen: Int) {
        self.imagesSeen = imagesSeen
        learningRate = step.learningRate
        if step.isApplied {
            losses.append(step.loss)
            norms.append(step.gradientNorm)
        }
    }
    /// How training stands, when it is time to say so; `exchanging` is the time spent with other processes so far, nil
    /// without any.
    mutating func report(every interval: Double, updates: Int, exchanging: Duration? = nil)
        -> TrainingProgress?
    {
        let now = ContinuousClock.now
        let seconds = (now - reportedAt - paused) / .seconds(1)
        guard (seconds >= interval || imagesSeen >= totalImages) && seconds > 0 && !losses.isEmpty else {
            return nil
        }
        let rate = Double(imagesSeen - reportedImages) / seconds
        let progress = TrainingProgress(
            step: updates, imagesSeen: imagesSeen, totalImages: totalImages,
            loss: losses.reduce(0, +) / Double(losses.count), learningRate: learningRate,
            gradientNorm: norms.reduce(0, +) / Double(norms.count), imagesPerSecond: rate,
            secondsLeft: Double(totalImages - imagesSeen) / rate,
            dataWaitShare: waited / .seconds(1) / seconds,
            exchangeShare: exchanging.map { ($0 - exchanged) / .seconds(1) / seconds })
        exchanged = exchanging ?? .zero
        (reportedAt, reportedImages, waited, paused) = (now, imagesSeen, .zero, .zero)
        losses.removeAll(keepingCapacity: true)
        norms.removeAll(keepingCapacity: true)
        return progress
    }
}
