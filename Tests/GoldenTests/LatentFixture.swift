import Foundation
import Layers
import Networks
import Tensors
import TestSupport

/// A network of latent diffusion from `Scripts/make-fixtures/latent_networks.py`.
struct LatentFixture {
    let fixture: Fixture
    /// The reference's `config.json`.
    let configuration: Data

    init(_ name: String) throws {
        fixture = try Fixture(name, in: .module)
        let text = fixture.metadata("fixture") ?? "{}"
        configuration = Data(try JSONDecoder().decode(About.self, from: Data(text.utf8)).config.utf8)
    }
    private struct About: Decodable { let config: String }

    func scope(_ dtype: DType = .float32) -> ParameterScope {
        ParameterScope(FixtureParameters(fixture: fixture, dtype: dtype))
    }
    func input(_ name: String) throws -> Tensor? {
        fixture.contains("input/" + name) ? try fixture.tensor("input/" + name) : nil
    }
    func output(_ name: String) throws -> Tensor { try fixture.tensor("output/" + name) }

    static let unets = [
        "unet-sd1", "unet-sd2", "unet-xl", "unet-inpaint", "unet-lcm", "unet-nested", "unet-bare",
        "unet-timestep-class", "unet-simple-class",
    ]
    static let autoencoders = ["autoencoder", "autoencoder-bare"]
    static let textEncoders = ["clip-legacy", "clip-projection"]

    func unet(_ dtype: DType = .float32) throws -> ConditionalUNet {
        try ConditionalUNet(
            scope(dtype), ConditionalUNetConfiguration(json: configuration, named: "config.json"))
    }
    /// The U-Net's prediction for the fixture's inputs.
    func predict(with unet: ConditionalUNet, _ context: ForwardContext = ForwardContext()) throws -> Tensor {
        let text = try unet.prepare(text: fixture.tensor("input/text"))
        let added = try input("time_ids").flatMap { ids in
            try input("pooled").map { AddedConditioning(timeIDs: ids, pooled: $0) }
        }
        return try unet(
            fixture.tensor("input/x"), timestep: fixture.tensor("input/timestep"), text: text, added: added,
            guidanceEmbedding: input("guidance"), labels: input("labels"), context)
    }

    func autoencoder(_ dtype: DType = .float32) throws -> KLAutoencoder {
        try KLAutoencoder(
            scope(dtype), AutoencoderConfiguration(json: configuration, named: "config.json"))
    }
    func textEncoder(_ dtype: DType = .float32) throws -> CLIPTextTransformer {
        try CLIPTextTransformer(
            scope(dtype), CLIPTextConfiguration(json: configuration, named: "config.json"))
    }
}

/// How far the range of a reference lies above the difference from it, in decibels: the peak signal-to-noise ratio.
func decibels(_ found: Tensor, _ expected: Tensor) throws -> Double {
    let error = try (found.to(.float64) - expected.to(.float64)).squared().mean().item()
    let range = try expected.maximum().item() - expected.minimum().item()
    return 10 * log10(range * range / error)
}
