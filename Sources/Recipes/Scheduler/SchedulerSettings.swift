/// A `scheduler_config.json` with the defaults of the class that reads it filled in.
public struct SchedulerSettings: Equatable, Sendable {
    /// The class that reads the file.
    public let reader: SchedulerClass
    /// The number of trained timesteps.
    public var timesteps: Int
    /// The first variance.
    public var betaStart: Double
    /// The last variance.
    public var betaEnd: Double
    /// How the variances run from first to last.
    public var betaSchedule: SchedulerConfiguration.BetaSchedule
    /// The variances themselves, in place of the three above.
    public var trainedBetas: [Double]?
    /// What the network predicts.
    public var target: PredictionTarget
    /// Which timesteps are visited.
    public var rule: SchedulerConfiguration.Rule
    /// Added to the timesteps of the rule `leading`.
    public var stepsOffset: Int
    /// Stretches the variances until nothing of the sample is left.
    public var rescalesToZeroSNR: Bool
    /// Clamps the estimate of the clean sample to ± `clipRange`.
    public var clipsSample: Bool
    /// The bound of clamping.
    public var clipRange: Double
    /// Clamps the estimate to a quantile of itself.
    public var isThresholding: Bool
    /// The quantile.
    public var thresholdingRatio: Double
    /// The greatest bound of thresholding.
    public var sampleMaximum: Double
    /// Ends the walk at the clean sample, not at the cleanest trained timestep.
    public var setsAlphaToOne: Bool
    /// Starts PNDM with its pseudo-improved Euler step in place of Runge–Kutta.
    public var skipsRungeKutta: Bool
    /// What lies between the sigmas of whole timesteps.
    public var interpolation: SchedulerConfiguration.Interpolation
    /// A way through the sigmas in place of the rule's timesteps.
    public var ramp: Ramp?
    /// A spacing that a user chose and no file can name.
    public var spacing: SpacingChoice?
    /// The least sigma of the ramp, if not that of the schedule.
    public var sigmaMinimum: Double?
    /// The greatest sigma of the ramp, if not that of the schedule.
    public var sigmaMaximum: Double?
    /// What the network is told.
    public var timestepType: SchedulerConfiguration.TimestepType
    /// Where the walk ends.
    public var finalSigma: SchedulerConfiguration.FinalSigma
    /// The order of a multistep solver.
    public var solverOrder: Int
    /// Which equation it solves.
    public var algorithm: SchedulerConfiguration.Algorithm
    /// How it corrects.
    public var solverType: SchedulerConfiguration.SolverType
    /// Lowers the order at the end of short walks.
    public var lowersOrderAtEnd: Bool
    /// Takes a first-order step at the end.
    public var endsWithEuler: Bool
    /// The least log of signal / noise that is visited.
    public var clippedLogRatio: Double?
    /// DDPM's fresh noise.
    public var variance: SchedulerConfiguration.Variance
    /// Solves in the clean sample, not in the noise.
    public var predictsSample: Bool
    /// Steps after which UniPC does not correct.
    public var uncorrectedSteps: [Int]
    /// The steps that a consistency model was distilled from.
    public var originalSteps: Int
    /// A consistency model's factor of the timestep.
    public var timestepScaling: Double

    /// Ways through the sigmas that take the place of a rule.
    public enum Ramp: Equatable, Sendable {
        /// Karras et al.'s.
        case karras
        /// Equal steps of the logarithm.
        case exponential
        /// Quantiles of a beta distribution.
        case beta
        /// Equal steps of the logarithm of signal / noise, as Lu et al.
        case lu
    }

    init(_ written: SchedulerConfiguration.Written, _ reader: SchedulerClass) {
        self.reader = reader
        let isLatecomer = [.heun, .dpm2, .dpm2Ancestral, .dpmSDE, .lcm, .tcd].contains(reader)
        let isConsistency = reader == .lcm || reader == .tcd
        timesteps = written.timesteps ?? 1000
        betaStart = written.betaStart ?? (isLatecomer ? 0.00085 : 1e-4)
        betaEnd = written.betaEnd ?? (isLatecomer ? 0.012 : 0.02)
        betaSchedule = written.betaSchedule ?? (isConsistency ? .scaledLinear : .linear)
        trainedBetas = written.trainedBetas
        target = (written.prediction ?? .epsilon).target
        let rule = written.rule ?? (reader.walksWholeTimesteps ? .leading : .linspace)
        self.rule = reader == .dpmSinglestep ? .linspace : rule
        stepsOffset = written.stepsOffset ?? 0
        rescalesToZeroSNR = written.rescalesToZeroSNR ?? false
        clipsSample = written.clipsSample ?? (reader == .ddim || reader == .ddpm)
        clipRange = written.clipRange ?? 1
        isThresholding = written.isThresholding ?? false
        thresholdingRatio = written.thresholdingRatio ?? 0.995
        sampleMaximum = written.sampleMaximum ?? 1
        setsAlphaToOne = written.setsAlphaToOne ?? (reader != .pndm)
        skipsRungeKutta = written.skipsRungeKutta ?? false
        interpolation = written.interpolation ?? .linear
        ramp =
            if written.usesKarras == true {
                .karras
            } else if written.usesLu == true && reader == .dpmMultistep {
                .lu
            } else if written.usesExponential == true { .exponential } else if written.usesBeta == true {
                .beta
            } else { nil }
        (sigmaMinimum, sigmaMaximum) = (written.sigmaMinimum, written.sigmaMaximum)
        timestepType = written.timestepType ?? .discrete
        finalSigma = written.finalSigma ?? .zero
        solverOrder = written.solverOrder ?? 2
        algorithm = written.algorithm ?? .samplePrediction
        solverType = written.solverType ?? .midpoint
        lowersOrderAtEnd = written.lowersOrderAtEnd ?? (reader != .dpmSinglestep)
        endsWithEuler = written.endsWithEuler ?? false
        clippedLogRatio = written.clippedLogRatio
        variance = written.variance ?? .fixedSmall
        predictsSample = written.predictsSample ?? true
        uncorrectedSteps = written.uncorrectedSteps ?? []
        originalSteps = written.originalSteps ?? 50
        timestepScaling = written.timestepScaling ?? 10
        if reader == .ddim || reader == .ddpm || reader == .pndm || isConsistency || reader == .eulerAncestral
        {
            ramp = nil
        }
    }
}
