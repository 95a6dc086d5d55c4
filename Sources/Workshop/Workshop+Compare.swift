import DurableFiles
public import Foundation
import Images
public import Recipes

/// Several runs of one recipe that differ in one value.
public struct ComparisonPlan: Sendable {
    /// The key that differs, such as `target`.
    public let key: String
    /// Each value with its run.
    public let runs: [(value: String, plan: TrainingPlan)]
    /// The folder of all runs and of the chart.
    public let folder: URL
}

/// How runs that differ in one value compare.
public struct ComparisonReport: Codable, Equatable, Sendable {
    /// One run.
    public struct Run: Codable, Equatable, Sendable {
        /// The value.
        public var value: String
        /// The run's folder.
        public var run: String
        /// The looks at held-out pictures, earliest first.
        public var looks: [HeldOutLoss]
        /// The error of the last look.
        public var error: Double?
    }
    /// The key that differs.
    public var key: String
    /// The runs, lowest error first.
    public var runs: [Run]
    /// The chart.
    public var picture: String
}

extension Workshop {
    /// Reads a recipe and a sweep such as `target=epsilon,velocity,sample,flow`.
    ///
    /// Runs are compared by the error of the clean picture on held-out examples, which means the same whatever the network
    /// predicts; recipes that do not look at it are made to, ten times.
    /// The folder of all runs is `run`, or `runs/NAME-compare-KEY`.
    /// - Throws: `WorkshopError.badNumber` for a sweep that is none; `RecipeError` for a value that the recipe refuses.
    public func comparison(
        recipe path: String, sweep: String, run: String? = nil, overrides: [String] = []
    ) throws -> ComparisonPlan {
        let parts = sweep.split(separator: "=", maxSplits: 1).map(String.init)
        let values = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
        guard values.count >= 2, Set(values).count == values.count else {
            throw WorkshopError.badNumber(
                name: "--compare",
                expected: "key=value,value with two values or more, such as target=flow,sample",
                found: sweep)
        }
        let key = parts[0]
        let base = try plan(recipe: path, overrides: overrides).recipe
        let folder = surroundings.url(
            run ?? "runs/\(base.name)-compare-\(key)", directoryHint: .isDirectory)
        let runs = try values.map { value -> (value: String, plan: TrainingPlan) in
            var recipe = try plan(recipe: path, overrides: overrides + ["\(key)=\(value)"]).recipe
            if recipe.heldOut == nil {
                recipe.heldOut = HeldOutPlan()
                recipe.heldOut?.everyImages = max(1, recipe.totalImages / 10)
            }
            let name = PictureNames.slug(value)
            return (
                value,
                TrainingPlan(
                    recipe: recipe, run: folder.appending(path: name, directoryHint: .isDirectory), ranks: nil
                )
            )
        }
        guard Set(runs.map { $0.plan.run.path }).count == runs.count else {
            throw WorkshopError.badNumber(
                name: "--compare", expected: "values whose names differ in letters or digits", found: sweep)
        }
        return ComparisonPlan(key: key, runs: runs, folder: folder)
    }

    /// Trains the runs one after the other and draws one chart; the same again goes on where it stopped.
    ///
    /// `onEvent` hears each run's value and events.
    /// - Throws: as `train`.
    public func compare(
        _ comparison: ComparisonPlan, device: String = "auto", threads: Int? = nil,
        onEvent: @escaping @Sendable (_ value: String, TrainingEvent) -> Void = { _, _ in }
    ) async throws -> ComparisonReport {
        var runs: [ComparisonReport.Run] = []
        for (value, plan) in comparison.runs {
            try await train(plan, device: device, threads: threads) { onEvent(value, $0) }
            let looks = Self.looks(of: plan.run)
            runs.append(.init(value: value, run: plan.run.path, looks: looks, error: looks.last?.error))
        }
        let file = comparison.folder.appending(path: "comparison.png")
        let name = comparison.runs.first?.plan.recipe.name ?? ""
        try DurableFile.write(Self.chart(runs, key: comparison.key, name: name).pngData(), to: file)
        runs.sort { ($0.error ?? .infinity) < ($1.error ?? .infinity) }
        return ComparisonReport(key: comparison.key, runs: runs, picture: file.path)
    }

    /// The looks that a run's log tells of; where the run went back the later telling counts.
    static func looks(of run: URL) -> [HeldOutLoss] {
        let text = (try? String(contentsOf: run.appending(path: "events.jsonl"), encoding: .utf8)) ?? ""
        var byMoment: [Int: HeldOutLoss] = [:]
        for line in text.split(separator: "\n") {
            if case .heldOut(let look) = try? TrainingEvent(json: String(line)) {
                byMoment[look.imagesSeen] = look
            }
        }
        return byMoment.values.sorted { $0.imagesSeen < $1.imagesSeen }
    }

    private static func chart(_ runs: [ComparisonReport.Run], key: String, name: String) throws -> Image {
        try Plot(
            title: "\(key), side by side", subtitle: name, x: Plot.Axis("images seen"),
            y: Plot.Axis("error of the clean picture on held-out examples", scale: .logarithmic),
            series: runs.map { run in
                Plot.Series(
                    run.looks.map { Point(Double($0.imagesSeen), $0.error) }, .lineAndDots(), label: run.value
                )
            }
        ).image()
    }
}
