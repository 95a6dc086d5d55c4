import Foundation
import Testing
import WeightFiles

@testable import Checkpoints

/// Full-size single files by name and shape, against the reference's conversion.
@Suite struct SingleFileTests {
    static let families: [(String, ModelFamily)] = [
        ("sd1", .stableDiffusion1), ("sd2", .stableDiffusion2), ("sdxl", .stableDiffusionXL),
        ("sdxl-refiner", .stableDiffusionXLRefiner),
    ]

    @Test(arguments: families)
    func everyTensorGetsItsName(name: String, family: ModelFamily) throws {
        let fixture = try KeyFixture(name)
        let model = try ModelFiles(file: fixture.file(), weightType: nil)
        #expect(model.family == family)
        #expect(Set(model.parts) == Set(fixture.lines.map(\.part)))
        for part in model.parts {
            let lines = fixture.lines.filter { $0.part == part }
            let tensors = try model.component(part).tensors
            #expect(Set(tensors.names) == Set(lines.map(\.inner)), "\(part)")
            for line in lines {
                #expect(tensors.shape(line.inner) == line.innerShape, "\(line.inner)")
                #expect(tensors.places[line.inner]?.entry.name == line.stored, "\(line.inner)")
                if let third = Int(line.change) {
                    #expect(tensors.places[line.inner]?.change == .part(third, of: 3), "\(line.inner)")
                }
            }
        }
    }

    @Test(arguments: families)
    func mapsLeadBack(name: String, family: ModelFamily) throws {
        let fixture = try KeyFixture(name)
        let names = Set(fixture.lines.filter { $0.part == .unet }.map(\.inner))
        let structure = try #require(DenoiserStructure(inner: names))
        let maps: [ModelPart: KeyMap] = [
            .unet: KeyMap.ldmDenoiser(structure).prefixed("model.diffusion_model."),
            .autoencoder: KeyMap.ldmAutoencoder(levels: 4).prefixed("first_stage_model."),
        ]
        for line in fixture.lines {
            guard let map = maps[line.part] else { continue }
            #expect(map.stored(of: line.inner)?.stored == line.stored)
            #expect(map.inner(of: line.stored).map(\.inner) == [line.inner])
        }
        for line in fixture.lines where line.stored.contains(".resblocks.") {
            let prefix = line.stored.prefix(
                upTo: line.stored.range(of: "transformer.")?.lowerBound ?? line.stored.endIndex)
            let map = KeyMap.openCLIP.prefixed(String(prefix))
            #expect(map.stored(of: line.inner)?.stored == line.stored)
            #expect(map.inner(of: line.stored).map(\.inner).contains(line.inner))
        }
    }

    @Test(arguments: families + [("sd1-inpainting", .stableDiffusion1)])
    func descriptionsAreThoseOfThePublishedModels(name: String, family: ModelFamily) throws {
        let url = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/keys/configurations.json")
        let all = try JSONFile.object(url) as? [String: [String: [String: Any]]]
        let known = try #require(all?[name])
        let defaults = try #require(all?["defaults"])
        var file = try KeyFixture(name == "sd1-inpainting" ? "sd1" : name).file()
        if name == "sd1-inpainting" {
            file = NamesOnly(
                Dictionary(
                    uniqueKeysWithValues: file.entries.map { entry in
                        (
                            entry.name,
                            entry.name.hasSuffix(".input_blocks.0.0.weight") ? [320, 9, 3, 3] : entry.shape
                        )
                    }))
        }
        let model = try ModelFiles(file: file, weightType: nil)
        for part in model.parts {
            let expected = try #require(defaults[part.rawValue]).merging(known[part.rawValue] ?? [:]) { $1 }
            let found = try JSONFile.object(model.configuration(of: part), named: url)
            for key in Set(expected.keys).union(found.keys) {
                // Who made it, and what has no meaning for the mathematics.
                if ["_class_name", "architectures", "dtype", "transformers_version", "dropout", "model_type"]
                    .contains(key)
                {
                    continue
                }
                let mine = found[key] ?? defaults[part.rawValue]?[key] ?? NSNull()
                let theirs = expected[key] ?? NSNull()
                #expect(
                    (mine as? NSObject) == (theirs as? NSObject),
                    "\(part) \(key): \(mine), expected \(theirs)")
            }
        }
    }

    @Test func theLastBlockOfStableDiffusion2IsLeftOut() throws {
        let fixture = try KeyFixture("sd2")
        let prefix = "cond_stage_model.model."
        let block = fixture.lines.map(\.stored).filter { $0.contains("resblocks.22.") }
            .map { $0.replacing("resblocks.22.", with: "resblocks.23.") }
        for extra in [block, block + [prefix + "text_projection"], []] {
            let model = try ModelFiles(file: fixture.file(adding: extra), weightType: nil)
            let names = try model.component(.textEncoder).tensors.names
            #expect(Set(names) == Set(fixture.lines.filter { $0.part == .textEncoder }.map(\.inner)))
        }
    }

    @Test func whatAModelPredictsFollowsTheReference() throws {
        func predicts(_ name: String, _ metadata: [String: String] = [:], adding marks: [String] = []) throws
            -> String?
        {
            var file = try KeyFixture(name).file(adding: marks)
            file.metadata = metadata
            let model = try ModelFiles(file: file, weightType: nil)
            let scheduler = try JSONFile.object(model.scheduler, named: file.url)
            return (scheduler["_class_name"] as? String).map { "\($0) \(scheduler["prediction_type"] ?? "")" }
        }
        #expect(try predicts("sd1") == "PNDMScheduler epsilon")
        #expect(try predicts("sd2") == "DDIMScheduler v_prediction")
        #expect(try predicts("sd2", ["global_step": "875000"]) == "DDIMScheduler epsilon")
        #expect(try predicts("sd2", ["modelspec.prediction_type": "epsilon"]) == "DDIMScheduler epsilon")
        #expect(try predicts("sdxl") == "EulerDiscreteScheduler epsilon")
        #expect(try predicts("sdxl-refiner") == "EulerDiscreteScheduler epsilon")
        #expect(try predicts("sdxl", adding: ["v_pred"]) == "EulerDiscreteScheduler v_prediction")
    }

    @Test func partsAloneAreKnown() throws {
        for (name, part) in [
            ("sd1", ModelPart.unet), ("sdxl", .unet), ("sd2", .autoencoder), ("sdxl", .textEncoder),
            ("sd2", .textEncoder),
        ] {
            let lines = try KeyFixture(name).lines.filter { $0.part == part }
            // As the original spells it without its prefix, with it, and as diffusers spells it.
            let prefix =
                [
                    "model.diffusion_model.", "first_stage_model.", "cond_stage_model.model.",
                    "conditioner.embedders.0.transformer.",
                ]
                .first { lines[0].stored.hasPrefix($0) } ?? ""
            let stored = Dictionary(
                lines.map { ($0.stored, $0.shape) }, uniquingKeysWith: { first, _ in first })
            let bare = Dictionary(
                uniqueKeysWithValues: stored.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
            let inner = Dictionary(uniqueKeysWithValues: lines.map { ($0.inner, $0.innerShape) })
            for shapes in [stored, bare, inner] {
                let model = try ModelFiles(file: NamesOnly(shapes), weightType: nil)
                #expect(model.parts == [part], "\(name) \(part)")
                #expect(Set(try model.component(part).tensors.names) == Set(inner.keys), "\(name) \(part)")
            }
        }
        #expect(
            throws: CheckpointError.unknownFamily(
                file: URL(filePath: "/m/model.safetensors"), sampleNames: ["a", "b"])
        ) {
            try ModelFiles(file: NamesOnly(["a": [1], "b": [2]]), weightType: nil)
        }
    }
}
