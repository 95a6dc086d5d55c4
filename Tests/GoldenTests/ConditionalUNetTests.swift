import Diagnostics
import Layers
import Networks
import Tensors
import TestSupport
import Testing

/// The U-Nets of Stable Diffusion against diffusers.
@Suite struct ConditionalUNetTests {
    @Test(arguments: LatentFixture.unets)
    func everyActivationEqualsTheReference(_ name: String) throws {
        let golden = try LatentFixture(name)
        let checker = ActivationChecker(golden.fixture, .of(.float32))
        let output = try Autograd.disabled {
            try golden.predict(with: golden.unet(), ForwardContext(probe: checker))
        }
        #expect(checker.firstDifference == nil)
        #expect(Set(checker.order) == Set(golden.fixture.names(in: "activation")))
        #expect(checker.order.count == Set(checker.order).count, "a path was visited twice")
        try expectClose(output, golden.output("sample"), nil, "the prediction")
    }

    @Test(arguments: LatentFixture.unets)
    func exactlyTheParametersOfTheReferenceAreAskedFor(_ name: String) throws {
        let golden = try LatentFixture(name)
        let store = ParameterStore(from: FixtureParameters(fixture: golden.fixture))
        _ = try ConditionalUNet(
            ParameterScope(store),
            ConditionalUNetConfiguration(json: golden.configuration, named: "config.json"))
        #expect(store.paths.map(\.description).sorted() == golden.fixture.names(in: "weight").sorted())
    }

    @Test(arguments: ["unet-sd1", "unet-sd2", "unet-xl", "unet-inpaint", "unet-lcm"])
    func halfThePrecisionLosesLittle(_ name: String) throws {
        let golden = try LatentFixture(name)
        let output = try Autograd.disabled { try golden.predict(with: golden.unet(.bfloat16)) }
        #expect(output.dtype == .float32, "the prediction has the type of the latent")
        let level = try decibels(output, golden.output("sample"))
        #expect((40..<90).contains(level), "\(level) dB")
    }

    /// Each picture of a batch is drawn as it would be alone.
    @Test func picturesOfABatchDoNotMix() throws {
        let golden = try LatentFixture("unet-xl")
        let unet = try golden.unet()
        let fixture = golden.fixture
        func second(_ name: String) throws -> Tensor { try fixture.tensor("input/" + name).slice(1..<2) }
        let alone = try Autograd.disabled {
            try unet(
                second("x"), timestep: second("timestep"), text: unet.prepare(text: second("text")),
                added: AddedConditioning(timeIDs: second("time_ids"), pooled: second("pooled")))
        }
        try expectClose(alone, golden.output("sample").slice(1..<2))
    }

    @Test func oneTimestepServesAll() throws {
        let golden = try LatentFixture("unet-simple-class")
        let unet = try golden.unet()
        let x = try golden.fixture.tensor("input/x")
        let text = try unet.prepare(text: golden.fixture.tensor("input/text"))
        let labels = try golden.input("labels")
        let one = try unet(x, timestep: .full([1], 7), text: text, labels: labels)
        try expectClose(one, unet(x, timestep: .full([2], 7), text: text, labels: labels))
    }

    @Test func inputsThatDoNotFitAreRefused() throws {
        let unet = try LatentFixture("unet-sd1").unet()
        let text = try unet.prepare(text: .zeros([2, 5, 10]))
        let (x, timestep) = try (Tensor.zeros([2, 4, 8, 8]), Tensor.zeros([2]))
        func message(_ body: () throws -> Tensor) -> String {
            do { return "\(try body().shape)" } catch { return "\(error)" }
        }
        #expect(message { try unet(x, timestep: timestep, text: text) } == "[2, 4, 8, 8]")
        #expect(
            message { try unet(.zeros([2, 9, 8, 8]), timestep: timestep, text: text) }
                == "The network: the latent must be [batch, 4, height, width]; found [2, 9, 8, 8].\n"
                + "  → Check that text encoders, U-Net and autoencoder are of one model family.")
        #expect(
            message { try unet(x, timestep: .zeros([3]), text: text) }
                .hasPrefix("The network: the timestep must be [2] or [1]; found [3]."))
        #expect(
            message { try unet(.zeros([1, 4, 8, 8]), timestep: .zeros([1]), text: text) }
                .hasPrefix("The network: the text must be one a latent, [1, …]; found [2]."))
        #expect(
            message {
                _ = try unet.prepare(text: .zeros([2, 5, 12]))
                return x
            }.hasPrefix("The network: the text must be [batch, tokens, 10]; found [2, 5, 12]."))
        #expect(
            message { try unet(x, timestep: timestep, text: text, guidanceEmbedding: timestep) }
                == "The network cannot use a guidance embedding: it was not distilled with guidance inside.\n"
                + "  → Leave out a guidance embedding.")
        #expect(
            message { try unet(x, timestep: timestep, text: text, labels: timestep) }
                .hasPrefix("The network cannot use labels: it was trained without."))
        let added = AddedConditioning(timeIDs: timestep, pooled: timestep)
        #expect(
            message { try unet(x, timestep: timestep, text: text, added: added) }
                .hasPrefix("The network cannot use a pooled text and picture sizes"))
        let other = try LatentFixture("unet-simple-class").unet().prepare(text: .zeros([2, 5, 10]))
        #expect(
            message { try unet(x, timestep: timestep, text: other) }
                == "`down_blocks.0.attentions.0.transformer_blocks.0.attn2`: the text was prepared by another "
                + "network.\n  → Prepare the text with the network that reads it.")
    }

    @Test func whatXLNeedsIsAskedFor() throws {
        let golden = try LatentFixture("unet-xl")
        let unet = try golden.unet()
        #expect(unet.configuration.added?.timeIDCount(pooledWidth: 6) == 6)
        #expect(unet.configuration.added?.timeIDCount(pooledWidth: 7) == nil)
        let text = try unet.prepare(text: .zeros([1, 5, 10]))
        func predict(_ added: AddedConditioning?) throws -> Tensor {
            try unet(.zeros([1, 4, 4, 4]), timestep: .zeros([1]), text: text, added: added)
        }
        #expect(
            throws: NetworkError.missingInput(
                .root, "the pooled text and the picture's sizes", why: "it was trained with them")
        ) { try predict(nil) }
        let error = #expect(throws: NetworkError.self) {
            try predict(AddedConditioning(timeIDs: .zeros([1, 5]), pooled: .zeros([1, 6])))
        }
        #expect(error?.summary == "The network: the picture's sizes must be [1, 6]; found [1, 5].")
        #expect(throws: NetworkError.self) {
            try predict(AddedConditioning(timeIDs: .zeros([1, 6]), pooled: .zeros([1, 7])))
        }
    }
}
