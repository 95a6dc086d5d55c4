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
    /// The pictures are not those that the run was begun with.
    case dataChanged(run: URL, source: String, before: Int, now: Int)
    /// Another process trains in this folder.
    case runIsBusy(run: URL)
    /// The processes that should train together were started with different recipes.
    case ranksDiffer(rank: Int, key: String, first: String, found: String)
    /// The recipe of an adapter says something else than the model that it stands beside.
    case baseDiffers(URL, key: String, model: String, given: String)
    /// No adapter can be trained beside this model.
    case unusableBase(URL, reason: String)
    /// No module of the model has that name.
    case unknownTarget(String, nearest: [String], known: [String])

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
        case .dataChanged(let run, let source, let before, let now):
            before == now
                ? "The pictures of \(source) are not those that `\(run.path)` was begun with."
                : "`\(run.path)` was begun with \(before) pictures of \(source); there are \(now) now."
        case .runIsBusy(let run): "`\(run.path)` is in use by another process."
        case .ranksDiffer(let rank, let key, let first, let found):
            "Rank \(rank) was started with another recipe than rank 0: `\(key)` is \(found) here and \(first) there."
        case .baseDiffers(let url, let key, let model, let given):
            "`\(url.lastPathComponent)` was trained with `\(key)` \(model); the adapter's recipe says \(given)."
        case .unusableBase(let url, let reason):
            "`\(url.lastPathComponent)` is no model that an adapter can be trained beside: \(reason)"
        case .unknownTarget(let name, _, let known):
            "adapter.targets: expected names of modules, such as \(known.prefix(12).joined(separator: ", ")); "
                + "found \"\(name)\", which no module is called."
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
        case .dataChanged:
            [
                "Bring the pictures back as they were, or give another --run folder and the model so far as initialWeights.",
                "Or remove data.json from the run's folder, and go on with these pictures in another order.",
            ]
        case .ranksDiffer: ["Start every rank with the same recipe and the same --set options."]
        case .baseDiffers(_, let key, _, _):
            ["Leave `\(key)` out of the recipe: an adapter takes it from its model."]
        case .unusableBase:
            ["Give a Darkroom model, or a whole Stable Diffusion 1.x, 2.x or XL model for text to image."]
        case .unknownTarget(_, let nearest, let known):
            [
                nearest.isEmpty
                    ? "Known names: \(known.joined(separator: ", "))."
                    : "The nearest names are \(nearest.joined(separator: ", ")).",
                "Or leave targets out for the attention layers.",
            ]
        case .runIsBusy: ["Wait for the other process, or give another --run folder."]
        }
    }
}
