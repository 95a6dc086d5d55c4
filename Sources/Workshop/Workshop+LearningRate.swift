import DurableFiles
import Foundation
import Images
import Recipes
import Training

/// Which learning rate teaches fastest, and the curve that says so.
public struct LearningRateReport: Codable, Equatable, Sendable {
    /// One rate that was tried.
    public struct Point: Codable, Equatable, Sendable {
        /// The rate.
        public var rate: Double
        /// The loss on held-out pictures after an update with it; nil where it was not finite.
        public var loss: Double?
        /// The mean of the losses so far, recent ones counting more.
        public var smoothed: Double
    }
    /// The rate at which the loss falls fastest: a good `learningRate.peak`; nil when it never fell.
    public var suggestion: Double?
    /// The rate of the lowest loss: beyond it training gets worse.
    public var lowest: Double?
    /// True when the loss blew up at the last rate.
    public var hasDiverged: Bool
    /// The recipe's own peak.
    public var recipePeak: Double
    /// All rates, lowest first.
    public var points: [Point]
    /// The picture of the curve.
    public var picture: String
}

extension Workshop {
    /// Trains for a moment at ever higher rates; the run's folder is not touched.
    ///
    /// The picture goes to `output`, which ends in `.png`; nil takes the recipe's name in the current folder, and a taken
    /// name gets a number. `onStep` hears the update, counted from 1, of how many, and its loss.
    /// - Throws: `CancellationError`, `WorkshopError`, and what training throws.
    public func findLearningRate(
        _ plan: TrainingPlan, device: String = "auto", threads: Int? = nil, output: String? = nil,
        onStep: @escaping @Sendable (_ step: Int, _ total: Int, _ loss: Double) -> Void = { _, _, _ in }
    ) async throws -> LearningRateReport {
        let file = try PictureNames(surroundings: surroundings).file(
            for: plan.recipe.name + " learning rate", output: output)
        let worker = try await worker(for: device, threads: threads)
        let words = try wordVectors(for: plan.recipe)
        let (finder, surroundings) = (LearningRateFinder(), self.surroundings)
        let finding = try await worker.run { worker in
            try finder.run(
                plan.recipe, origin: words.origin(), device: worker.device,
                locate: { surroundings.url($0) }, isCancelled: { Task.isCancelled },
                onStep: { onStep($0 + 1, finder.steps, $2) })
        }
        try PictureNames.makeFolder(of: file)
        let png = try Self.picture(of: finding, recipe: plan.recipe).pngData()
        let written = try DurableFile.writeNew(png, to: file)
        return LearningRateReport(
            suggestion: finding.suggestion, lowest: finding.lowest, hasDiverged: finding.hasDiverged,
            recipePeak: plan.recipe.learningRate.peak,
            points: finding.points.map {
                .init(rate: $0.rate, loss: $0.loss.isFinite ? $0.loss : nil, smoothed: $0.smoothed)
            }, picture: written.path)
    }

    private static func picture(
        of finding: LearningRateFinder.Finding, recipe: TrainingRecipe
    ) throws -> Image {
        let points = finding.points.filter { $0.loss.isFinite }
        var series = [
            Plot.Series(points.map { Point($0.rate, $0.loss) }, .dots(radius: 3), label: "after one update"),
            Plot.Series(points.map { Point($0.rate, $0.smoothed) }, label: "smoothed"),
        ]
        if let suggestion = finding.suggestion, let place = points.first(where: { $0.rate == suggestion }) {
            series.append(
                Plot.Series(
                    [Point(place.rate, place.smoothed)], .dots(radius: 8),
                    label: String(format: "falls fastest: %.2g", suggestion)))
        }
        let top = points.map(\.smoothed).max() ?? 1
        let bottom = points.map(\.smoothed).min() ?? 0
        return try Plot(
            title: "Which learning rate?", subtitle: recipe.name,
            x: Plot.Axis("learning rate", scale: .logarithmic),
            y: Plot.Axis(
                "loss on held-out pictures",
                range: top > bottom ? (bottom - 0.1 * (top - bottom))...(top + 0.3 * (top - bottom)) : nil),
            series: series
        ).image()
    }
}
