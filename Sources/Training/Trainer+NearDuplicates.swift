import Recipes

extension Trainer {
    /// The batches without the pictures that look like earlier ones, where the recipe leaves such out; tells of them.
    func withoutNearDuplicates(
        _ batches: TrainingBatches, _ isCancelled: () -> Bool, _ tell: (TrainingEvent) throws -> Void,
        onProgress: (TrainingEvent) throws -> Void
    ) throws -> TrainingBatches {
        let search = batches.nearDuplicateSearch(recipe)
        guard !search.isEmpty else { return batches }
        var told = ContinuousClock.now
        let findings: NearDuplicateSearch.Findings
        do {
            findings = try search.findings(
                ranks: ranks, cache: run?.dataFolder, isCancelled: isCancelled
            ) { done, total in
                guard ContinuousClock.now - told > .seconds(Self.reportInterval) else { return }
                told = .now
                try onProgress(.looking(pictures: done, total: total))
            }
        } catch is CancellationError {
            ranks.leave()
            throw CancellationError()
        }
        if !findings.groups.isEmpty { try tell(search.event(findings)) }
        return try batches.leavingOut(findings.leftOut)
    }
}
