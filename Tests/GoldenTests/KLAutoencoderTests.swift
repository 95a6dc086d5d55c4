import Diagnostics
import Foundation
import Layers
import Networks
import Tensors
import TestSupport
import Testing

/// The autoencoders of Stable Diffusion against diffusers.
@Suite struct KLAutoencoderTests {
    @Test(arguments: LatentFixture.autoencoders)
    func everyActivationEqualsTheReference(_ name: String) throws {
        let golden = try LatentFixture(name)
        let autoencoder = try golden.autoencoder()
        let checker = ActivationChecker(golden.fixture, .of(.float32))
        try Autograd.disabled {
            let context = ForwardContext(probe: checker)
            let gaussian = try autoencoder.encode(golden.fixture.tensor("input/picture"), context)
            let moments = try golden.output("moments").chunks(2, along: 1)
            try expectClose(gaussian.mean, moments[0], nil, "the mean")
            try expectClose(gaussian.logVariance, moments[1], nil, "the variance")
            let picture = try autoencoder.decode(golden.fixture.tensor("input/z"), context)
            try expectClose(picture, golden.output("picture"), nil, "the picture")
        }
        #expect(checker.firstDifference == nil)
        #expect(Set(checker.order) == Set(golden.fixture.names(in: "activation")))
        #expect(checker.order.count == Set(checker.order).count, "a path was visited twice")
    }

    @Test(arguments: LatentFixture.autoencoders)
    func tilesEqualTheReference(_ name: String) throws {
        let golden = try LatentFixture(name)
        let autoencoder = try golden.autoencoder()
        try Autograd.disabled {
            let z = try golden.fixture.tensor("input/large_z")
            let picture = try autoencoder.decode(z, tiling: autoencoder.tiling)
            try expectClose(picture, golden.output("tiled_picture"), nil, "the picture")
            let whole = try autoencoder.decode(z)
            #expect(try !TensorComparison(picture, whole, .of(.float32)).isClose, "there were no tiles")

            let moments = try golden.output("tiled_moments").chunks(2, along: 1)
            let gaussian = try autoencoder.encode(
                golden.fixture.tensor("input/large_picture"), tiling: autoencoder.tiling)
            try expectClose(gaussian.mean, moments[0], nil, "the mean")
            try expectClose(gaussian.logVariance, moments[1], nil, "the variance")

            // What fits into a tile is not cut.
            let small = try golden.fixture.tensor("input/z")
            try expectClose(
                autoencoder.decode(small, tiling: autoencoder.tiling), golden.output("picture"))
        }
    }

    @Test(arguments: LatentFixture.autoencoders)
    func exactlyTheParametersOfTheReferenceAreAskedFor(_ name: String) throws {
        let golden = try LatentFixture(name)
        let configuration = try AutoencoderConfiguration(json: golden.configuration, named: "config.json")
        let names = golden.fixture.names(in: "weight").sorted()
        for hasEncoder in [true, false] {
            let store = ParameterStore(from: FixtureParameters(fixture: golden.fixture))
            _ = try KLAutoencoder(ParameterScope(store), configuration, hasEncoder: hasEncoder)
            let expected = names.filter {
                hasEncoder || !$0.hasPrefix("encoder.") && !$0.hasPrefix("quant_conv.")
            }
            #expect(store.paths.map(\.description).sorted() == expected)
        }
    }

    @Test func halfThePrecisionLosesLittle() throws {
        let golden = try LatentFixture("autoencoder")
        let autoencoder = try golden.autoencoder(.bfloat16)
        try Autograd.disabled {
            let picture = try autoencoder.decode(golden.fixture.tensor("input/z"))
            #expect(picture.dtype == .float32)
            let level = try decibels(picture, golden.output("picture"))
            #expect((40..<90).contains(level), "\(level) dB")
        }
    }

    @Test func latentsAreScaledBackAndForth() throws {
        let plain = try LatentFixture("autoencoder").autoencoder()
        let z = try Tensor([1, -2, 0, 4] as [Float], shape: [1, 4, 1, 1])
        try expectClose(plain.latent(of: z), [0.18215, -0.3643, 0, 0.7286], shape: [1, 4, 1, 1])
        try expectClose(plain.encoded(of: plain.latent(of: z)), z)
        let shifted = try LatentFixture("autoencoder-bare").autoencoder()
        #expect((shifted.scalingFactor, shifted.shiftFactor) == (1.5, 0.25))
        try expectClose(shifted.latent(of: z), [1.125, -3.375, -0.375, 5.625], shape: [1, 4, 1, 1])
        try expectClose(shifted.encoded(of: shifted.latent(of: z)), z)

        let golden = try LatentFixture("autoencoder")
        let json = String(decoding: golden.configuration, as: UTF8.self)
            .replacing("\"latents_mean\": null", with: "\"latents_mean\": [0, 1, 0, 2]")
            .replacing("\"latents_std\": null", with: "\"latents_std\": [2, 1, 1, 4]")
        var statistical = try AutoencoderConfiguration(json: Data(json.utf8), named: "config.json")
        statistical.scalingFactor = 0.5
        let autoencoder = try KLAutoencoder(golden.scope(), statistical)
        try expectClose(autoencoder.latent(of: z), [0.25, -1.5, 0, 0.25], shape: [1, 4, 1, 1])
        try expectClose(autoencoder.encoded(of: autoencoder.latent(of: z)), z)
    }

    @Test func inputsThatDoNotFitAreRefused() throws {
        let golden = try LatentFixture("autoencoder")
        let half = try KLAutoencoder(
            golden.scope(), AutoencoderConfiguration(json: golden.configuration, named: "config.json"),
            hasEncoder: false)
        let error = #expect(throws: NetworkError.self) { try half.encode(.zeros([1, 3, 8, 8])) }
        #expect(error?.summary == "The network needs an encoder: it was opened for decoding only.")
        let shape = #expect(throws: NetworkError.self) { try half.decode(.zeros([1, 3, 8, 8])) }
        #expect(
            shape?.summary
                == "The network: the latent must be [batch, 4, height, width]; found [1, 3, 8, 8].")
        #expect(throws: NetworkError.self) { try golden.autoencoder().encode(.zeros([3, 8, 8])) }
    }
}
