import Diagnostics
import Layers
import Networks
import Tensors
import TestSupport
import Testing

/// The text encoders of Stable Diffusion against transformers.
@Suite struct CLIPTextTests {
    @Test(arguments: LatentFixture.textEncoders)
    func everyActivationEqualsTheReference(_ name: String) throws {
        let golden = try LatentFixture(name)
        let checker = ActivationChecker(golden.fixture, .of(.float32))
        let ids = try golden.fixture.tensor("input/ids")
        let output = try Autograd.disabled {
            try golden.textEncoder()(ids, ForwardContext(probe: checker))
        }
        #expect(checker.firstDifference == nil)
        #expect(Set(checker.order) == Set(golden.fixture.names(in: "activation")))
        #expect(checker.order.count == Set(checker.order).count, "a path was visited twice")
        #expect(output.hiddenStates.count == 4)
        for (index, state) in output.hiddenStates.enumerated() {
            try expectClose(state, golden.output("hidden.\(index)"), nil, "state \(index)")
        }
        try expectClose(output.last, golden.output("last"), nil, "the last state")
        try expectClose(output.pooled, golden.output("pooled"), nil, "the pooled text")
        #expect((output.projected != nil) == golden.fixture.contains("output/projected"))
        if let projected = output.projected {
            try expectClose(projected, golden.output("projected"), nil, "the projected text")
        }
    }

    @Test(arguments: LatentFixture.textEncoders)
    func exactlyTheParametersOfTheReferenceAreAskedFor(_ name: String) throws {
        let golden = try LatentFixture(name)
        let store = ParameterStore(from: FixtureParameters(fixture: golden.fixture))
        _ = try CLIPTextTransformer(
            ParameterScope(store), CLIPTextConfiguration(json: golden.configuration, named: "config.json"))
        #expect(store.paths.map(\.description).sorted() == golden.fixture.names(in: "weight").sorted())
    }

    /// With gradients recorded attention takes another way, to the same numbers.
    @Test func recordingGradientsChangesNothing() throws {
        let golden = try LatentFixture("clip-legacy")
        let store = ParameterStore(from: FixtureParameters(fixture: golden.fixture))
        let encoder = try CLIPTextTransformer(
            ParameterScope(store), CLIPTextConfiguration(json: golden.configuration, named: "config.json"))
        let last = try encoder(golden.fixture.tensor("input/ids")).last
        #expect(last.requiresGradient)
        try expectClose(last.detached(), golden.output("last"))
    }

    @Test(arguments: LatentFixture.textEncoders)
    func halfThePrecisionLosesLittle(_ name: String) throws {
        let golden = try LatentFixture(name)
        let output = try Autograd.disabled {
            try golden.textEncoder(.bfloat16)(golden.fixture.tensor("input/ids"))
        }
        let level = try decibels(output.last, golden.output("last"))
        #expect((40..<90).contains(level), "\(level) dB")
    }

    @Test func theFinalNormServesEarlierStates() throws {
        let encoder = try LatentFixture("clip-legacy").textEncoder()
        let output = try encoder(.indices([28, 3, 29], shape: [1, 3]))
        try expectClose(encoder.finalNorm(output.hiddenStates[3]), output.last)
    }

    @Test func addedTokensFollowTheKnownOnes() throws {
        let encoder = try LatentFixture("clip-projection").textEncoder()
        let width = encoder.configuration.width
        // The vector of a known token under a new id says what the known one says.
        let known = try encoder(.indices([28, 5, 6, 29], shape: [1, 4]))
        let table = try LatentFixture("clip-projection").fixture
            .tensor("weight/text_model.embeddings.token_embedding.weight").to(.float32)
        let longer = try encoder.addingTokens(table.slice(5..<7))
        #expect(longer.configuration.vocabulary == 32)
        let added = try longer(.indices([28, 30, 31, 29], shape: [1, 4]))
        try expectClose(added.last, known.last)
        try expectClose(added.pooled, known.pooled)
        #expect(throws: TensorError.self) { try encoder(.indices([28, 30, 29], shape: [1, 3])) }
        let error = #expect(throws: NetworkError.self) { try encoder.addingTokens(.zeros([1, 3])) }
        #expect(
            error?.summary
                == "The network: an added token's vector must be [count, \(width)]; found [1, 3].")
    }

    @Test func textsThatAreTooLongAreRefused() throws {
        let encoder = try LatentFixture("clip-legacy").textEncoder()
        let error = #expect(throws: NetworkError.self) {
            try encoder(.indices(Array(repeating: 1, count: 9), shape: [1, 9]))
        }
        #expect(error?.summary == "The network: the tokens must be [batch, 1…8]; found [1, 9].")
    }
}
