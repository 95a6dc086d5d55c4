public import Foundation

extension SchedulerConfiguration {
    /// Reads a `scheduler_config.json`.
    ///
    /// Keys that start with an underscore, keys whose value is null, and a few that no solver reads are passed over. Any
    /// other unknown key is an error, for it might change the picture.
    /// - Parameters:
    ///   - json: the file's bytes.
    ///   - name: its name, put before the message of any error.
    /// - Throws: `RecipeError` with the place of the first mistake.
    public init(json: Data, named name: String) throws(RecipeError) {
        self = try ForeignConfiguration.decoded(
            Parsed.self, from: json, named: name, ignoring: Self.harmless, allowsInfinity: true
        ).configuration
    }

    /// Keys of older files, and of newer ones for other kinds of models, that no solver here reads.
    private static let harmless: Set<String> = [
        "tensor_format", "timestep_values", "num_inference_steps", "noise_sampler_seed", "time_shift_type",
        "dtype", "torch_dtype",
    ]

    private struct Parsed: Decodable {
        let configuration: SchedulerConfiguration

        init(from decoder: any Decoder) throws {
            let fields = try StrictFields(decoder, Key.self)
            let name = try fields.required(.className, as: String.self)
            guard let ownClass = SchedulerClass(rawValue: name) else {
                throw RecipeError.unknownChoice(
                    path: fields.path(.className), what: "solver class", found: name,
                    known: SchedulerClass.allCases.map(\.rawValue))
            }
            try Self.refuse(fields)
            configuration = SchedulerConfiguration(
                ownClass: ownClass, written: try Written(fields))
        }

        /// Refuses values under which a model is drawn with mathematics that is not here.
        private static func refuse(_ fields: StrictFields<Key>) throws {
            for key in [Key.usesFlow, .usesDynamicShifting, .predictsEpsilonNot] {
                let harmless = key == .predictsEpsilonNot
                guard try fields.value(key, or: harmless) == harmless else {
                    throw fields.outOfRange(key, "\(harmless), as other solvers are not supported")
                }
            }
        }
    }

    /// The keys that mean something, by their names in the file.
    enum Key: String, CodingKey, CaseIterable {
        case className = "_class_name"
        case timesteps = "num_train_timesteps"
        case betaStart = "beta_start"
        case betaEnd = "beta_end"
        case betaSchedule = "beta_schedule"
        case trainedBetas = "trained_betas"
        case prediction = "prediction_type"
        case rule = "timestep_spacing"
        case stepsOffset = "steps_offset"
        case rescalesToZeroSNR = "rescale_betas_zero_snr"
        case clipsSample = "clip_sample"
        case clipRange = "clip_sample_range"
        case isThresholding = "thresholding"
        case thresholdingRatio = "dynamic_thresholding_ratio"
        case sampleMaximum = "sample_max_value"
        case setsAlphaToOne = "set_alpha_to_one"
        case skipsRungeKutta = "skip_prk_steps"
        case interpolation = "interpolation_type"
        case usesKarras = "use_karras_sigmas"
        case usesExponential = "use_exponential_sigmas"
        case usesBeta = "use_beta_sigmas"
        case usesLu = "use_lu_lambdas"
        case usesFlow = "use_flow_sigmas"
        case flowShift = "flow_shift"
        case usesDynamicShifting = "use_dynamic_shifting"
        case sigmaMinimum = "sigma_min"
        case sigmaMaximum = "sigma_max"
        case timestepType = "timestep_type"
        case finalSigma = "final_sigmas_type"
        case solverOrder = "solver_order"
        case algorithm = "algorithm_type"
        case solverType = "solver_type"
        case lowersOrderAtEnd = "lower_order_final"
        case endsWithEuler = "euler_at_final"
        case clippedLogRatio = "lambda_min_clipped"
        case variance = "variance_type"
        case predictsSample = "predict_x0"
        case uncorrectedSteps = "disable_corrector"
        case originalSteps = "original_inference_steps"
        case timestepScaling = "timestep_scaling"
        case predictsEpsilonNot = "predict_epsilon"
    }
}

extension SchedulerConfiguration.Written {
    init(_ fields: StrictFields<SchedulerConfiguration.Key>) throws {
        timesteps = try fields.optional(.timesteps, in: 2...100_000)
        betaStart = try fields.optional(.betaStart, in: 1e-9...0.999)
        betaEnd = try fields.optional(.betaEnd, in: 1e-9...0.999)
        betaSchedule = try fields.optional(.betaSchedule)
        trainedBetas = try fields.optional(.trainedBetas)
        if let betas = trainedBetas, !(2...100_000).contains(betas.count) {
            throw fields.outOfRange(.trainedBetas, "a list of 2 to 100000 variances")
        }
        prediction = try fields.optional(.prediction)
        rule = try fields.optional(.rule)
        stepsOffset = try fields.optional(.stepsOffset, in: 0...100_000)
        rescalesToZeroSNR = try fields.optional(.rescalesToZeroSNR)
        clipsSample = try fields.optional(.clipsSample)
        clipRange = try fields.optional(.clipRange, in: 1e-9...1e9)
        isThresholding = try fields.optional(.isThresholding)
        thresholdingRatio = try fields.optional(.thresholdingRatio, in: 0...1)
        sampleMaximum = try fields.optional(.sampleMaximum, in: 1...1e9)
        setsAlphaToOne = try fields.optional(.setsAlphaToOne)
        skipsRungeKutta = try fields.optional(.skipsRungeKutta)
        interpolation = try fields.optional(.interpolation)
        usesKarras = try fields.optional(.usesKarras)
        usesExponential = try fields.optional(.usesExponential)
        usesBeta = try fields.optional(.usesBeta)
        usesLu = try fields.optional(.usesLu)
        sigmaMinimum = try fields.optional(.sigmaMinimum, in: 1e-9...1e6)
        sigmaMaximum = try fields.optional(.sigmaMaximum, in: 1e-9...1e6)
        timestepType = try fields.optional(.timestepType)
        finalSigma = try fields.optional(.finalSigma)
        solverOrder = try fields.optional(.solverOrder, in: 1...3)
        algorithm = try fields.optional(.algorithm)
        solverType = try fields.optional(.solverType)
        lowersOrderAtEnd = try fields.optional(.lowersOrderAtEnd)
        endsWithEuler = try fields.optional(.endsWithEuler)
        clippedLogRatio = try fields.optional(.clippedLogRatio, as: LowerBound.self)?.value
        variance = try fields.optional(.variance)
        predictsSample = try fields.optional(.predictsSample)
        uncorrectedSteps = try fields.optional(.uncorrectedSteps)
        originalSteps = try fields.optional(.originalSteps, in: 1...100_000)
        timestepScaling = try fields.optional(.timestepScaling, in: 0...1e9)
        let ramps = [usesKarras, usesExponential, usesBeta].filter { $0 == true }
        guard ramps.count <= 1 else {
            throw fields.contradiction(
                .usesKarras, "more than one of Karras, exponential and beta sigmas is switched on",
                "leave only one of them true")
        }
    }

    /// A number, or the `-Infinity` that Python writes for "no bound".
    private struct LowerBound: Decodable {
        let value: Double?
        init(from decoder: any Decoder) throws {
            if case .number("-Infinity")? = (decoder as? JSONTreeDecoder)?.tree {
                value = nil
            } else {
                value = try decoder.singleValueContainer().decode(Double.self)
            }
        }
    }
}
