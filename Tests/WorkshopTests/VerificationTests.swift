import Diagnostics
import Foundation
import Images
import ModelSupport
import Recipes
import Testing

@testable import Workshop

@Suite struct VerificationTests {
    private let folder: TemporaryFolder
    private let workshop: Workshop

    init() throws {
        folder = try TemporaryFolder()
        workshop = try TinyModel.workshop(in: folder)
    }

    /// Draws `x.png` and gives its bytes and what stands in it.
    @discardableResult
    private func drawn(
        _ sampler: SamplerChoice? = nil
    ) async throws -> (image: Image, text: [String: String]) {
        let request = GenerationRequest(
            prompt: "a red sphere", steps: 3, seeds: [5], sampler: sampler, precision: .fp32,
            outputs: GenerationOutputs(pictures: "x.png"))
        _ = try await workshop.draw(workshop.resolved(request))
        return (
            try Image(contentsOf: folder.file("x.png")),
            try ImageMetadata.read(contentsOf: folder.file("x.png")).text
        )
    }

    private func write(_ image: Image, _ text: [String: String]) throws {
        try image.pngData(metadata: text).write(to: folder.file("x.png"))
    }

    private func verify(_ model: String? = nil) async throws -> VerificationReport {
        try await workshop.verify(VerificationRequest(picture: "x.png", model: model))
    }

    /// The record with one of its values changed.
    private func changed(_ text: [String: String], _ key: String, _ value: Any) throws -> [String: String] {
        let record = try #require(text["darkroom"])
        var object = try #require(
            JSONSerialization.jsonObject(with: Data(record.utf8)) as? [String: Any])
        object[key] = value
        let bytes = try JSONSerialization.data(withJSONObject: object)
        return text.merging(["darkroom": String(decoding: bytes, as: UTF8.self)]) { _, new in new }
    }

    @Test func whatWasDrawnIsDrawnAgain() async throws {
        try await drawn()
        let report = try await verify()
        #expect(report.verdict == .identical && report.largestDifference == 0 && report.decibels == nil)
        #expect(report.seed == 5 && report.steps == 3 && report.model.name == "tiny")
        #expect(folder.names.filter { $0.hasSuffix(".png") } == ["x.png"])
    }

    /// The record says what the sampler was told; a record that leaves it out makes another picture.
    @Test(arguments: [
        SamplerChoice.heun.with(SamplerOptions(churn: 1, churnFrom: 0.1, churnTo: 9, noiseScale: 1.05)),
        SamplerChoice.dpmpp2MSDE.with(SamplerOptions(eta: 0.5, noiseScale: 1.1)),
    ])
    func optionsOfTheSamplerAreInTheRecord(sampler: SamplerChoice?) async throws {
        let sampler = try #require(sampler)
        let (image, text) = try await drawn(sampler)
        #expect(try GenerationRequest.decoded(from: #require(text["darkroom"])).sampler == sampler)
        #expect(try await verify().verdict == .identical)
        try write(image, changed(text, "sampler", sampler.id))
        #expect(try await verify().verdict != .identical)
    }

    @Test func roundingIsCloseAndAnotherPictureIsDifferent() async throws {
        let (image, text) = try await drawn()
        var rounded = image
        rounded[0, 0, 0] = image[0, 0, 0] < 128 ? image[0, 0, 0] + 2 : image[0, 0, 0] - 2
        try write(rounded, text)
        let close = try await verify()
        #expect(close.verdict == .close && close.largestDifference == 2)
        let oneSample = 1 / Double(16 * 16 * 3)
        #expect(close.differingShare == oneSample)
        try write(Image(width: 16, height: 16), text)
        let different = try await verify()
        #expect(different.verdict == .different)
        #expect(try #require(different.decibels) < VerificationReport.closeDecibels)
        // Another seed in the record is another picture too.
        try write(image, changed(text, "seeds", [6]))
        #expect(try await verify().verdict == .different)
    }

    @Test func itSaysWhyItCannot() async throws {
        let (image, text) = try await drawn()
        try write(image, ["parameters": "a red sphere\nSteps: 3"])
        await #expect(throws: VerificationError.noRecord(folder.file("x.png"), hasParameters: true)) {
            try await verify()
        }
        try write(image, changed(text, "hologram", true))
        let unreadable = await #expect(throws: VerificationError.self) { try await verify() }
        #expect(unreadable?.summary.contains("hologram") == true)
        try write(image.resized(width: 32, height: 32), text)
        await #expect(
            throws: VerificationError.resized(
                folder.file("x.png"), recorded: [16, 16], found: [32, 32])
        ) { try await verify() }
    }

    @Test func aRecordLeadsToNoFileElsewhere() async throws {
        let (image, text) = try await drawn()
        for path in ["/etc/passwd", "../secret.png"] {
            try write(image, changed(text, "initialPicture", path))
            await #expect(throws: VerificationError.filesElsewhere([path])) { try await verify() }
        }
        // Inside it is looked for, and not found.
        try write(image, changed(text, "initialPicture", "start.png"))
        await #expect(throws: ImageError.self) { try await verify() }
    }

    @Test func theModelIsKnownByNameAndFingerprint() async throws {
        try await drawn()
        let (tiny, other) = (folder.file("Models/tiny.safetensors"), folder.file("Models/other.safetensors"))
        try FileManager.default.moveItem(at: tiny, to: other)
        let renamed = try await verify()
        #expect(renamed.verdict == .identical && renamed.model.name == "other")
        // The same weights under another fingerprint: bytes behind the tensors' metadata differ.
        var bytes = try Data(contentsOf: other)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: tiny)
        #expect(try await verify().model.name == "other")
        try FileManager.default.removeItem(at: other)
        let differs = await #expect(throws: VerificationError.self) { try await verify() }
        #expect(differs?.summary.contains("is not the one that drew") == true)
        let named = await #expect(throws: VerificationError.self) { try await verify("tiny") }
        #expect(named?.summary.contains("is not the one that drew") == true)
        try FileManager.default.removeItem(at: tiny)
        let missing = await #expect(throws: VerificationError.self) { try await verify() }
        #expect(missing?.summary.contains("not at hand: \"tiny\"") == true)
        #expect(missing?.advice.isEmpty == false)
    }
}
