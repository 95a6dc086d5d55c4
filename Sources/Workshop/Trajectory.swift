import Checkpoints
import Diffusion
import DurableFiles
import Foundation
import Images
import NoiseSchedules
import Pipelines
import Tensors

/// Remembers a walk: at every level the sample, the estimate of its clean end, and the level itself.
struct TrajectoryRecorder {
    private(set) var samples: [Tensor] = []
    private(set) var estimates: [Tensor] = []
    private(set) var levels: [(signal: Double, noise: Double)] = []

    /// Remembers one step.
    ///
    /// Solvers never change a tensor in place, so nothing is copied.
    mutating func record(_ step: SamplerStep) throws {
        samples.append(try step.x.detached())
        estimates.append(try step.denoised.detached())
        levels.append((step.level.signal, step.level.noise))
    }

    /// The estimate of the noise in a sample: (x − signal · denoised) / noise.
    func noise(at index: Int) throws -> Tensor {
        let (signal, noise) = levels[index]
        return try (samples[index] - estimates[index] * signal) / max(noise, 1e-12)
    }

    /// The sample scaled to the spread of a clean picture, so that it can be looked at.
    func visibleSample(at index: Int) throws -> Tensor {
        let (signal, noise) = levels[index]
        return try samples[index] * (1 / max(1e-12, (signal * signal + noise * noise).squareRoot()))
    }
}

/// Where a walk is written: a `.webp` animation, or a folder of PNG files and `trace.safetensors`.
struct TrajectoryFile: Sendable {
    /// The path that was asked for.
    let url: URL
    private let isAnimation: Bool
    private static let panelSide = 192

    /// - Throws: `WorkshopError.wrongEnding` for a file of another kind.
    init(_ url: URL) throws(WorkshopError) {
        self.url = url
        isAnimation = url.pathExtension.lowercased() == "webp"
        guard isAnimation || url.pathExtension.isEmpty else {
            throw .wrongEnding(url, what: "a trajectory", expected: [".webp", "a folder"])
        }
    }

    /// Writes a walk that ended in a picture, under a free name or over what stands there.
    func write(
        _ walk: TrajectoryRecorder, end: Tensor, _ picture: Image, with pipeline: any Pipeline,
        replacing: Bool
    ) throws {
        let target = replacing ? url : DurableFile.firstFreeName(for: url)
        if isAnimation {
            try DurableFile.write(animation(walk, picture, pipeline).webpData(), to: target)
        } else {
            try DurableFile.writeFolder(at: target) { try fill($0, walk, end: end, picture, pipeline) }
        }
    }

    private func animation(
        _ walk: TrajectoryRecorder, _ picture: Image, _ pipeline: any Pipeline
    ) throws -> AnimatedImage {
        var frames: [AnimatedImage.Frame] = []
        var size = (width: picture.width, height: picture.height)
        for index in walk.samples.indices {
            let panels = try [
                pipeline.sketch(walk.visibleSample(at: index)), pipeline.sketch(walk.estimates[index]),
                pipeline.sketch(walk.noise(at: index) / 3),
            ]
            size = (panels[0].width, panels[0].height)
            let share = walk.levels[index].noise / (walk.levels[index].noise + walk.levels[index].signal)
            let image = try Self.frame(
                panels, size, title: "Step \(index + 1) of \(walk.samples.count)",
                subtitle: "\(Int((share * 100).rounded())) % noise")
            frames.append(.init(image, milliseconds: index == 0 ? 600 : 160))
        }
        let last = try Self.frame(
            [picture, picture, nil], size, title: "The picture", subtitle: "no noise left")
        frames.append(.init(last, milliseconds: 2000))
        return try AnimatedImage(frames: frames)
    }

    private static func frame(
        _ panels: [Image?], _ size: (width: Int, height: Int), title: String, subtitle: String
    ) throws -> Image {
        let captions = ["what the solver holds", "the clean picture it expects", "the noise it sees"]
        let empty = try Image(width: 1, height: 1, fill: (252, 251, 248))
        let factor = max(1, panelSide / max(size.width, size.height))
        let cell = (size.width * factor, size.height * factor)
        var grid = ImageGrid(
            try zip(panels, captions).map { panel, caption in
                // Sketches are small and shown in squares, pictures are large and shrunk.
                let isLarge = panel.map { $0.width > size.width } ?? false
                let shown = try isLarge ? panel?.resized(width: cell.0, height: cell.1) : panel
                return ImageGrid.Cell(shown ?? empty, caption: panel == nil ? "" : caption)
            }, columns: 3, title: title)
        grid.subtitle = subtitle
        grid.cellSize = cell
        grid.method = .nearest
        return try grid.image()
    }

    private func fill(
        _ folder: URL, _ walk: TrajectoryRecorder, end: Tensor, _ picture: Image, _ pipeline: any Pipeline
    ) throws {
        func save(_ tensor: Tensor, _ name: String, _ index: Int) throws {
            try save(pipeline.sketch(tensor), name, index)
        }
        func save(_ image: Image, _ name: String, _ index: Int) throws {
            let number = String(format: "%04d", index)
            try DurableFile.write(image.pngData(), to: folder.appending(path: "\(name)-\(number).png"))
        }
        var noises: [Tensor] = []
        for index in walk.samples.indices {
            noises.append(try walk.noise(at: index))
            try save(walk.visibleSample(at: index), "sample", index)
            try save(walk.estimates[index], "denoised", index)
            try save(noises[index] / 3, "noise", index)
        }
        try save(picture, "sample", walk.samples.count)
        let count = walk.levels.count
        try CheckpointWriter.write(
            [
                (name: "sample", tensor: Tensor.concatenated(walk.samples + [end])),
                (name: "denoised", tensor: Tensor.concatenated(walk.estimates)),
                (name: "epsilon", tensor: Tensor.concatenated(noises)),
                (name: "level.signal", tensor: Tensor(walk.levels.map(\.signal), shape: [count])),
                (name: "level.noise", tensor: Tensor(walk.levels.map(\.noise), shape: [count])),
            ], to: folder.appending(path: "trace.safetensors"))
    }
}
