import Checkpoints
import Diffusion
import DurableFiles
import Foundation
import Images
import Pipelines
import Recipes
import Tensors

/// One request on its way to files.
///
/// Every picture is computed by itself from its own seed, so that neither the number
/// of pictures nor previews nor trajectories change a byte of it.
struct Drawing: Sendable {
    private let pipeline: any Pipeline
    private let drawing: PreparedDrawing
    private let inputs: GenerationInputs
    private let guide: PendingMark?
    private let names: PictureNames
    private let isReplacing: Bool
    private let start: ContinuousClock.Instant
    private let earlierSeconds: Double
    private let loadSeconds: Double
    private let encodeSeconds: Double
    /// Where things go, resolved before the first step so that a bad path is found early.
    private let picture: URL
    private let trajectory: TrajectoryFile?
    private let latents: URL?
    private let noises: [Tensor?]

    /// The request with nothing left open.
    private var request: GenerationRequest { drawing.request }

    /// Checks everything that can be checked before the first step, and reads the prompt.
    init(
        _ pipeline: any Pipeline, of request: GenerationRequest, guide: PendingMark? = nil,
        names: PictureNames, isReplacing: Bool, start: ContinuousClock.Instant,
        openedFor earlierSeconds: Double,
        onNotice: @escaping @Sendable (String) -> Void
    ) throws {
        self.earlierSeconds = earlierSeconds
        (self.pipeline, self.guide, self.names) = (pipeline, guide, names)
        (self.isReplacing, self.start) = (isReplacing, start)
        picture = try names.file(for: request.prompt, output: request.outputs.pictures)
        try PictureNames.makeFolder(of: picture)
        trajectory = try request.outputs.trajectory.map {
            let file = try TrajectoryFile(names.surroundings.url($0))
            try PictureNames.makeFolder(of: file.url)
            return file
        }
        latents = try request.outputs.latents.map {
            let url = names.surroundings.url($0)
            guard url.pathExtension == "safetensors" else {
                throw WorkshopError.wrongEnding(url, what: "a tensor", expected: [".safetensors"])
            }
            try PictureNames.makeFolder(of: url)
            return url
        }
        inputs = try GenerationInputs(of: request, names.surroundings, onNotice: onNotice)
        let shape = try pipeline.latentShape(pipeline.resolved(request, inputs))
        noises = try Self.noises(request, shape: shape, names.surroundings)
        loadSeconds = earlierSeconds + start.secondsSince
        let begin = ContinuousClock.now
        drawing = try pipeline.prepared(request, inputs)
        encodeSeconds = begin.secondsSince
    }

    /// Draws all pictures of the request.
    func run(
        modelName: String, _ mark: PendingMark, onEvent: (GenerationEvent) -> Void
    ) throws -> GenerationReport {
        onEvent(.started(request: request, steps: drawing.steps))
        var meter = StepMeter(pictures: request.seeds.count, steps: drawing.steps)
        var seconds = GenerationReport.Seconds(
            load: loadSeconds, encode: encodeSeconds, steps: [], decode: 0, total: 0)
        var written: [WrittenPicture] = []
        var ends: [Tensor] = []
        for (index, seed) in request.seeds.enumerated() {
            try Task.checkCancellation()
            var recorder = trajectory.map { _ in TrajectoryRecorder() }
            let preview = PreviewFile(beside: picture, every: request.outputs.previewInterval)
            defer { preview.remove() }
            var inputs = inputs
            inputs.noise = noises[index]
            meter.begin()
            let end = try drawing.latent(seed: seed, inputs) { step in
                try Task.checkCancellation()
                try recorder?.record(step)
                if let png = try preview.write(step, with: pipeline) {
                    onEvent(.preview(step: step.index + 1, png: png))
                }
                onEvent(.step(meter.count(step)))
            }
            meter.end()
            try Task.checkCancellation()
            let decodeBegin = ContinuousClock.now
            let image = try pipeline.decode(end, inputs)
            let model = GenerationReport.Model(name: modelName, mark: try mark.value())
            seconds.decode += decodeBegin.secondsSince
            preview.remove()
            if let recorder, let trajectory {
                try trajectory.write(recorder, end: end, image, with: pipeline, replacing: isReplacing)
            }
            if latents != nil { ends.append(end) }
            let entry = try write(image, index: index, seed: seed, model: model)
            written.append(entry)
            onEvent(.picture(entry))
        }
        if let latents { try write(ends, to: latents) }
        seconds.steps = meter.seconds
        seconds.total = earlierSeconds + start.secondsSince
        let model = GenerationReport.Model(name: modelName, mark: try mark.value())
        let report = GenerationReport(
            images: written, seconds: seconds, peakMemoryBytes: Engine.peakMemory, model: model)
        onEvent(.finished(report))
        return report
    }

    /// Writes a picture with what made it inside.
    private func write(
        _ image: Image, index: Int, seed: UInt64, model: GenerationReport.Model
    ) throws -> WrittenPicture {
        var record = request.record(
            seed: seed, width: image.width, height: image.height, model: model)
        record.guidance.guideModelMark = try guide?.value().digits
        let png = try image.pngData(metadata: [
            "parameters": record.a1111Parameters, "darkroom": record.json(pretty: false),
        ])
        let file = try place(png, at: index)
        return WrittenPicture(
            path: names.surroundings.shown(file), seed: seed, sha256: SHA256.digits(of: png))
    }

    private func write(_ latents: [Tensor], to url: URL) throws {
        let target = isReplacing ? url : DurableFile.firstFreeName(for: url)
        try CheckpointWriter.write(
            [(name: "latents", tensor: Tensor.concatenated(latents))],
            metadata: [
                "prompt": request.prompt, "seeds": request.seeds.map(String.init).joined(separator: " "),
            ],
            to: target)
    }

    /// Puts a picture under the first free name, or over what an earlier run of the same request left.
    private func place(_ bytes: Data, at index: Int) throws -> URL {
        guard isReplacing else { return try DurableFile.writeNew(bytes, to: picture) }
        let stem = picture.deletingPathExtension().lastPathComponent
        let name = index == 0 ? picture.lastPathComponent : "\(stem)-\(index + 1).png"
        let file = picture.deletingLastPathComponent().appending(path: name, directoryHint: .notDirectory)
        try DurableFile.write(bytes, to: file)
        return file
    }

    /// The noise that another program drew, one a picture; nil where the seed decides.
    static func noises(
        _ request: GenerationRequest, shape: [Int], _ surroundings: Surroundings
    ) throws -> [Tensor?] {
        guard let path = request.initialLatents else { return request.seeds.map { _ in nil } }
        let stored = try Checkpoint(opening: surroundings.url(path)).tensor(named: "latents").to(.float32)
        let batch = stored.shape == shape ? try stored.unsqueezed(0) : stored
        let count = request.seeds.count
        guard batch.rank == 4, Array(batch.shape.dropFirst()) == shape, [1, count].contains(batch.size(0))
        else { throw PipelineError.latentShape(expected: [count] + shape, found: stored.shape) }
        return try (0..<count).map { try batch.slice(batch.size(0) == 1 ? 0..<1 : $0..<$0 + 1) }
    }
}

extension GenerationInputs {
    /// What the request names by path, opened.
    /// - Throws: `PipelineError.missingInput` for a mask without a picture; `ImageError` for files that are no pictures.
    init(
        of request: GenerationRequest, _ surroundings: Surroundings,
        onNotice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        if request.mask != nil, request.initialPicture == nil {
            throw PipelineError.missingInput("--mask", needs: "--init-img, the picture that it belongs to")
        }
        self.init(
            picture: try request.initialPicture.map { try Image(contentsOf: surroundings.url($0)) },
            mask: try request.mask.map { try Image(contentsOf: surroundings.url($0)) },
            isDecodedInTiles: request.decodesInTiles ?? false, onNotice: onNotice)
    }
}

extension ContinuousClock.Instant {
    /// Seconds from this moment until now.
    var secondsSince: Double { (ContinuousClock.now - self) / .seconds(1) }
}
