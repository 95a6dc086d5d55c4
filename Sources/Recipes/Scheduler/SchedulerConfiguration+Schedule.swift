extension SchedulerConfiguration {
    /// The schedule that the file describes, as recipes name it; nil where they have no name for it.
    public var schedule: ScheduleChoice? {
        let settings = settings()
        guard settings.trainedBetas == nil else { return nil }
        let betas = ScheduleChoice.Betas(
            betaStart: settings.betaStart, betaEnd: settings.betaEnd, timesteps: settings.timesteps,
            zeroTerminalSNR: settings.rescalesToZeroSNR)
        switch settings.betaSchedule {
        case .linear: return .linear(betas)
        case .scaledLinear: return .scaledLinear(betas)
        case .cosine: return settings.rescalesToZeroSNR ? nil : .cosine(timesteps: settings.timesteps)
        case .sigmoid, .exponential, .laplace: return nil
        }
    }
}
