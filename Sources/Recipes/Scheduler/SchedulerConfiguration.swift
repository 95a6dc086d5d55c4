/// A model folder's `scheduler_config.json`: how the model was trained, and how its makers draw with it.
///
/// Keys left out have the defaults of whichever class reads the file. So a file written for one solver serves every
/// other, as `OtherScheduler.from_config(pipe.scheduler.config)` does in diffusers.
public struct SchedulerConfiguration: Equatable, Sendable {
    /// The solver that the file was written for.
    public let ownClass: SchedulerClass
    /// What the file says; nil where it says nothing.
    public var written: Written
    /// True once `adjustedAsStableDiffusion()` was called.
    public private(set) var isAdjusted = false

    /// What a file says; nil where it says nothing.
    public struct Written: Equatable, Sendable {
        var timesteps: Int?
        var betaStart, betaEnd: Double?
        var betaSchedule: BetaSchedule?
        var trainedBetas: [Double]?
        var prediction: Prediction?
        var rule: Rule?
        var stepsOffset: Int?
        var rescalesToZeroSNR: Bool?
        var clipsSample: Bool?
        var clipRange: Double?
        var isThresholding: Bool?
        var thresholdingRatio, sampleMaximum: Double?
        var setsAlphaToOne: Bool?
        var skipsRungeKutta: Bool?
        var interpolation: Interpolation?
        var usesKarras, usesExponential, usesBeta, usesLu: Bool?
        var sigmaMinimum, sigmaMaximum: Double?
        var timestepType: TimestepType?
        var finalSigma: FinalSigma?
        var solverOrder: Int?
        var algorithm: Algorithm?
        var solverType: SolverType?
        var lowersOrderAtEnd, endsWithEuler: Bool?
        var clippedLogRatio: Double?
        var variance: Variance?
        var predictsSample: Bool?
        var uncorrectedSteps: [Int]?
        var originalSteps: Int?
        var timestepScaling: Double?
    }

    /// How the variances run.
    public enum BetaSchedule: String, PlainChoice, Sendable {
        /// Equal steps of beta.
        case linear
        /// Equal steps of its root.
        case scaledLinear = "scaled_linear"
        /// The squared cosine, capped.
        case cosine = "squaredcos_cap_v2"
        /// A logistic curve.
        case sigmoid
        /// alphaBar falls exponentially.
        case exponential = "exp"
        /// The log of the signal-to-noise ratio is Laplace-distributed.
        case laplace
        static let what = "beta schedule"
        /// Reads the name of a beta schedule.
        public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
    }

    /// What the network predicts, in diffusers' words.
    public enum Prediction: String, PlainChoice, Sendable {
        /// The noise.
        case epsilon
        /// The velocity.
        case velocity = "v_prediction"
        /// The clean sample.
        case sample
        /// The clean sample, by its older name.
        case originalSample = "original_sample"
        static let what = "prediction type"
        /// Reads the name of a prediction type.
        public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }

        /// The same in this project's words.
        public var target: PredictionTarget {
            switch self {
            case .epsilon: .epsilon
            case .velocity: .velocity
            case .sample, .originalSample: .sample
            }
        }
    }

    /// Which timesteps are visited.
    public enum Rule: String, PlainChoice, Sendable {
        /// Strides up from the cleanest.
        case leading
        /// Strides down from the noisiest.
        case trailing
        /// Both ends.
        case linspace
        static let what = "timestep spacing"
        /// Reads the name of a rule.
        public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
    }

    /// What lies between the sigmas of whole timesteps.
    public enum Interpolation: String, PlainChoice, Sendable {
        /// Sigma is interpolated.
        case linear
        /// All sigmas lie in equal steps of their logarithm.
        case logLinear = "log_linear"
        static let what = "interpolation type"
        /// Reads the name of an interpolation.
        public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
    }

    /// What the network is told.
    public enum TimestepType: String, PlainChoice, Sendable {
        /// A timestep of the training grid.
        case discrete
        /// A quarter of log sigma, for networks that predict velocity.
        case continuous
        static let what = "timestep type"
        /// Reads the name of a timestep type.
        public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
    }

    /// Where a walk ends.
    public enum FinalSigma: String, PlainChoice, Sendable {
        /// At the clean sample.
        case zero
        /// At the cleanest trained timestep.
        case least = "sigma_min"
        static let what = "final sigma"
        /// Reads the name of a final sigma.
        public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
    }

    /// Which equation a multistep solver solves.
    public enum Algorithm: String, PlainChoice, Sendable {
        /// DPM-Solver++, in the clean sample.
        case samplePrediction = "dpmsolver++"
        /// DPM-Solver, in the noise.
        case noisePrediction = "dpmsolver"
        /// DPM-Solver++ with fresh noise.
        case stochasticSamplePrediction = "sde-dpmsolver++"
        /// DPM-Solver with fresh noise.
        case stochasticNoisePrediction = "sde-dpmsolver"
        /// DEIS.
        case deis
        static let what = "algorithm type"
        /// Reads the name of an algorithm.
        public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
    }

    /// How a solver corrects its first-order step.
    public enum SolverType: String, PlainChoice, Sendable {
        /// With the value at the middle.
        case midpoint
        /// With the mean of both ends.
        case heun
        /// UniPC's first choice of B(h): h.
        case bh1
        /// UniPC's second choice of B(h): exp(h) − 1.
        case bh2
        /// DEIS in the logarithm of sigma.
        case logrho
        static let what = "solver type"
        /// Reads the name of a solver type.
        public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
    }

    /// How much fresh noise DDPM adds.
    public enum Variance: String, PlainChoice, Sendable {
        /// The posterior's.
        case fixedSmall = "fixed_small"
        /// The posterior's, computed by way of its logarithm.
        case fixedSmallLog = "fixed_small_log"
        /// That of the forward step.
        case fixedLarge = "fixed_large"
        /// That of the forward step, computed by way of its logarithm.
        case fixedLargeLog = "fixed_large_log"
        /// Predicted by the network.
        case learned
        /// Predicted by the network, between two bounds.
        case learnedRange = "learned_range"
        static let what = "variance type"
        /// Reads the name of a variance type.
        public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
    }

    /// The configuration as Stable Diffusion 1 and 2 pipelines of diffusers mend it: a steps offset of 1 and no clipping.
    ///
    /// The XL pipelines leave it as it is.
    public func adjustedAsStableDiffusion() -> SchedulerConfiguration {
        var adjusted = self
        adjusted.isAdjusted = true
        if written.stepsOffset != nil { adjusted.written.stepsOffset = 1 }
        if written.clipsSample == true { adjusted.written.clipsSample = false }
        return adjusted
    }

    /// Settings of this file when its own class, or another, reads it.
    public func settings(for reader: SchedulerClass? = nil) -> SchedulerSettings {
        let reader = reader ?? ownClass
        var settings = SchedulerSettings(written, reader)
        if isAdjusted && reader == ownClass { (settings.stepsOffset, settings.clipsSample) = (1, false) }
        return settings
    }
}
