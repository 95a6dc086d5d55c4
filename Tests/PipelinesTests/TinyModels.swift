import Foundation
import Images
import Recipes
import Synchronization
import Tensors
import TestSupport

@testable import Pipelines

/// The tiny Stable Diffusion models of `Scripts/make-fixtures/pipelines.py`.
enum TinyModels {
    static let families = ["sd1", "sd2", "sd2-v", "inpaint", "lcm", "xl", "refiner"]

    /// One request, and what diffusers drew for it.
    struct Case: Sendable, CustomStringConvertible {
        let family: String
        let name: String
        let request: GenerationRequest

        var description: String { "\(family) \(name)" }

        /// Picture and mask of the request, opened.
        func inputs() throws -> GenerationInputs {
            let folder = TinyModels.folder(family)
            return GenerationInputs(
                picture: try request.initialPicture.map { try Image(contentsOf: folder.appending(path: $0)) },
                mask: try request.mask.map { try Image(contentsOf: folder.appending(path: $0)) })
        }
    }

    static func folder(_ family: String) -> URL {
        Bundle.module.bundleURL.appending(path: "Fixtures/\(family)", directoryHint: .isDirectory)
    }

    /// All cases of a family, in the order of the script.
    static func cases(_ family: String) -> [Case] {
        guard let fixture = try? Fixture(family, in: .module), let about = fixture.metadata("fixture"),
            let object = try? JSONSerialization.jsonObject(with: Data(about.utf8)) as? [String: Any],
            let cases = object["cases"] as? [[String: Any]]
        else { return [] }
        return cases.compactMap { one in
            guard let name = one["name"] as? String, let wish = one["request"],
                let json = try? JSONSerialization.data(withJSONObject: wish),
                let request = try? GenerationRequest.decoded(from: String(decoding: json, as: UTF8.self))
            else { return nil }
            return Case(family: family, name: name, request: request)
        }
    }

    private static let opened = Mutex<[String: StableDiffusionPipeline]>([:])

    /// A family's model; opened once.
    static func pipeline(_ family: String, _ precision: Precision = .fp32) throws -> StableDiffusionPipeline {
        try opened.withLock { opened in
            let key = "\(family) \(precision)"
            if let known = opened[key] { return known }
            let made = try StableDiffusionPipeline(
                opening: folder(family), ModelOptions(precision: precision))
            opened[key] = made
            return made
        }
    }
}
