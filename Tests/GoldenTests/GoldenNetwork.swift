import Foundation
import Layers
import Networks
import Recipes
import Synchronization
import Tensors
import TestSupport

/// A network built from a fixture, with the fixture's inputs and what it must do with them.
struct GoldenNetwork {
    let fixture: Fixture
    let store: ParameterStore
    let text: TextTransformer
    let network: any DenoisingNetwork
    let x: Tensor

    /// The sizes that `Scripts/make-fixtures/networks.py` writes; every width differs where it may.
    enum Kind: String, CaseIterable {
        case unet
        /// Heads that read in directions, pixels that know where they are: the shipped model's options.
        case unetDirections = "unet-directions"
        case pixelTransformer = "pixel-transformer"

        var text: TextSize {
            self == .unetDirections
                ? TextSize(width: 16, layers: 2, heads: 4, tokens: 5, directions: true)
                : TextSize(width: 12, layers: 2, heads: 3, tokens: 5)
        }
        static let vectorWidth = 10
        static let resolution = 16
    }

    init(_ kind: Kind) throws {
        fixture = try Fixture(kind.rawValue, in: .module)
        store = ParameterStore(from: FixtureParameters(fixture: fixture))
        let root = ParameterScope(store)
        text = try TextTransformer(root["text"], vectorWidth: Kind.vectorWidth, size: kind.text)
        switch kind {
        case .unet:
            let size = UNetSize(
                channels: [8, 16, 12], blocks: [2, 1, 2], attention: [.none, .text, .full], heads: 2,
                patch: 2,
                text: kind.text)
            network = try UNet(root["unet"], size: size)
        case .unetDirections:
            let size = UNetSize(
                channels: [8, 12], blocks: [1, 1], attention: [.text, .full], heads: 2, patch: 2,
                text: kind.text, positions: true)
            network = try UNet(root["unet"], size: size)
        case .pixelTransformer:
            let size = TransformerSize(patch: 4, width: 16, depth: 2, heads: 2, text: kind.text)
            network = try PixelTransformer(root["transformer"], size: size, resolution: Kind.resolution)
        }
        x = try fixture.tensor("input/x").requiringGradient()
    }

    /// Runs text encoder and network on the fixture's inputs.
    func callAsFunction(_ context: ForwardContext) throws -> Tensor {
        let dropped = try fixture.tensor("input/dropped").isGreater(than: 0)
        let tokens = try text.dropping(text(fixture.tensor("input/vectors"), context), where: dropped)
        return try network(x, timestep: fixture.tensor("input/timestep"), text: tokens, context)
    }
}

/// The weights of a fixture.
struct FixtureParameters: ParameterSource {
    let fixture: Fixture
    var dtype = DType.float32

    func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        let tensor = try fixture.tensor("weight/" + path.description)
        guard tensor.shape == shape else {
            throw WrongShape(path: path, expected: shape, found: tensor.shape)
        }
        return try tensor.to(dtype)
    }

    struct WrongShape: Error {
        let path: ParameterPath
        let expected, found: [Int]
    }
}

/// Compares every activation with the fixture's and remembers what it saw.
final class ActivationChecker: Probe {
    private struct Seen {
        var order: [String] = []
        var different: [(path: String, comparison: TensorComparison)] = []
    }
    private let fixture: Fixture
    private let tolerance: Tolerance
    private let corrects: Bool
    private let seen = Mutex(Seen())

    /// A checker; with `corrects` the network goes on with the reference value after each comparison, so that every
    /// part is judged by itself and one wrong part does not make all later ones look wrong.
    init(_ fixture: Fixture, _ tolerance: Tolerance, corrects: Bool = false) {
        (self.fixture, self.tolerance, self.corrects) = (fixture, tolerance, corrects)
    }

    func visit(_ activation: Tensor, at path: ParameterPath) throws -> Tensor {
        let name = path.description
        let expected = try fixture.tensor("activation/" + name)
        let comparison = try TensorComparison(activation, expected, tolerance)
        seen.withLock {
            $0.order.append(name)
            if !comparison.isClose { $0.different.append((name, comparison)) }
        }
        guard corrects else { return activation }
        let corrected = try expected.to(activation.dtype)
        return activation.isChannelsLast ? try corrected.channelsLast() : corrected
    }

    /// The paths in the order in which they were visited.
    var order: [String] { seen.withLock { $0.order } }
    /// The first path that differs, with its worst element; nil when all agree.
    var firstDifference: String? {
        seen.withLock { $0.different.first.map { "\($0.path) \($0.comparison)" } }
    }
    /// All paths that differ, in order.
    var differences: [String] { seen.withLock { $0.different.map(\.path) } }
}
