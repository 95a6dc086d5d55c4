import Recipes
import Testing

@Suite struct TrainingRecipeTests {
    @Test func anEmptyObjectIsTheDefaultRecipe() throws {
        #expect(try TrainingRecipe.decoded(from: "{}") == TrainingRecipe())
    }

    @Test func theResolvedRecipeSpellsOutEverythingAndReadsBack() throws {
        var recipe = TrainingRecipe()
        recipe.seed = .max
        recipe.schedule = .linear(.init(betaStart: 1e-3, betaEnd: 0.03, timesteps: 500))
        recipe.target = .epsilon
        recipe.weighting = .minSNR(gamma: 4)
        recipe.noiseLevels = .logNormal(mean: -1.2, deviation: 1.2)
        recipe.model = .pixelTransformer(.init(depth: 3))
        recipe.stages = [
            .init(untilImages: 10, resolution: 32, batchSize: 8), .init(untilImages: 20, resolution: 64),
        ]
        recipe.initialWeights = "old.safetensors"
        let text = try recipe.json()
        #expect(try TrainingRecipe.decoded(from: text) == recipe)
        #expect(try TrainingRecipe.decoded(from: recipe.json(pretty: false)) == recipe)
        #expect(text.contains("\"seed\": 18446744073709551615"))
        #expect(text.contains("\"betaEnd\": 0.03"))
        let usual = try TrainingRecipe().json()
        for key in [
            "name", "warmupImages", "rampShare", "twoObjects", "tokens", "keepCheckpoints", "guidanceScale",
        ] {
            #expect(usual.contains("\"\(key)\""), "\(key)")
        }
        #expect(usual.contains("\"initialWeights\": null"))
        #expect(
            usual.hasPrefix(
                "{\n  \"name\": \"untitled\",\n  \"seed\": 0,\n  \"data\": {\n    \"resolution\": 64"))
    }

    @Test func averagesAreOneObjectOrAList() throws {
        let one = try TrainingRecipe.decoded(from: #"{"average": {"halfLifeImages": 500}}"#)
        #expect(one.averages.list.count == 1 && one.averages.list[0].halfLifeImages == 500)
        #expect(try one.json().contains("\"average\": {"))
        #expect(try one.applying(overrides: ["average.rampShare=0.5"]).averages.list[0].rampShare == 0.5)
        let two = try TrainingRecipe.decoded(
            from: #"{"average": [{"halfLifeImages": 500}, {"halfLifeImages": 9000, "rampShare": 1}]}"#)
        #expect(two.averages.list.map(\.halfLifeImages) == [500, 9000])
        #expect(try TrainingRecipe.decoded(from: two.json()) == two)
        #expect(
            complaint(TrainingRecipe.self, #"{"average": []}"#)?.summary
                == "average: expected 1 to 8 averages, found 0")
        #expect(
            complaint(TrainingRecipe.self, #"{"average": [{"halfLife": 3}]}"#)?.summary.contains("halfLife")
                == true)
    }

    @Test func whatMakesTrainingSafeReadsBack() throws {
        let text = """
            {"accumulate": 4, "noiseOffset": 0.1, "powerAverages": {"sigmaRel": [0.05, 0.1, 0.2]},
             "heldOut": {"levels": 5}, "rollback": {"most": 0}, "weighting": {"p2": {"gamma": 0.5}}}
            """
        let recipe = try TrainingRecipe.decoded(from: text)
        #expect(recipe.accumulate == 4 && recipe.noiseOffset == 0.1 && recipe.rollback.most == 0)
        #expect(recipe.powerAverages?.sigmaRel == [0.05, 0.1, 0.2] && recipe.heldOut?.levels == 5)
        #expect(recipe.weighting == .p2(gamma: 0.5, k: 1))
        #expect(try TrainingRecipe.decoded(from: recipe.json()) == recipe)
        for weighting in [LossWeighting.softMinSNR(gamma: 4), .p2(gamma: 1, k: 2), .edm(sigmaData: 0.7)] {
            var other = recipe
            other.weighting = weighting
            #expect(try TrainingRecipe.decoded(from: other.json()) == other)
        }
        let named = try TrainingRecipe.decoded(from: #"{"weighting": "edm"}"#)
        #expect(named.weighting == .edm(sigmaData: 0.5))
    }

    @Test(arguments: [
        (#"{"accumulate": 0}"#, "accumulate: expected a number from 1 to 4096, found 0"),
        (
            #"{"powerAverages": {"sigmaRel": [0.1, 0.1]}}"#,
            "powerAverages.sigmaRel: expected 1 to 8 different numbers from 0.01 to 0.28, found [0.1, 0.1]"
        ),
        (#"{"heldOut": {"levels": 0}}"#, "heldOut.levels: expected a number from 1 to 100, found 0"),
        (
            #"{"rollback": {"afterSkipped": 0}}"#,
            "rollback.afterSkipped: expected a number from 1 to 1000000, found 0"
        ),
    ])
    func unsafeNumbersAreRefused(json: String, summary: String) throws {
        #expect(complaint(TrainingRecipe.self, json)?.summary == summary)
    }

    @Test func eventsReadBack() throws {
        let look = HeldOutLoss(
            imagesSeen: 5,
            levels: [.init(noiseShare: 0.25, loss: 1, error: 2), .init(noiseShare: 0.75, loss: 3, error: 6)])
        #expect(look.loss == 2 && look.error == 4)
        for event in [
            TrainingEvent.heldOut(look), .averages(imagesSeen: 8, path: "a", count: 2, bytes: 900),
            .rolledBack(imagesSeen: 9, to: 4, learningRateScale: 0.5, count: 1),
            .note(text: "the disk is full"),
        ] {
            #expect(try TrainingEvent(json: event.json()) == event)
        }
    }

    @Test func everyPresetIsASoundModel() throws {
        for (name, model) in ModelChoice.presets {
            var recipe = try TrainingRecipe.decoded(from: #"{"model": "\#(name)"}"#)
            #expect(recipe.model == model)
            recipe.name = name
            #expect(try TrainingRecipe.decoded(from: recipe.json()).model == model, "\(name)")
        }
    }

    @Test func scenesKeepOnlyTheStylesNamed() throws {
        let recipe = try TrainingRecipe.decoded(from: #"{"data": {"styles": {"photo": 1}}}"#)
        #expect(recipe.data.scenes?.styles.photo == 1 && recipe.data.scenes?.styles.cartoon == 0)
        #expect(
            complaint(TrainingRecipe.self, #"{"data": {"styles": {"photo": 0}}}"#)?.summary
                == "data.styles.photo: all styles have weight 0")
    }

    @Test(arguments: [
        (#"{"target": "epsilon"}"#, "target: at the end of the flow schedule"),
        (#"{"data": {"resolution": 60}}"#, "model: the network needs sides that are multiples of 8"),
        (#"{"stages": [{"untilImages": 9, "resolution": 36}]}"#, "model: the network needs sides"),
        (
            #"{"stages": [{"untilImages": 9, "resolution": 32}, {"untilImages": 9, "resolution": 64}]}"#,
            "stages: untilImages goes from 9 to 9"
        ),
        (
            #"{"model": {"unet": {"channels": [64, 128], "blocks": [1]}}}"#,
            "model.unet.blocks: expected 2 entries"
        ),
        (#"{"model": {"unet": {"heads": 5}}}"#, "model.unet.heads: 5 heads do not divide 128 channels"),
        (#"{"model": {"unet": {"text": {"heads": 3}}}}"#, "model.unet.text.heads: 3 heads do not divide"),
        (
            #"{"model": {"pixelTransformer": {"heads": 3}}}"#,
            "model.pixelTransformer.heads: 3 heads do not divide"
        ),
        (
            #"{"schedule": {"linear": {"betaStart": 0.5}}}"#,
            "schedule.linear: betaStart 0.5 is above betaEnd 0.02"
        ),
    ])
    func contradictionsAreTold(json: String, beginning: String) throws {
        let error = try #require(complaint(TrainingRecipe.self, json))
        #expect(error.summary.hasPrefix(beginning), "\(error.summary)")
        #expect(!error.advice.isEmpty)
    }

    @Test func listsFollowTheChannels() throws {
        let recipe = try TrainingRecipe.decoded(from: #"{"model": {"unet": {"channels": [64, 128]}}}"#)
        guard case .unet(let size) = recipe.model else {
            Issue.record("not a U-Net")
            return
        }
        #expect(size.blocks == Array(UNetSize().blocks.prefix(2)))
        #expect(size.attention == Array(UNetSize().attention.prefix(2)))
        #expect(size.sizeMultiple == 4)
    }

    @Test func stagesFollowTheClock() {
        var recipe = TrainingRecipe()
        #expect(recipe.stage(at: 5).resolution == 64 && recipe.stage(at: 5).batchSize == 32)
        recipe.stages = [
            .init(untilImages: 10, resolution: 32, batchSize: 64),
            .init(untilImages: 20, resolution: 64, learningRateScale: 0.5),
        ]
        #expect(recipe.stage(at: 9) == recipe.stages[0])
        for imagesSeen in [10, 99] {
            let stage = recipe.stage(at: imagesSeen)
            #expect(stage.resolution == 64 && stage.batchSize == 32 && stage.learningRateScale == 0.5)
        }
    }
}

@Suite struct OverrideTests {
    @Test func overridesReachEveryDepth() throws {
        let recipe = try TrainingRecipe().applying(overrides: [
            "learningRate.peak=3e-4", "totalImages=2e6", "seed=18446744073709551615", "name=true",
            "data.count=500",
            #"noiseLevels={"logNormal": {"mean": -1}}"#, "schedule=cosine", "target=velocity",
            "samples.seeds=[4, 5]", "samples.prompts[1]=a green cube", "initialWeights=old model.safetensors",
            "model.unet.text.layers=3",
        ])
        #expect(recipe.learningRate.peak == 3e-4)
        #expect(recipe.seed == .max && recipe.totalImages == 2_000_000)
        #expect(recipe.name == "true")
        #expect(recipe.data.scenes?.count == 500)
        #expect(recipe.noiseLevels == .logNormal(mean: -1, deviation: 1))
        #expect(recipe.schedule == .cosine(timesteps: 1000) && recipe.target == .velocity)
        #expect(recipe.samples.seeds == [4, 5])
        #expect(recipe.samples.prompts[1] == "a green cube")
        #expect(recipe.initialWeights == "old model.safetensors")
        #expect(try recipe.applying(overrides: ["initialWeights=null"]).initialWeights == nil)
        #expect(try recipe.applying(overrides: []) == recipe)
        guard case .unet(let size) = recipe.model else { throw RecipeError.malformedOverride(text: "") }
        #expect(size.text.layers == 3)
    }

    @Test(arguments: [
        ("learningRate.peek=1", #"learningRate has no key "peek""#, #"did you mean "peak"?"#),
        ("lerningRate.peak=1", #"recipe has no key "lerningRate""#, #"did you mean "learningRate"?"#),
        (
            "seed", #"expected an override of the form key=value, found "seed""#,
            "write, for example, learningRate.peak=3e-4"
        ),
        (
            "=3", #"expected an override of the form key=value, found "=3""#,
            "write, for example, learningRate.peak=3e-4"
        ),
        ("betas[2]=3", "betas: expected an index below 2, found [2]", "change the value of betas"),
        (
            "batchSize=lots", #"batchSize: expected a whole number, found the text "lots""#,
            "change the value of batchSize"
        ),
        (
            "betas[x]=3", #"expected an override of the form key=value, found "betas[x]=3""#,
            "write, for example, learningRate.peak=3e-4"
        ),
    ])
    func mistakesTeach(override: String, message: String, advice: String) {
        do {
            _ = try TrainingRecipe().applying(overrides: [override])
            Issue.record("applied \(override)")
        } catch {
            #expect(error.summary == message)
            #expect(error.advice.first == advice)
        }
    }

    @Test func aKeyBelowASingleValueIsADeadEnd() {
        do {
            _ = try TrainingRecipe().applying(overrides: ["seed.low=1"])
            Issue.record("applied a key below a number")
        } catch {
            #expect(error.summary == #"seed is a single value and has no key "low""#)
            #expect(error.advice.isEmpty)
        }
    }
}
