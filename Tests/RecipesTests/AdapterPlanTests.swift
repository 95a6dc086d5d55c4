import Recipes
import Testing

@Suite struct AdapterPlanTests {
    private func recipe(_ adapter: String) throws -> TrainingRecipe {
        try TrainingRecipe.decoded(from: #"{"initialWeights": "m", "adapter": "# + adapter + "}")
    }

    @Test func defaultsAndEverythingReadBack() throws {
        let usual = try #require(try recipe("{}").adapter)
        #expect(usual == AdapterPlan())
        #expect(usual.rank == 16 && usual.alpha == 16 && usual.targets == .attention && usual.dropout == 0)
        // alpha follows the rank, so that what is added is not scaled.
        #expect(try recipe(#"{"rank": 4}"#).adapter?.alpha == 4)
        for text in [
            #"{"rank": 8, "alpha": 16, "targets": ["to_q", "to_v"], "dropout": 0.1, "keys": "peft"}"#,
            #"{"targets": "all-linear", "keys": "kohya"}"#, "{}",
        ] {
            let given = try recipe(text)
            #expect(try TrainingRecipe.decoded(from: given.json()) == given, "\(text)")
        }
        #expect(try recipe(#"{"targets": ["to_q", "to_v"]}"#).adapter?.targets == .named(["to_q", "to_v"]))
        let keeping = try TrainingRecipe.decoded(
            from: #"{"initialWeights": "m", "adapter": {}, "data": {"folder": "photos"}}"#
        ).applying(overrides: ["data.latentCache=kept"])
        #expect(keeping.data.latentCache == "kept")
        #expect(try TrainingRecipe.decoded(from: keeping.json()) == keeping)
        #expect(try recipe("{}").applying(overrides: ["adapter.rank=32"]).adapter?.rank == 32)
    }

    @Test(arguments: [
        (#"{"rnak": 4}"#, "rank"), (#"{"rank": 0}"#, "adapter.rank"), (#"{"alpha": -1}"#, "adapter.alpha"),
        (#"{"dropout": 1}"#, "below 1"), (#"{"targets": []}"#, "adapter.targets"),
        (#"{"targets": "all_linear"}"#, "all-linear"), (#"{"keys": "kohja"}"#, "kohya"),
    ])
    func mistakesTeach(text: String, word: String) {
        let error = #expect(throws: RecipeError.self) { try recipe(text) }
        let told = (error.map { [$0.summary] + $0.advice } ?? []).joined(separator: " ")
        #expect(told.contains(word), "\(told)")
    }

    @Test func anAdapterNeedsAModelAndTrainsNothingElse() {
        for text in [
            #"{"adapter": {}}"#, #"{"data": {"folder": "p", "latentCache": "kept"}}"#,
            #"{"initialWeights": "m", "adapter": {}, "powerAverages": {}}"#,
            #"{"initialWeights": "m", "adapter": {}, "captionReading": {}}"#,
        ] {
            #expect(throws: RecipeError.self, "\(text)") { try TrainingRecipe.decoded(from: text) }
        }
    }
}
