import Foundation
import Recipes

extension Trainer {
    /// The session at the last good state, with half the learning rate of the one that failed.
    ///
    /// What the failed stretch left behind goes: checkpoints and snapshots after the moment gone back to.
    /// - Throws: `TrainingError.diverged` when the recipe allows no further rollback.
    func rolledBack(
        _ failed: TrainingSession, _ tell: (TrainingEvent) throws -> Void
    ) throws -> TrainingSession {
        guard failed.rollbacks < recipe.rollback.most else {
            throw TrainingError.diverged(
                imagesSeen: failed.imagesSeen, skipped: failed.skippedInARow, rollbacks: failed.rollbacks)
        }
        let session = try resumedSession { folder in
            ((try? TrainingSession.Clock(of: folder))?.skippedInARow ?? 0) == 0
        }
        try run?.discardCheckpoints(after: session.imagesSeen)
        session.rollbacks = failed.rollbacks + 1
        try tell(
            .rolledBack(
                imagesSeen: failed.imagesSeen, to: session.imagesSeen,
                learningRateScale: session.learningRateScale, count: session.rollbacks))
        return session
    }
}
