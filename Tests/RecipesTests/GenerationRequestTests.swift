import Foundation
import Recipes
import Testing

@Suite struct SamplerChoiceTests {
    @Test(arguments: [
        ("ddpm", "DDPM", "DDPMScheduler", SamplerChoice.ddpm),
        ("ddim", "DDIM", "DDIMScheduler", .ddim(eta: 0)),
        ("euler", "Euler", "EulerDiscreteScheduler", .euler),
        ("heun", "Heun", "HeunDiscreteScheduler", .heun),
        ("dpmpp_2m", "DPM++ 2M", "DPMSolverMultistepScheduler", .dpmpp2M),
    ])
    func threeSpellingsAreUnderstood(id: String, label: String, className: String, choice: SamplerChoice)
        throws
    {
        for name in [id, label, className, id.uppercased(), label + " Karras"] {
            #expect(try SamplerChoice(named: name) == choice, "\(name)")
            #expect(
                try GenerationRequest.decoded(from: #"{"prompt": "", "sampler": "\#(name)"}"#).sampler
                    == choice)
        }
        #expect(choice.id == id && choice.label == label)
        #expect(SamplerChoice.ids.contains(id))
        #expect(try SamplerChoice(named: "dpm++2m") == .dpmpp2M)
    }

    @Test(arguments: [
        ("eular", "euler"), ("DPM++ 3M", "DPM++ 2M"), ("dpmpp_2n", "dpmpp_2m"),
        ("DDIMSchedular", "DDIMScheduler"),
    ])
    func mistypedNamesGetTheNearest(name: String, near: String) {
        do {
            _ = try SamplerChoice(named: name)
            Issue.record("understood \(name)")
        } catch {
            #expect(error.summary == "sampler: there is no sampler \"\(name)\"")
            #expect(error.advice.first?.contains("\"\(near)\"") == true, "\(error.advice)")
        }
    }

    @Test func etaIsDDIMsOwn() throws {
        let json = #"{"prompt": "x", "sampler": {"ddim": {"eta": 0.5}}}"#
        let request = try GenerationRequest.decoded(from: json)
        #expect(request.sampler == .ddim(eta: 0.5))
        #expect(try GenerationRequest.decoded(from: request.json()) == request)
        #expect(
            complaint(GenerationRequest.self, #"{"prompt": "x", "sampler": {"euler": {"eta": 0.5}}}"#)?
                .summary
                == #"sampler.euler has no key "eta""#)
        #expect(
            complaint(GenerationRequest.self, #"{"prompt": "x", "sampler": {"ddim": {"eta": 2}}}"#)?.summary
                == "sampler.ddim.eta: expected a number from 0.0 to 1.0, found 2")
    }

    /// Each option at each sampler: read, written and named in A1111's text, or refused.
    @Test(arguments: SamplerKind.allCases) func everySamplerHasItsOptions(kind: SamplerKind) throws {
        let values: [SamplerOption: String] = [
            .eta: "0.5", .order: "3", .sChurn: "20", .sTmin: "0.1", .sTmax: "9.5", .sNoise: "1.01",
        ]
        for (option, value) in values {
            let key = option.rawValue
            let json = #"{"prompt": "x", "sampler": {"\#(kind.id)": {"\#(key)": \#(value)}}}"#
            guard kind.options.contains(option) else {
                #expect(
                    complaint(GenerationRequest.self, json)?.summary
                        == #"sampler.\#(kind.id) has no key "\#(key)""#)
                continue
            }
            let request = try GenerationRequest.decoded(from: json)
            let choice = try #require(request.sampler)
            #expect(
                choice.kind == kind && choice != SamplerChoice(kind) && choice.options.given.contains(option))
            let again = try GenerationRequest.decoded(from: request.json())
            #expect(again == request)
            #expect(try again.json(pretty: false).contains("\"\(key)\":"))
            #expect(request.a1111Parameters.contains(": \(value)"), "\(request.a1111Parameters)")
            let wrong = complaint(GenerationRequest.self, json.replacing(value, with: "-1"))?.summary
            #expect(wrong?.contains("sampler.\(kind.id).\(key): expected") == true, "\(wrong ?? "accepted")")
        }
        // An object without options is the sampler as it is usual.
        let plain = try GenerationRequest.decoded(from: #"{"prompt": "x", "sampler": {"\#(kind.id)": {}}}"#)
        #expect(plain.sampler == SamplerChoice(kind))
    }

    @Test func optionsOfAnotherSamplerAreRefused() throws {
        #expect(SamplerChoice.euler.with(eta: 0.5) == nil && SamplerChoice.ddpm.with(eta: 0.5) == nil)
        #expect(SamplerChoice.unipc.with(SamplerOptions(churn: 3)) == nil)
        let fresh = try #require(SamplerChoice.dpm2Ancestral(eta: 0.5).with(SamplerOptions(noiseScale: 1.1)))
        #expect(fresh.eta == 1 && fresh.options.noiseScale == 1.1)
        #expect(SamplerChoice.heun.with(SamplerOptions()) == .heun)
    }

    @Test func spacingsAndPrecisionsByName() throws {
        #expect(try SpacingChoice(named: "Karras") == .karras)
        #expect(SpacingChoice(impliedBySampler: "DPM++ 2M Karras") == .karras)
        #expect(SpacingChoice(impliedBySampler: "euler") == nil)
        #expect(throws: RecipeError.self) { try SpacingChoice(named: "trialing") }
        #expect(try Precision(named: "bf16") == .bf16)
        let request = try GenerationRequest.decoded(from: #"{"prompt": "x", "sampler": "DPM++ 2M Karras"}"#)
        #expect(request.spacing == .karras)
    }
}

@Suite struct GenerationRequestTests {
    @Test func onlyThePromptIsNeeded() throws {
        #expect(
            try GenerationRequest.decoded(from: #"{"prompt": "a cube"}"#)
                == GenerationRequest(prompt: "a cube"))
    }

    @Test func everythingSurvivesTheRoundTrip() throws {
        var request = GenerationRequest(
            prompt: "a \"red\" cube\n\u{1F600} \\ \u{7}",
            guidance: .init(scale: 2.5, negativePrompt: "blurry", interval: 0.1...0.9), width: 64,
            height: 128,
            steps: 7, seeds: [0, .max], sampler: .ddim(eta: 0.25), spacing: .karras, precision: .fp32,
            device: "cpu",
            threads: 2, model: "scenes-64", modelSHA256: "ab", initialLatents: "noise.safetensors",
            outputs: .init(
                pictures: "o.png", previewInterval: 5, trajectory: "t.webp", latents: "l.safetensors"))
        #expect(try GenerationRequest.decoded(from: request.json()) == request)
        request.initialPicture = "in.png"
        (request.strength, request.mask, request.clipSkip, request.tiling) = (0.6, "mask.png", 2, .vertical)
        request.modelFingerprint = "cd"
        request.refiner = .init(model: "refiner", start: 0.75)
        request.adapters = [.init(file: "style.safetensors", scale: 0.7)]
        request.embeddings = ["word.pt"]
        request.sizeConditioning = .init(originalSize: [4, 5], cropTopLeft: [1, 2], aestheticScore: 7)
        request.variation = .init(seed: 3, strength: 0.25)
        request.hires = .init(scale: 1.5, strength: 0.5, steps: 9)
        request.guidance.rescale = 0.7
        #expect(try GenerationRequest.decoded(from: request.json()) == request)
        #expect(request.negativePrompt == "blurry")
        request.negativePrompt = "dark"
        #expect(request.guidance.negativePrompt == "dark")
        #expect(
            try GenerationRequest.decoded(from: #"{"prompt": "\ud83d\ude00\u00e9"}"#).prompt == "\u{1F600}é")
    }

    @Test(arguments: [
        (#""seeds": []"#, "seeds: expected a list of at least one seed, found []"),
        (#""width": 4"#, "width: expected a number from 8 to 16384, or null, found 4"),
        (
            #""guidance": {"interval": [0.9, 0.1]}"#,
            "guidance.interval: expected two rising numbers from 0 to 1, found [0.9, 0.1]"
        ),
        (#""steps": 0"#, "steps: expected a number from 1 to 10000, or null, found 0"),
        (#""strength": 1.5"#, "strength: expected a number from 0.0 to 1.0, or null, found 1.5"),
        (
            #""sizeConditioning": {"originalSize": [1]}"#,
            "sizeConditioning.originalSize: expected two whole numbers from 0 to 65536, found [1]"
        ),
        (#""tiling": "horizontl""#, "tiling: there is no tiling \"horizontl\""),
        (
            #""refiner": {"model": "r", "start": 1}"#,
            "refiner.start: expected a number above 0 and below 1, found 1"
        ),
        (#""hires": {"scale": 99}"#, "hires.scale: expected a number from 1.0 to 8.0, found 99"),
    ])
    func impossibleWishesAreRefused(member: String, message: String) {
        #expect(complaint(GenerationRequest.self, #"{"prompt": "x", \#(member)}"#)?.summary == message)
    }

    @Test func theRecordIsForOnePictureAndNamesNoOutputs() throws {
        let request = GenerationRequest(
            prompt: "a cube", guidance: .init(scale: 3), steps: 25, seeds: [3, 4], sampler: .euler,
            outputs: .init(pictures: "private/name.png"))
        let record = request.record(
            seed: 4, width: 64, height: 64,
            model: .init(name: "scenes-64", mark: .sha256("0123456789abcdef")))
        #expect(record.seeds == [4] && record.width == 64 && record.model == "scenes-64")
        #expect(try !record.json().contains("private"))
        #expect(
            record.a1111Parameters
                == "a cube\nSteps: 25, Sampler: Euler, CFG scale: 3, Seed: 4, Size: 64x64, Model hash: 0123456789, "
                + "Model: scenes-64, Version: Darkroom")
    }

    /// A fingerprint is no number that others publish, so it never stands where they look for one.
    @Test func aFingerprintIsNeverCalledAHash() throws {
        let record = GenerationRequest(prompt: "a cube").record(
            seed: 4, width: 64, height: 64, model: .init(name: "sdxl", mark: .fingerprint("0123456789abcdef"))
        )
        #expect(record.modelSHA256 == nil && record.modelFingerprint == "0123456789abcdef")
        #expect(!record.a1111Parameters.contains("hash") && record.a1111Parameters.contains("Model: sdxl"))
        #expect(try GenerationRequest.decoded(from: record.json()) == record)
        // Records of earlier versions stay readable.
        let old = try GenerationRequest.decoded(
            from: #"{"prompt": "x", "modelSHA256": "ab", "tiling": true}"#)
        #expect(old.modelSHA256 == "ab" && old.modelFingerprint == nil && old.tiling == .both)
        #expect(try GenerationRequest.decoded(from: #"{"prompt": "x", "tiling": false}"#).tiling == .none)
    }

    @Test func whatIsLeftOpenIsFilledFromTheModel() {
        let defaults = GenerationDefaults(
            steps: 20, guidanceScale: 7.5, sampler: .dpmpp2M, spacing: .karras, width: 512, height: 768)
        let filled = GenerationRequest(prompt: "x").filled(from: defaults)
        #expect(filled.steps == 20 && filled.guidance.scale == 7.5 && filled.sampler == .dpmpp2M)
        #expect(filled.spacing == .karras && filled.width == 512 && filled.height == 768)
        // What was asked for stays, and another solver does not take the spacing of the model's own.
        let asked = GenerationRequest(
            prompt: "x", guidance: .init(scale: 1), width: 64, steps: 3, sampler: .euler
        )
        .filled(from: defaults)
        #expect(asked.steps == 3 && asked.guidance.scale == 1 && asked.width == 64)
        #expect(asked.sampler == .euler && asked.spacing == nil)
    }

    @Test func a1111TextNamesTheTasks() {
        var request = GenerationRequest(prompt: "a cube", steps: 20)
        request.initialPicture = "in.png"
        (request.strength, request.clipSkip, request.tiling) = (0.6, 2, .both)
        request.refiner = .init(model: "r", start: 0.8)
        request.variation = .init(seed: 9, strength: 0.1)
        #expect(
            request.a1111Parameters
                == "a cube\nSteps: 20, Seed: 0, Variation seed: 9, Variation seed strength: 0.1, "
                + "Denoising strength: 0.6, Clip skip: 2, Refiner: r, Refiner switch at: 0.8, Tiling: True, "
                + "Version: Darkroom")
        request.tiling = .horizontal
        #expect(request.a1111Parameters.contains("Tiling: horizontal"))
    }

    @Test func a1111TextNamesWhatIsUnusual() {
        let request = GenerationRequest(
            prompt: "a cube", guidance: .init(scale: 2.5, negativePrompt: "blurry, dark"), steps: 25,
            sampler: .ddim(eta: 0.5), spacing: .karras, model: "a, b")
        #expect(
            request.a1111Parameters
                == "a cube\nNegative prompt: blurry, dark\nSteps: 25, Sampler: DDIM, Schedule type: Karras, "
                + "CFG scale: 2.5, Seed: 0, Model: \"a, b\", Eta: 0.5, Version: Darkroom")
    }
}

@Suite struct EventTests {
    @Test func trainingEventsAreLinesThatReadBack() throws {
        let progress = TrainingProgress(
            step: 3, imagesSeen: 96, totalImages: 1000, loss: 0.25, learningRate: 1e-3, gradientNorm: 1.5,
            imagesPerSecond: 20, secondsLeft: 45.2, dataWaitShare: 0.01)
        let events: [TrainingEvent] = [
            .started(imagesSeen: 0, totalImages: 1000, parameters: 12_000_000), .progress(progress),
            .skipped(step: 4, imagesSeen: 128, reason: "the loss is not finite"),
            .samples(imagesSeen: 500, path: "samples/500.png"),
            .checkpoint(imagesSeen: 500, path: "checkpoints/500"),
            .stage(imagesSeen: 500, resolution: 128, batchSize: 8),
            .finished(imagesSeen: 1000, seconds: 50.5),
        ]
        for event in events {
            let line = try event.json()
            #expect(!line.contains("\n"))
            #expect(try TrainingEvent(json: line) == event)
        }
        #expect(try events[1].json().hasPrefix(#"{"event":"progress", "step":3, "imagesSeen":96"#))
        #expect(throws: RecipeError.self) { try TrainingEvent(json: #"{"event": "finishd"}"#) }
        #expect(throws: RecipeError.self) { try TrainingEvent(json: #"{"event": "samples"}"#) }
        #expect(throws: RecipeError.self) { try TrainingEvent.finished(imagesSeen: 1, seconds: .nan).json() }
    }

    @Test func theReportHasTheKeysOfTheCommandLine() throws {
        let report = GenerationReport(
            images: [.init(path: "a.png", seed: 1, sha256: "ff")],
            seconds: .init(load: 0.1, encode: 0.2, steps: [0.3], decode: 0.4, total: 1), peakMemoryBytes: 5,
            model: .init(name: "m", mark: .sha256("aa")))
        let expected =
            #"{"images":[{"path":"a.png", "seed":1, "sha256":"ff"}], "seconds":{"load":0.1, "encode":0.2, "#
            + #""steps":[0.3], "decode":0.4, "total":1}, "peak_memory_bytes":5, "model":{"name":"m", "sha256":"aa"}}"#
        #expect(try report.json() == expected)
        #expect(try JSONDecoder().decode(GenerationReport.self, from: Data(expected.utf8)) == report)
        var sampled = report
        sampled.model.mark = .fingerprint("bb")
        #expect(try sampled.json().hasSuffix(#""model":{"name":"m", "fingerprint":"bb"}}"#))
        let back = try JSONDecoder().decode(GenerationReport.self, from: Data(sampled.json().utf8))
        #expect(back == sampled)
        #expect(try GenerationEvent.finished(report).json().contains("peak_memory_bytes"))
    }
}
