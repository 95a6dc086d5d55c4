import Diagnostics
import Recipes
import Testing

/// The message that decoding ends with, or nil when it succeeds.
func complaint<Value: Recipe>(_ type: Value.Type, _ json: String) -> RecipeError? {
    do {
        _ = try Value.decoded(from: json)
        return nil
    } catch { return error }
}

@Suite struct StrictDecodingTests {
    @Test func unknownKeysSayWhereAndWhatIsNear() throws {
        let error = try #require(complaint(TrainingRecipe.self, #"{"learningRate": {"peek": 1e-3}}"#))
        #expect(error.summary == #"learningRate has no key "peek""#)
        #expect(error.advice[0] == #"did you mean "peak"?"#)
        #expect(error.advice[1] == "known keys: peak, warmupImages, finalFraction")
        #expect(
            complaint(TrainingRecipe.self, #"{"batchsize": 3}"#)?.advice.first
                == #"did you mean "batchSize"?"#)
        #expect(
            complaint(TrainingRecipe.self, #"{"stages": [{"untilImages": 1, "resolution": 64, "x": 1}]}"#)?
                .summary
                == #"stages[0] has no key "x""#)
    }

    @Test(arguments: [
        (#"{"batchSize": "many"}"#, #"batchSize: expected a whole number, found the text "many""#),
        (#"{"batchSize": 1.5}"#, "batchSize: expected a whole number, found 1.5"),
        (#"{"batchSize": null}"#, "batchSize: expected a whole number, found null"),
        (#"{"data": 3}"#, "data: expected an object, found 3"),
        (#"{"name": 3}"#, "name: expected text, found 3"),
        (#"{"betas": [0.9, "x"]}"#, #"betas[1]: expected a number, found the text "x""#),
        (
            #"{"samples": {"seeds": [1, 2.5]}}"#,
            "samples.seeds[1]: expected a whole number from 0 to 18446744073709551615, found 2.5"
        ),
        (#"{"learningRate": {"peak": 1e999}}"#, "learningRate.peak: expected a number, found 1e999"),
        (#"{"betas": {}}"#, "betas: expected a list, found an object"),
        (#"[]"#, "recipe: expected an object, found an empty list"),
        (
            #"{"schedule": 3}"#,
            "schedule: expected the name of a schedule, or an object with that name as its only key, found 3"
        ),
        (
            #"{"schedule": {"linear": {}, "flow": {}}}"#,
            "schedule: expected the name of a schedule, or an object with that name as its only key, found an object "
                + "with the keys linear, flow"
        ),
        (#"{"seed": -1}"#, "seed: expected a whole number from 0 to 18446744073709551615, found -1"),
        (
            #"{"seed": 18446744073709551616}"#,
            "seed: expected a whole number from 0 to 18446744073709551615, found 18446744073709551616"
        ),
    ])
    func wrongTypesSayWhatWasFound(json: String, message: String) throws {
        let error = try #require(complaint(TrainingRecipe.self, json))
        #expect(error.summary == message)
        #expect(!error.advice.isEmpty)
    }

    @Test(arguments: [
        (#"{"batchSize": 0}"#, "batchSize: expected a number from 1 to 65536, found 0"),
        (#"{"captionDropout": 1.5}"#, "captionDropout: expected a number from 0.0 to 1.0, found 1.5"),
        (
            #"{"learningRate": {"peak": -1}}"#,
            "learningRate.peak: expected a number above 0 and at most 10, found -1"
        ),
        (#"{"betas": [0.9]}"#, "betas: expected two numbers of at least 0 and below 1, found [0.9]"),
        (#"{"precision": "int8"}"#, #"precision: expected auto, fp32 or bf16, found the text "int8""#),
        (#"{"data": {"count": 0}}"#, "data.count: expected a number from 1 to 1000000000, or null, found 0"),
        (
            #"{"stages": [{"untilImages": 0, "resolution": 64}]}"#,
            "stages[0].untilImages: expected a number above 0, found 0"
        ),
    ])
    func valuesOutOfRangeSayTheRange(json: String, message: String) {
        #expect(complaint(TrainingRecipe.self, json)?.summary == message)
    }

    @Test(arguments: [
        (#"{"schedule": "cosin"}"#, #"schedule: there is no schedule "cosin""#, "cosine"),
        (#"{"target": "epsilom"}"#, #"target: there is no prediction target "epsilom""#, "epsilon"),
        (#"{"weighting": "velocty"}"#, #"weighting: there is no loss weighting "velocty""#, "velocity"),
        (
            #"{"noiseLevels": {"logitnormal2": {}}}"#,
            #"noiseLevels: there is no distribution of noise levels "logitnormal2""#, "logitNormal"
        ),
        (#"{"model": "unet-bass"}"#, #"model: there is no model "unet-bass""#, "unet-base"),
        (#"{"precision": "fp31"}"#, #"precision: there is no precision "fp31""#, "fp32"),
    ])
    func unknownChoicesSuggestTheNearest(json: String, message: String, near: String) throws {
        let error = try #require(complaint(TrainingRecipe.self, json))
        #expect(error.summary == message)
        #expect(error.advice.first?.contains("\"\(near)\"") == true)
    }

    @Test func optionsWhereThereAreNoneAreRefused() {
        #expect(
            complaint(TrainingRecipe.self, #"{"schedule": {"flow": {"shift": 3}}}"#)?.summary
                == #"schedule.flow has no key "shift""#)
        #expect(complaint(TrainingRecipe.self, #"{"schedule": {"flow": {}}}"#) == nil)
    }

    @Test func duplicateKeysAreNoticed() {
        let error = complaint(TrainingRecipe.self, "{\"seed\": 1,\n \"data\": {\"count\": 1, \"count\": 2}}")
        #expect(error == .duplicateKey(path: "data.count", line: 2))
        #expect(error?.summary == "data.count is given twice, the second time in line 2")
        #expect(error?.advice == ["keep one of the two"])
    }

    @Test(arguments: [
        ("{\"seed\": 1,}", "line 1, column 12: expected a key in double quotes, found \"}\""),
        ("{\n  seed: 1}", "line 2, column 3: expected a key in double quotes, found \"s\""),
        ("{\"seed\": }", "line 1, column 10: expected a value, found \"}\""),
        ("", "line 1, column 1: expected a value, found the end of the text"),
        ("{} {}", "line 1, column 4: expected the end of the text, found \"{\""),
        ("{\"a\": \"b", "line 1, column 9: expected a closing double quote, found the end of the text"),
        ("{\"a\": 1.}", "line 1, column 9: expected a digit, found \"}\""),
    ])
    func brokenJSONSaysLineAndColumn(json: String, message: String) throws {
        let error = try #require(complaint(TrainingRecipe.self, json))
        #expect(error.summary == message)
        #expect(!error.advice.isEmpty)
    }

    @Test func deepNestingIsAnErrorNotACrash() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(
            complaint(TrainingRecipe.self, deep)?.summary.contains("at most 64 levels of nesting") == true)
    }

    /// Whatever is wrong with a text, decoding ends with a value or a message.
    @Test(arguments: 0..<20)
    func brokenTextsNeverCrash(seed: UInt64) throws {
        let whole = try TrainingRecipe().json()
        var state = seed
        func random(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var refused = 0
        for _ in 0..<50 {
            var bytes = Array(whole.utf8)
            for _ in 0..<3 { bytes[random(below: bytes.count)] = UInt8(random(below: 256)) }
            if let error = complaint(TrainingRecipe.self, String(decoding: bytes, as: UTF8.self)) {
                refused += 1
                #expect(!error.summary.isEmpty)
            }
        }
        #expect(refused > 10)
    }

    @Test func theFileIsNamed() {
        do {
            _ = try TrainingRecipe.decoded(from: #"{"sead": 1}"#, named: "scenes.json")
            Issue.record("decoded an unknown key")
        } catch {
            #expect(error.summary == #"scenes.json: recipe has no key "sead""#)
            #expect(error.advice.first == #"did you mean "seed"?"#)
        }
    }

    @Test func missingKeysAreNamed() {
        let error = complaint(GenerationRequest.self, "{}")
        #expect(error?.summary == #"recipe needs the key "prompt": text"#)
        #expect(error?.advice == [#"add "prompt" to recipe"#])
    }
}
