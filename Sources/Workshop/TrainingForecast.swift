import Foundation

/// What a training run will take, known before it begins.
public struct TrainingForecast: Codable, Equatable, Sendable {
    /// Trained parameters.
    public var parameters: Int
    /// Images of a pass, of an update, and in all.
    public var batchSize: Int
    /// See `batchSize`.
    public var imagesPerUpdate: Int
    /// See `batchSize`.
    public var totalImages: Int
    /// Pixels a side, of the stage that takes most.
    public var resolution: Int
    /// Bytes that the process takes whatever the batch.
    public var fixedMemory: Int
    /// Bytes that each image of a pass adds.
    public var memoryPerImage: Int
    /// Bytes of memory that could be had; nil where the system does not say.
    public var freeMemory: Int?
    /// Seconds to learn from an image, and to draw one on the thread beside.
    public var learningSecondsPerImage: Double?
    /// See `learningSecondsPerImage`.
    public var dataSecondsPerImage: Double?
    /// Bytes of one checkpoint, and how many are kept.
    public var checkpointBytes: Int
    /// See `checkpointBytes`.
    public var keepCheckpoints: Int
    /// Bytes of one snapshot of the averages, and images between two; nil without snapshots.
    public var snapshotBytes: Int?
    /// See `snapshotBytes`.
    public var imagesPerSnapshot: Int?
    /// Bytes of the models at the end, at most.
    public var modelBytes: Int
    /// Bytes that may still be written to the run's disk; nil where the system does not say.
    public var freeDisk: Int?
    /// Bytes that decoded pictures take, about, in the folder that the recipe names; nil where it keeps none.
    ///
    /// When there is no room for them, training goes on without.
    public var cacheBytes: Int?
    /// Bytes that may still be written to that folder's disk; nil where the system does not say.
    public var freeCacheDisk: Int?
    /// Bytes that what is kept of latents takes, about, in the folder that the recipe names; nil where it keeps none.
    ///
    /// When there is no room for them, training goes on without.
    public var latentCacheBytes: Int?
    /// Bytes that may still be written to that folder's disk; nil where the system does not say.
    public var freeLatentCacheDisk: Int?
    /// Remarks about the recipe.
    public var notes: [String]
    /// True when blocks compute their activations again in the backward pass.
    public var recomputes = false

    /// The share of free memory that a plan may use.
    static let memoryMargin = 0.95

    /// Bytes of memory at the peak.
    public var memory: Int { memory(batchSize: batchSize) }

    /// Snapshots until the end.
    public var snapshots: Int { imagesPerSnapshot.map { (totalImages + $0 - 1) / max(1, $0) } ?? 0 }

    /// Bytes on the disk at the peak: a new checkpoint is whole before an old one goes.
    public var disk: Int { disk(keeping: keepCheckpoints, snapshots: snapshots) }

    /// Seconds for a million images, the slower of learning and drawing.
    public var secondsPerMillionImages: Double? {
        guard let learningSecondsPerImage, let dataSecondsPerImage else { return nil }
        return 1e6 * max(learningSecondsPerImage, dataSecondsPerImage)
    }

    /// Seconds for the whole run.
    public var totalSeconds: Double? { secondsPerMillionImages.map { $0 * Double(totalImages) / 1e6 } }

    /// True when memory is there for it, as far as the system says.
    public var fitsMemory: Bool {
        freeMemory.map { Double(memory) <= Self.memoryMargin * Double($0) } ?? true
    }

    /// True when there is room on the disk, as far as the system says.
    public var fitsDisk: Bool { freeDisk.map { disk <= $0 } ?? true }

    /// The cheapest change that makes room in memory: smaller passes, added up to the same update.
    public var memoryChange: [String] {
        guard !fitsMemory, let freeMemory else { return [] }
        var (size, passes) = (batchSize, 1)
        while size > 1, Double(memory(batchSize: size)) > Self.memoryMargin * Double(freeMemory) {
            passes *= 2
            size = (batchSize + passes - 1) / passes
        }
        let recomputing =
            "--set gradientCheckpointing=true: less memory an image, for about a quarter more time; --plan says how much"
        guard Double(memory(batchSize: size)) <= Self.memoryMargin * Double(freeMemory) else {
            // What blocks keep is most of what an image takes; parameters and optimiser stay.
            return
                (recomputes || Double(fixedMemory) > Self.memoryMargin * Double(freeMemory)
                ? [] : [recomputing])
                + ["a smaller network, or pictures of fewer pixels: one image alone does not fit"]
        }
        let accumulate = (imagesPerUpdate + size - 1) / size
        return [
            "--set batchSize=\(size) --set accumulate=\(accumulate): the same weights up to rounding, in smaller passes"
        ] + (recomputes ? [] : [recomputing])
    }

    /// The cheapest change that makes room on the disk.
    public var diskChange: [String] {
        guard !fitsDisk, let freeDisk else { return [] }
        for keeping in stride(from: keepCheckpoints - 1, through: 1, by: -1)
        where disk(keeping: keeping, snapshots: snapshots) <= freeDisk {
            return ["--set keepCheckpoints=\(keeping): older checkpoints go sooner"]
        }
        guard let snapshotBytes, let imagesPerSnapshot, snapshotBytes > 0 else {
            return ["a run folder on another disk (--run)"]
        }
        let room = (freeDisk - disk(keeping: keepCheckpoints, snapshots: 0)) / snapshotBytes
        guard room >= 2 else { return ["a run folder on another disk (--run)"] }
        let interval = max(imagesPerSnapshot, (totalImages + room - 1) / room)
        return ["--set powerAverages.everyImages=\(interval): fewer snapshots of the averages"]
    }

    private func memory(batchSize: Int) -> Int {
        let (product, overflow) = memoryPerImage.multipliedReportingOverflow(by: batchSize)
        return overflow ? .max : fixedMemory &+ product < fixedMemory ? .max : fixedMemory + product
    }
    private func disk(keeping: Int, snapshots: Int) -> Int {
        (keeping + 1) * checkpointBytes + snapshots * (snapshotBytes ?? 0) + modelBytes
    }
}
