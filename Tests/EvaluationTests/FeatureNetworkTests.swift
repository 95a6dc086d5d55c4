import Checkpoints
import Diagnostics
import Foundation
import Images
import Layers
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Evaluation

/// The network of FD-ENL0 against the reference, `Scripts/make-fixtures/feature_networks.py`.
@Suite struct FeatureNetworkTests {
    private static let size = EfficientNetLite.Size(stem: 4, stages: [2, 4, 6, 10, 14, 24, 40], head: 160)
    private let fixture: Fixture
    private let weights: URL

    init() throws {
        fixture = try Fixture("efficientnet-tiny", in: .module)
        weights = try #require(
            Bundle.module.url(forResource: "Fixtures/efficientnet-tiny", withExtension: "pth"))
    }

    /// Keeps what a network shows.
    private final class Recorder: Probe {
        private let seen = Mutex<[String: Tensor]>([:])
        var activations: [String: Tensor] { seen.withLock { $0 } }

        func visit(_ activation: Tensor, at path: ParameterPath) -> Tensor {
            seen.withLock { $0[path.description] = activation }
            return activation
        }
    }

    @Test func everyActivationEqualsTheReference() throws {
        let network = try EfficientNetLite(ParameterScope(Checkpoint.ofAnyFormat(weights)), size: Self.size)
        let recorder = Recorder()
        _ = try Autograd.disabled {
            try network.features(fixture.tensor("input/x"), ForwardContext(probe: recorder))
        }
        let names = fixture.names(in: "activation")
        #expect(names.count == 10 && Set(recorder.activations.keys) == Set(names))
        for name in names {
            let found = try #require(recorder.activations[name])
            let expected = try fixture.tensor("activation/" + name)
            #expect(found.shape == expected.shape, "\(name)")
            try expectClose(found.contiguous(), expected, nil, "\(name)")
        }
    }

    /// A picture whose numbers the script computes by the same formula.
    private static func picture() throws -> Image {
        var samples: [UInt8] = []
        for y in 0..<224 {
            for x in 0..<224 {
                let isLight = (x / 28 + y / 28).isMultiple(of: 2)
                samples.append(UInt8(40 + (x * x + y * y) / 640))
                samples.append(UInt8(40 + (2 * x + y) % 160))
                samples.append(isLight ? 200 : 55)
            }
        }
        return try Image(width: 224, height: 224, channels: 3, pixels: samples)
    }

    @Test func aPictureIsReadAsTheReferenceDoes() throws {
        let picture = try Self.picture()
        let reader = try FeatureReader(opening: weights, size: Self.size, on: .cpu)
        let features = try reader.features(of: [picture, picture])
        #expect(features.shape == [2, 160])
        let difference = try Self.difference(features.slice(1..<2), fixture.tensor("output/features"))
        #expect(difference < 1e-3, "\(difference)")
        #expect(throws: EvaluationError.self) { try reader.features(of: []) }
    }

    @Test func aSmallPictureIsEnlargedInOneWay() throws {
        let reader = try FeatureReader(opening: weights, size: Self.size, on: .cpu)
        // Rough, so that methods differ.
        var rough: [UInt8] = []
        for spot in 0..<64 * 64 {
            rough.append(UInt8(spot * 37 % 256))
            rough.append(UInt8(spot * spot % 251))
            rough.append(UInt8(spot / 64 * 91 % 256))
        }
        let small = try Image(width: 64, height: 64, channels: 3, pixels: rough)
        func enlarged(_ method: ResizeMethod) throws -> Image {
            try small.resized(width: 224, height: 224, method: method)
        }
        let features = try reader.features(of: [small])
        #expect(try Self.difference(features, reader.features(of: [enlarged(.bicubic)])) < 1e-6)
        #expect(try Self.difference(features, reader.features(of: [enlarged(.lanczos)])) > 1e-5)
    }

    /// The length of the difference as a share of the expected one.
    private static func difference(_ found: Tensor, _ expected: Tensor) throws -> Double {
        let (off, length) = try ((found - expected).squared().sum().item(), expected.squared().sum().item())
        return (off / length).squareRoot()
    }

    /// The weights that bootstrap brings, where it has run.
    private static let packaged =
        (ProcessInfo.processInfo.environment["DARKROOM_FEATURES"].map { URL(filePath: $0) }
        ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.deps/efficientnet"))
        .appending(path: "efficientnet-lite0.pth").standardizedFileURL

    @Test(.enabled(if: FileManager.default.fileExists(atPath: packaged.path)))
    func thePackagedNetworkSeesWhatTheReferenceSees() throws {
        let reader = try FeatureReader(opening: Self.packaged, on: .cpu)
        let features = try reader.features(of: [Self.picture()])
        #expect(features.shape == [1, 1280])
        let difference = try Self.difference(features, fixture.tensor("output/packaged"))
        #expect(difference < 1e-3, "\(difference)")
    }

    @Test func anotherNetworkIsRefused() throws {
        #expect(throws: CheckpointError.self) { try FeatureReader(opening: weights, on: .cpu) }
    }
}
