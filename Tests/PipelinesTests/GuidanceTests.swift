import Diffusion
import Images
import NoiseSchedules
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

extension PipelineTests {
    @Suite struct GuidanceOfPipelines {
        private func request(_ guidance: GuidanceChoice) -> GenerationRequest {
            GenerationRequest(prompt: "a red cube", guidance: guidance, steps: 4, seeds: [3])
        }

        @Test func everyWishIsHeard() throws {
            let pipeline = try DarkroomModels().pipeline()
            var seen = [try pipeline.generate(request(.init(scale: 3)))[0]]
            let choices: [GuidanceChoice] = [
                .init(scale: 1), .init(scale: 3, rescale: 0.7), .init(scale: 3, schedule: .linear),
                .init(scale: 3, schedule: .cosine), .init(scale: 3, method: .projected(.init())),
                .init(scale: 3, method: .projected(.init(threshold: 0.5))),
                .init(scale: 3, method: .optimizedScale(zeroSteps: 0)),
                .init(scale: 3, method: .optimizedScale(zeroSteps: 1)),
            ]
            for choice in choices {
                let image = try pipeline.generate(request(choice))[0]
                #expect(!seen.contains(image), "\(choice)")
                #expect(try pipeline.generate(request(choice))[0] == image, "\(choice)")
                seen.append(image)
            }
        }

        @Test func aShiftChangesTheLevelsAndTheirTimesteps() throws {
            let pipeline = try DarkroomModels().pipeline()
            var request = request(.init(scale: 1))
            let plain = try pipeline.plan(request)
            #expect(plain.levels.map(\.noise) == [1, 0.75, 0.5, 0.25, 0])
            request.flowShift = .factor(3)
            let shifted = try pipeline.plan(request)
            #expect(abs(shifted.levels[2].noise - 0.75) < 1e-12 && abs(shifted.timesteps[2] - 750) < 1e-9)
            request.flowShift = .resolution
            #expect(try pipeline.plan(request).levels == plain.levels)
            (request.width, request.height) = (32, 32)
            #expect(try abs(pipeline.plan(request).levels[2].noise - 2.0 / 3) < 1e-12)
        }

        @Test func aGuideSteersAndIsNotAskedAtScaleOne() throws {
            let (model, other) = try (DarkroomModels().pipeline(), DarkroomModels().pipeline(seed: 4))
            let alone = try model.generate(request(.init(scale: 1)))[0]
            let pair = try model.autoguided(by: other)
            let guided = try pair.generate(request(.init(scale: 2)))[0]
            #expect(guided != alone)
            #expect(try pair.generate(request(.init()))[0] == guided, "2 is the default")
            #expect(try pair.generate(request(.init(scale: 1)))[0] == alone)
            // A guide that knows as much has nothing to say.
            #expect(try model.autoguided(by: model).generate(request(.init(scale: 5)))[0] == alone)
            // By hand: one step from pure noise goes to guide + scale · (model − guide).
            var first = request(.init(scale: 3))
            first.steps = 1
            let both = try [model, other].map { pipeline in
                var plain = first
                plain.guidance.scale = 1
                return try pipeline.prepared(plain).latent(seed: 3)
            }
            let latent = try pair.prepared(first).latent(seed: 3)
            try expectClose(
                latent, both[1] + (both[0] - both[1]) * 3, Tolerance(relative: 1e-4, absolute: 1e-4), "latent"
            )
        }

        @Test func stableDiffusionTakesAGuideToo() throws {
            let model = try TinyModels.pipeline("sd1")
            let other = try TinyModels.pipeline("sd1", .bf16)
            let alone = try model.generate(request(.init(scale: 1)))[0]
            #expect(try model.autoguided(by: model).generate(request(.init(scale: 4)))[0] == alone)
            #expect(try model.autoguided(by: other).generate(request(.init(scale: 4)))[0] != alone)
        }

        @Test func projectionOfEverythingIsPlainGuidance() throws {
            let pipeline = try TinyModels.pipeline("sd1")
            let plain = try pipeline.prepared(request(.init(scale: 5))).latent(seed: 3)
            let projected = try pipeline.prepared(request(.init(scale: 5, method: .projected(.none))))
                .latent(seed: 3)
            try expectClose(projected, plain, Tolerance(relative: 1e-3, absolute: 1e-3), "latent")
        }

        @Test func whatAGuideCannotDoIsRefused() throws {
            let model = try DarkroomModels().pipeline()
            let pair = try model.autoguided(by: model)
            var wish = request(.init(scale: 2, negativePrompt: "snow"))
            let negative = PipelineError.unsupported("--negative-prompt", family: "A model with a guide")
            #expect(throws: negative) { try pair.generate(wish) }
            wish = request(.init(scale: 2))
            wish.hires = .init()
            let second = PipelineError.unsupported("--hires-scale", family: "A model with a guide")
            #expect(throws: second) { try pair.generate(wish) }
            #expect(throws: PipelineError.unusableModel(reason: "its guide is of another family")) {
                try model.autoguided(by: TinyModels.pipeline("sd1"))
            }
            let (small, large) = try (TinyModels.pipeline("sd1"), TinyModels.pipeline("xl"))
            #expect(throws: Never.self) { try small.autoguided(by: large) }
        }
    }
}
