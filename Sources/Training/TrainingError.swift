public import Diagnostics
public import Foundation

/// What can stop a training run.
public enum TrainingError: ActionableError, Equatable {
    /// The run folder belongs to another recipe.
    case recipeDiffers(run: URL, key: String, stored: String, given: String)
    /// A file of the run cannot be read.
    case unreadable(file: URL, reason: String)
    /// The network's loss stays not finite.
    case diverged(imagesSeen: Int, skipped: Int, rollbacks: Int)
    /// There is nothing to reconstruct an average from.
    case noSnapshots(folder: URL, imagesSeen: Int?, found: [Int])
    /// A caption store gave pictures of another size than the recipe says.
    case badExample(index: Int, reason: String)
    /// Another process trains in this folder.
    case runIsBusy(run: URL)

    /// One sentence: what, where, expected, found.
    public var summary: String {
        switch self {
        case .recipeDiffers(let run, let key, let stored, let given):
            "`\(run.path)` was begun with another recipe: `\(key)` is \(stored) there and \(given) now."
        case .unreadable(let file, let reason): "`\(file.path)` cannot be read: \(reason)"
        case .diverged(let imagesSeen, let skipped, let rollbacks):
            "Training diverged after \(imagesSeen) images: \(skipped) updates in a row were not finite"
                + (rollbacks == 0
                    ? "."
                    : ", also after going back \(rollbacks) times with half the learning rate each time.")
        case .noSnapshots(let folder, let imagesSeen, let found):
            "`\(folder.path)`: expected snapshots of averages"
                + (imagesSeen.map { " up to \($0) images" } ?? "") + ", found "
                + (found.isEmpty
                    ? "none."
                    : "\(found.count) from \(found.first ?? 0) to \(found.last ?? 0) images.")
        case .badExample(let index, let reason): "Example \(index) cannot be used: \(reason)"
        case .runIsBusy(let run): "`\(run.path)` is in use by another process."
        }
    }

    /// What to do, best first.
    public var advice: [String] {
        switch self {
        case .recipeDiffers:
            [
                "Give another --run folder, or the recipe that the run was begun with (`recipe.json` in the folder)."
            ]
        case .unreadable: ["Remove the file if it is damaged; the checkpoint before it is still good."]
        case .diverged: ["Lower learningRate.peak, or train with \"precision\": \"fp32\"."]
        case .noSnapshots(_, _, let found):
            found.isEmpty
                ? ["Train with \"powerAverages\": {} in the recipe; only then snapshots are kept."]
                : ["Ask for a later moment."]
        case .badExample: ["Check the data set."]
        case .runIsBusy: ["Wait for the other process, or give another --run folder."]
        }
    }
}
