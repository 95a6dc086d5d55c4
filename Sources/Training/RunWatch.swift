import Foundation
import Recipes

/// What is looked at and kept while a run goes on: the loss on held-out pictures, and snapshots of the averages.
struct RunWatch {
    private let recipe: TrainingRecipe
    private let examples: HostBatch?
    private let snapshots: AverageSnapshots
    private var lastLook: Int?
    private var lastSnapshot: Int?

    /// A watch over a session where it stands now.
    /// - Throws: what drawing the held-out pictures throws.
    init(_ recipe: TrainingRecipe, run: URL, captions: CaptionTokens, session: TrainingSession) throws {
        self.recipe = recipe
        snapshots = AverageSnapshots(run: run)
        examples = try recipe.heldOut.flatMap {
            try HostBatch.heldOut(recipe, count: $0.count, captions: captions)
        }
        if recipe.powerAverages != nil {
            try snapshots.prepare(after: session.imagesSeen)
            lastSnapshot = snapshots.moments.last
        }
    }

    /// Looks before the first update.
    mutating func begin(_ session: TrainingSession, _ tell: (TrainingEvent) throws -> Void) throws {
        if session.imagesSeen == 0 { try lookAtHeldOut(session, tell) }
    }

    /// Looks and keeps where the clock has passed one of the recipe's intervals.
    mutating func look(
        _ session: TrainingSession, since before: Int, _ tell: (TrainingEvent) throws -> Void
    ) throws {
        if let plan = recipe.heldOut, Trainer.crosses(plan.everyImages, before, session.imagesSeen) {
            try lookAtHeldOut(session, tell)
        }
        if let plan = recipe.powerAverages, Trainer.crosses(plan.everyImages, before, session.imagesSeen) {
            try keepAverages(session, tell)
        }
    }

    /// Looks and keeps a last time.
    mutating func end(_ session: TrainingSession, _ tell: (TrainingEvent) throws -> Void) throws {
        if lastLook != session.imagesSeen { try lookAtHeldOut(session, tell) }
        if lastSnapshot != session.imagesSeen { try keepAverages(session, tell) }
    }

    private mutating func lookAtHeldOut(
        _ session: TrainingSession, _ tell: (TrainingEvent) throws -> Void
    ) throws {
        guard let plan = recipe.heldOut, let examples else { return }
        lastLook = session.imagesSeen
        let standing = try session.heldOutLoss(examples, levels: plan.levels)
        // JSON has no words for what is not finite.
        guard standing.levels.allSatisfy({ $0.loss.isFinite && $0.error.isFinite }) else {
            return try tell(
                .skipped(
                    step: session.updates, imagesSeen: session.imagesSeen,
                    reason: "the loss on held-out pictures is not finite"))
        }
        try tell(.heldOut(standing))
    }

    private mutating func keepAverages(
        _ session: TrainingSession, _ tell: (TrainingEvent) throws -> Void
    ) throws {
        guard let plan = recipe.powerAverages else { return }
        lastSnapshot = session.imagesSeen
        let file = try snapshots.write(
            session.powers, widths: plan.sigmaRel, imagesSeen: session.imagesSeen)
        try tell(
            .averages(
                imagesSeen: session.imagesSeen, path: file.path, count: snapshots.moments.count,
                bytes: snapshots.bytes))
    }
}
