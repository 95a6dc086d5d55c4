import Diffusion
import DurableFiles
import Foundation
import Images
import Pipelines

/// A small picture of where the drawing is heading, renewed every few steps and removed when the drawing is done.
struct PreviewFile {
    private let url: URL
    private let interval: Int

    /// A preview `NAME.preview.png` for the picture `NAME.png`, every so many steps; 0 for none.
    init(beside picture: URL, every interval: Int) {
        let name = picture.deletingPathExtension().lastPathComponent
        url = picture.deletingLastPathComponent().appending(path: name + ".preview.png")
        self.interval = interval
    }

    /// Writes the estimate of the clean picture, if this step is one of those that are shown.
    /// - Returns: the picture's file; nil when nothing was written.
    func write(_ step: SamplerStep, with pipeline: any Pipeline) throws -> [UInt8]? {
        guard interval > 0, (step.index + 1).isMultiple(of: interval) else { return nil }
        let png = try pipeline.sketch(step.denoised).pngData()
        try DurableFile.write(png, to: url)
        return Array(png)
    }

    /// Removes the preview.
    func remove() {
        if interval > 0 { try? FileManager.default.removeItem(at: url) }
    }
}
