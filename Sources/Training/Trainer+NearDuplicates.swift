import Recipes

extension Trainer {
    /// The sources without the pictures that look like earlier ones, where the recipe leaves such out; tells of them.
    ///
    /// How pictures look is kept in the run's folder, and for other runs beside decoded pictures where the recipe keeps these.
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
                ranks: ranks, cache: run?.dataFolder,
                shared: run == nil ? nil : recipe.data.cache.map(locate),
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
