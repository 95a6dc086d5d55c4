import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors
import Training

extension Workshop {
    /// Says what a run will take: parameters, memory, time, disk.
    ///
    /// Nothing is written. Memory is the processor's; on another device the updates, `updates` of them after one that is not
    /// counted, are timed there.
    /// - Throws: what building and training throw. That it will not fit is no error here: see `refusal(of:)`.
    public func forecast(
        _ plan: TrainingPlan, device: String = "auto", threads: Int? = nil, updates: Int = 3
    ) async throws -> TrainingForecast {
        let worker = try await worker(for: device, threads: threads)
        let words = try wordVectors(for: plan.recipe)
        let freeMemory = Machine.freeMemory
        let surroundings = self.surroundings
        let freeDisk = Machine.freeDisk(at: Self.nearestFolder(to: plan.run))
        func room(around folder: String?) -> Int? {
            folder.flatMap { Machine.freeDisk(at: Self.nearestFolder(to: surroundings.url($0))) }
        }
        let freeCacheDisk = room(around: plan.recipe.data.cache)
        let freeLatentCacheDisk = room(around: plan.recipe.data.latentCache)
        return try await worker.run { worker in
            let recipe = plan.recipe
            let trial = try TrainingTrial(
                recipe, origin: words.origin(), device: worker.device,
                locate: { surroundings.url($0) })
            let tensorBytes = 4 * trial.parameters
            // A small pass shows what an image takes; what it does not show are the gradients, which then stay.
            let few = min(4, trial.batchSize)
            _ = try trial.step(count: 1)
            let before = Engine.peakMemory
            _ = try trial.step(count: few)
            let perImage = few > 1 ? max(0, Engine.peakMemory - before) / (few - 1) : 0
            let widths = recipe.powerAverages?.sigmaRel.count ?? 0
            var forecast = TrainingForecast(
                parameters: trial.parameters, batchSize: trial.batchSize,
                imagesPerUpdate: trial.batchSize * recipe.accumulate, totalImages: recipe.totalImages,
                resolution: trial.resolution, fixedMemory: before - min(before, perImage),
                memoryPerImage: perImage, freeMemory: freeMemory,
                checkpointBytes: (3 + recipe.averages.list.count + widths) * tensorBytes,
                keepCheckpoints: recipe.keepCheckpoints,
                snapshotBytes: widths > 0 ? widths * tensorBytes / 2 : nil,
                imagesPerSnapshot: recipe.powerAverages?.everyImages,
                modelBytes: recipe.averages.list.count * tensorBytes / 2, freeDisk: freeDisk,
                cacheBytes: trial.cacheBytes, freeCacheDisk: freeCacheDisk,
                latentCacheBytes: trial.latentCacheBytes, freeLatentCacheDisk: freeLatentCacheDisk,
                notes: try Self.notes(on: recipe), recomputes: recipe.gradientCheckpointing)
            guard forecast.fitsMemory else { return forecast }
            _ = try trial.step(count: trial.batchSize)
            var (learning, data) = ([Double](), [Double]())
            for _ in 0..<max(1, updates) {
                let seconds = try trial.step(count: trial.batchSize)
                learning.append(seconds.learning / Double(trial.batchSize))
                data.append(seconds.data / Double(trial.batchSize))
                try Task.checkCancellation()
            }
            forecast.learningSecondsPerImage = learning.sorted()[learning.count / 2]
            forecast.dataSecondsPerImage = data.sorted()[data.count / 2]
            // The measured peak, where it is higher than what the small pass let expect.
            forecast.fixedMemory = max(forecast.fixedMemory, Engine.peakMemory - perImage * trial.batchSize)
            return forecast
        }
    }

    /// Why a run that was foreseen will not fit, with the cheapest change that would; nil when it fits.
    public func refusal(of forecast: TrainingForecast) -> WorkshopError? {
        if !forecast.fitsMemory, let free = forecast.freeMemory {
            return .willNotFit(
                what: "memory", needed: forecast.memory, free: free, change: forecast.memoryChange)
        }
        if !forecast.fitsDisk, let free = forecast.freeDisk {
            return .willNotFit(what: "disk", needed: forecast.disk, free: free, change: forecast.diskChange)
        }
        return nil
    }

    /// What one should know about a recipe's schedule before training with it.
    static func notes(on recipe: TrainingRecipe) throws -> [String] {
        let last = try recipe.schedule.make().level(atPosition: 1)
        guard last.signal > 1e-3 else { return [] }
        return [
            String(
                format:
                    "the schedule never reaches pure noise: its last level still shows the picture (signal %.3f), while "
                    + "drawing begins without any; schedule flow has none of that (Lin et al. 2024)",
                last.signal)
        ]
    }

    /// The folder itself, or the nearest above it that is there.
    private static func nearestFolder(to url: URL) -> URL {
        var folder = url.standardizedFileURL
        while !FileManager.default.fileExists(atPath: folder.path), folder.path.count > 1 {
            folder = folder.deletingLastPathComponent()
        }
        return folder
    }
}
