import Foundation
import Recipes
import Testing

@Suite struct SchedulerConfigurationTests {
    private func configuration(_ json: String) throws -> SchedulerConfiguration {
        try SchedulerConfiguration(json: Data(json.utf8), named: "scheduler_config.json")
    }
    private func complaint(_ json: String) -> RecipeError? {
        do { _ = try configuration(json) } catch { return error as? RecipeError }
        return nil
    }

    @Test func theFileOfStableDiffusionIsRead() throws {
        let read = try configuration(
            #"""
            {"_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_end": 0.012,
             "beta_schedule": "scaled_linear", "beta_start": 0.00085, "num_train_timesteps": 1000,
             "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1, "trained_betas": null,
             "clip_sample": false, "lambda_min_clipped": -Infinity, "tensor_format": "pt"}
            """#)
        #expect(read.ownClass == .pndm)
        let settings = read.settings()
        #expect(
            settings.betaSchedule == .scaledLinear && settings.stepsOffset == 1 && settings.rule == .leading)
        #expect(settings.skipsRungeKutta && !settings.setsAlphaToOne && settings.clippedLogRatio == nil)
        #expect(settings.target == .epsilon)
    }

    /// What a file leaves out has the defaults of the class that reads it.
    @Test func everyReaderHasItsOwnDefaults() throws {
        let bare = try configuration(#"{"_class_name": "DDIMScheduler"}"#)
        #expect(bare.settings().rule == .leading && bare.settings(for: .euler).rule == .linspace)
        #expect(bare.settings().clipsSample && !bare.settings(for: .heun).clipsSample)
        #expect(bare.settings().betaEnd == 0.02 && bare.settings(for: .heun).betaEnd == 0.012)
        #expect(bare.settings().setsAlphaToOne && !bare.settings(for: .pndm).setsAlphaToOne)
        #expect(bare.settings(for: .lcm).betaSchedule == .scaledLinear)
    }

    /// The mending of old files reaches other readers only where the file itself says something.
    @Test func pipelinesMendOldFiles() throws {
        let bare = try configuration(#"{"_class_name": "DDIMScheduler"}"#).adjustedAsStableDiffusion()
        #expect(bare.settings().stepsOffset == 1 && !bare.settings().clipsSample)
        #expect(bare.settings(for: .euler).stepsOffset == 0 && bare.settings(for: .ddpm).clipsSample)
        let said = try configuration(
            #"{"_class_name": "DDIMScheduler", "steps_offset": 0, "clip_sample": true}"#
        ).adjustedAsStableDiffusion()
        #expect(said.settings(for: .euler).stepsOffset == 1 && !said.settings(for: .ddpm).clipsSample)
    }

    @Test func unknownKeysAreErrorsUnlessTheySayNothing() {
        let error = complaint(#"{"_class_name": "DDIMScheduler", "step_offset": 1}"#)
        #expect(error?.summary == #"scheduler_config.json: the configuration has no key "step_offset""#)
        #expect(error?.advice.first == #"did you mean "steps_offset"?"#)
        #expect(complaint(#"{"_class_name": "DDIMScheduler", "step_offset": null, "_made_by": 1}"#) == nil)
    }

    @Test func unknownClassesGetTheNearest() {
        let error = complaint(#"{"_class_name": "DDIMSchedular"}"#)
        #expect(
            error?.summary == #"scheduler_config.json: _class_name: there is no solver class "DDIMSchedular""#
        )
        #expect(error?.advice.first?.contains("DDIMScheduler") == true)
        #expect(complaint("{}")?.summary.contains(#"needs the key "_class_name""#) == true)
    }

    @Test(arguments: [
        (#""prediction_type": "v_predict""#, #"prediction_type: there is no prediction type "v_predict""#),
        (#""beta_end": 7"#, "beta_end: expected a number from 1e-09 to 0.999, or null, found 7"),
        (#""solver_order": 4"#, "solver_order: expected a number from 1 to 3, or null, found 4"),
        (#""use_flow_sigmas": true"#, "use_flow_sigmas: expected false, as other solvers are not supported"),
        (#""trained_betas": [0.1]"#, "trained_betas: expected a list of 2 to 100000 variances"),
        (#""use_karras_sigmas": true, "use_beta_sigmas": true"#, "more than one of Karras"),
        (#""steps_offset": "one""#, "steps_offset: expected a whole number"),
        (#""beta_start": -Infinity"#, "beta_start"),
    ])
    func valuesThatCannotBeAreNamed(member: String, message: String) {
        let error = complaint(#"{"_class_name": "DDIMScheduler", \#(member)}"#)
        #expect(error?.summary.contains(message) == true, "\(String(describing: error?.summary))")
    }

    @Test func whatIsNoJSONIsRefused() {
        for text in ["", "[", "[]", "3", "{\"a\"", "{\"_class_name\": 3}"] { #expect(complaint(text) != nil) }
        #expect(throws: RecipeError.self) {
            try SchedulerConfiguration(json: Data([0xFF, 0xFE, 0x00]), named: "x")
        }
    }
}

@Suite struct SpacingChoiceTests {
    @Test func everySamplerAndSpacingIsFoundByEachOfItsNames() throws {
        #expect(Set(SamplerChoice.ids).count == SamplerChoice.all.count && SamplerChoice.all.count == 21)
        for choice in SamplerChoice.all {
            #expect(
                try SamplerChoice(named: choice.id) == choice && SamplerChoice(named: choice.label) == choice)
            #expect(try SamplerChoice(named: choice.label + " Karras") == choice)
            let request = GenerationRequest(prompt: "x", sampler: choice)
            #expect(try GenerationRequest.decoded(from: request.json()) == request)
        }
        for (name, choice) in [
            ("EulerAncestralDiscreteScheduler", .eulerAncestral(eta: 1)), ("LMSDiscreteScheduler", .lms),
            ("KDPM2DiscreteScheduler", .dpm2), ("DPMSolverSDEScheduler", .dpmppSDE), ("uni_pc", .unipc),
            ("UniPCMultistepScheduler", .unipc), ("DPM++ 2M SDE Exponential", .dpmpp2MSDE), ("PLMS", .pndm),
        ] as [(String, SamplerChoice)] {
            #expect(try SamplerChoice(named: name) == choice)
        }
        for choice in SpacingChoice.all {
            #expect(try SpacingChoice(named: choice.id.uppercased()) == choice)
            if let label = choice.label { #expect(try SpacingChoice(named: label) == choice) }
            let request = GenerationRequest(prompt: "x", spacing: choice)
            #expect(try GenerationRequest.decoded(from: request.json()) == request)
        }
        #expect(SpacingChoice(impliedBySampler: "DPM++ 2M SDE Exponential") == .exponential)
        #expect(SpacingChoice(impliedBySampler: "DPM++ 2M Polyexponential") == .polyexponential)
    }

    @Test func sigmasOfOnesOwn() throws {
        #expect(try SpacingChoice(sigmas: "14.6, 3,0.5,0") == .sigmas([14.6, 3, 0.5, 0]))
        for text in ["", "3", "1,2", "3,x", "3,3", "3,-1", "inf,1", "nan,1"] {
            #expect(throws: RecipeError.self) { try SpacingChoice(sigmas: text) }
        }
        let request = GenerationRequest(prompt: "x", spacing: .sigmas([3, 1, 0]))
        #expect(try GenerationRequest.decoded(from: request.json()) == request)
        #expect(throws: RecipeError.self) {
            try GenerationRequest.decoded(from: #"{"prompt": "x", "spacing": {"sigmas": [1, 2]}}"#)
        }
        #expect(throws: RecipeError.self) {
            try GenerationRequest.decoded(from: #"{"prompt": "x", "spacing": "sigmas"}"#)
        }
    }
}
