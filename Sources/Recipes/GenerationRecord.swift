extension GenerationRequest {
    /// The request that makes one of this request's pictures again: what is stored in the picture under `darkroom`.
    ///
    /// - Parameters:
    ///   - seed: the picture's own seed.
    ///   - width: its pixels across.
    ///   - height: its pixels down.
    ///   - model: the model's name and what it is known again by.
    /// - Returns: a request for one picture, with nothing left to a default of the model and no output paths.
    public func record(
        seed: UInt64, width: Int, height: Int, model: GenerationReport.Model
    ) -> GenerationRequest {
        var record = self
        record.seeds = [seed]
        (record.width, record.height) = (width, height)
        record.model = model.name
        (record.modelSHA256, record.modelFingerprint) = (model.mark.sha256, model.mark.fingerprint)
        record.outputs = .init()
        return record
    }

    /// The request in the form that A1111 writes into pictures under `parameters`.
    ///
    /// The first line is the prompt, then `Negative prompt: …` if there is one, then one line of settings. The seed is the
    /// first one.
    public var a1111Parameters: String {
        var settings: [String] = []
        if let steps { settings.append("Steps: \(steps)") }
        if let sampler { settings.append("Sampler: \(sampler.label)") }
        if let label = spacing?.label { settings.append("Schedule type: \(label)") }
        if let scale = guidance.scale { settings.append("CFG scale: \(Self.short(scale))") }
        if let seed = seeds.first { settings.append("Seed: \(seed)") }
        if let width, let height { settings.append("Size: \(width)x\(height)") }
        if let modelSHA256 { settings.append("Model hash: \(modelSHA256.prefix(10))") }
        if let model { settings.append("Model: \(Self.quotedIfNeeded(model))") }
        if let variation {
            settings.append("Variation seed: \(variation.seed)")
            settings.append("Variation seed strength: \(Self.short(variation.strength))")
        }
        if let strength = initialPicture == nil ? hires?.strength : strength {
            settings.append("Denoising strength: \(Self.short(strength))")
        }
        if let clipSkip { settings.append("Clip skip: \(clipSkip)") }
        if guidance.rescale != 0 { settings.append("CFG Rescale: \(Self.short(guidance.rescale))") }
        if guidance.schedule != .constant {
            settings.append("Guidance schedule: \(guidance.schedule.rawValue)")
        }
        if guidance.method != .classifierFree { settings.append("Guidance method: \(guidance.method.id)") }
        if let guide = guidance.guideModel { settings.append("Guide model: \(Self.quotedIfNeeded(guide))") }
        switch flowShift {
        case .factor(let factor): settings.append("Shift: \(Self.short(factor))")
        case .resolution: settings.append("Shift: resolution")
        case nil: break
        }
        if let hires {
            settings.append("Hires upscale: \(Self.short(hires.scale))")
            if let steps = hires.steps { settings.append("Hires steps: \(steps)") }
        }
        if let refiner {
            settings.append("Refiner: \(Self.quotedIfNeeded(refiner.model))")
            settings.append("Refiner switch at: \(Self.short(refiner.start))")
        }
        if tiling != .none { settings.append("Tiling: \(tiling == .both ? "True" : tiling.rawValue)") }
        if let sampler { settings += Self.optionTexts(of: sampler) }
        settings.append("Version: Darkroom")
        let negative = negativePrompt.isEmpty ? [] : ["Negative prompt: \(negativePrompt)"]
        return ([prompt] + negative + [settings.joined(separator: ", ")]).joined(separator: "\n")
    }

    /// The options of a sampler that are not as usual, by A1111's names.
    private static func optionTexts(of sampler: SamplerChoice) -> [String] {
        let options = sampler.options
        var texts: [String] = []
        if let eta = options.eta, eta != SamplerChoice(sampler.kind).eta {
            texts.append("Eta: \(short(eta))")
        }
        if let order = options.order { texts.append("\(sampler.label) order: \(order)") }
        for (name, value, usual) in [
            ("churn", options.churn, 0), ("tmin", options.churnFrom, 0),
            ("tmax", options.churnTo, .infinity), ("noise", options.noiseScale, 1),
        ] where value != usual {
            texts.append("Sigma \(name): \(short(value))")
        }
        return texts
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }

    /// A1111 puts values that hold its own separators into JSON quotes.
    private static func quotedIfNeeded(_ text: String) -> String {
        text.contains { ",:\n".contains($0) } ? JSONTree.text(text).text(pretty: false) : text
    }
}
