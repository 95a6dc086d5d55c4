import Recipes

extension Trainer {
    /// The sources without the pictures that look like earlier ones, where the recipe leaves such out; tells of them.
    ///
    /// How pictures look is kept beside decoded pictures where the recipe keeps these, for other runs, or else in the run's
    /// folder.
    func withoutNearDuplicates(
        _ sources: TrainingSources, _ isCancelled: () -> Bool, _ tell: (TrainingEvent) throws -> Void,
        onProgress: (TrainingEvent) throws -> Void
    ) throws -> TrainingSources {
        let search = sources.nearDuplicateSearch
        guard !search.isEmpty else { return sources }
        var told = ContinuousClock.now
        let findings: NearDuplicateSearch.Findings
        do {
            findings = try search.findings(
                ranks: ranks, cache: run.map { recipe.data.cache.map(locate) ?? $0.dataFolder },
                isCancelled: isCancelled
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
        return try sources.leavingOut(findings.leftOut)
    }
}
