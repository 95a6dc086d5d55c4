import Datasets
import Dispatch
import DurableFiles
import Foundation
import Images
import Synchronization

/// Draws examples of a world on all processors and writes them as a sheet or as single files.
struct WorldExport {
    private let request: DataRequest
    private let world: any PictureWorld
    /// Examples drawn between two looks at whether to stop.
    private static let chunk = 32
    static let mostOnASheet = 400

    private struct Drawn {
        let image: Image
        let caption: String
        let record: WorldRecord?
        let depth: DepthMap?
    }

    /// - Throws: `WorkshopError.badNumber` and `DatasetError` for what cannot be drawn.
    init(_ request: DataRequest) throws {
        let limit = request.output.lowercased().hasSuffix(".png") ? Self.mostOnASheet : 10_000_000
        guard (1...limit).contains(request.count) else {
            throw WorkshopError.badNumber(name: "count", expected: "1 to \(limit)", found: "\(request.count)")
        }
        guard (0...1_000_000_000_000).contains(request.first) else {
            throw WorkshopError.badNumber(name: "first", expected: "0 to 10¹²", found: "\(request.first)")
        }
        guard let name = WorldName(rawValue: request.name) else {
            throw WorkshopError.unknownDataSet(request.name, known: Workshop.dataSets)
        }
        world = try name.open(
            WorldOptions(seed: request.seed, resolution: request.size, split: request.split))
        guard !request.depth || world is SceneWorld else {
            throw WorkshopError.badNumber(
                name: "depth", expected: "the data set scenes, which alone has distances", found: request.name
            )
        }
        self.request = request
    }

    /// Writes one captioned sheet, with a second row of distances where asked for.
    func writeSheet(to url: URL, _ onProgress: (Int) -> Void) throws -> [DataReport.Entry] {
        var cells: [ImageGrid.Cell] = []
        var entries: [DataReport.Entry] = []
        try drawAll(onProgress) { index, drawn in
            cells.append(ImageGrid.Cell(try picture(drawn), caption: drawn.caption))
            entries.append(entry(index, drawn, file: nil))
        }
        let columns = max(1, min(request.count, 6))
        let part = request.split == .train ? "what training sees" : "what training never sees"
        var grid = ImageGrid(cells, columns: columns, title: "\(request.name.capitalized): \(part)")
        let factor = max(1, 160 / request.size)
        grid.cellSize = (request.size * factor * (request.depth ? 2 : 1), request.size * factor)
        try DurableFile.write(grid.image().pngData(), to: url)
        return entries
    }

    /// Writes single files into a folder that appears when it is complete.
    func writeFolder(at url: URL, _ onProgress: (Int) -> Void) throws -> [DataReport.Entry] {
        var entries: [DataReport.Entry] = []
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try DurableFile.writeFolder(at: url) { folder in
            var lines = Data()
            try drawAll(onProgress) { index, drawn in
                let stem = String(format: "%06d", index)
                func save(_ bytes: Data, _ ending: String) throws {
                    try bytes.write(to: folder.appending(path: stem + ending))
                }
                try save(drawn.image.pngData(), ".png")
                try save(Data((drawn.caption + "\n").utf8), ".txt")
                if let depth = drawn.depth {
                    try save(Self.floatMap(width: depth.width, height: depth.height, depth.distances), ".pfm")
                }
                if let record = drawn.record { try save(encoder.encode(record), ".json") }
                let entry = entry(index, drawn, file: stem + ".png")
                lines += try encoder.encode(MetadataLine(file_name: stem + ".png", text: entry.caption))
                lines += Data("\n".utf8)
                entries.append(entry)
            }
            try lines.write(to: folder.appending(path: "metadata.jsonl"))
        }
        return entries
    }

    /// A line of `metadata.jsonl`, in the words that data set loaders look for.
    private struct MetadataLine: Encodable {
        let file_name: String
        let text: String
    }

    private func entry(_ index: Int, _ drawn: Drawn, file: String?) -> DataReport.Entry {
        DataReport.Entry(
            index: index, caption: drawn.caption, file: file, attributes: drawn.record)
    }

    /// Draws in chunks on all processors and hands over in order.
    private func drawAll(
        _ onProgress: (Int) -> Void, _ take: (Int, Drawn) throws -> Void
    ) throws {
        let all = request.first..<request.first + request.count
        for start in stride(from: all.lowerBound, to: all.upperBound, by: Self.chunk) {
            try Task.checkCancellation()
            let end = min(start + Self.chunk, all.upperBound)
            let results = Mutex<[Int: Result<Drawn, any Error>]>([:])
            DispatchQueue.concurrentPerform(iterations: end - start) { place in
                let index = start + place
                let drawn = Result { try draw(index) }
                results.withLock { $0[index] = drawn }
            }
            let drawn = results.withLock { $0 }
            for index in start..<end {
                if let result = drawn[index] { try take(index, result.get()) }
            }
            onProgress(end - all.lowerBound)
        }
    }

    private func draw(_ index: Int) throws -> Drawn {
        Drawn(
            image: try world.painting(at: index).image,
            caption: try world.words(at: index, variant: 0).caption,
            record: request.attributes ? try world.record(at: index) : nil,
            depth: request.depth
                ? try (world as? SceneWorld)?.scene(at: index).depthMap(resolution: request.size) : nil)
    }

    /// The picture for the sheet; with distances beside it, near things bright.
    private func picture(_ drawn: Drawn) throws -> Image {
        guard let depth = drawn.depth else { return drawn.image }
        let finite = depth.distances.filter(\.isFinite)
        let near = finite.min() ?? 0
        let far = max(finite.max() ?? 1, near + 1e-6)
        let image = drawn.image
        var pixels: [UInt8] = []
        pixels.reserveCapacity(image.pixels.count * 2)
        for y in 0..<image.height {
            pixels += image.pixels[y * image.width * 3..<(y + 1) * image.width * 3]
            for distance in depth.distances[y * image.width..<(y + 1) * image.width] {
                let nearness = distance.isFinite ? 1 - (distance - near) / (far - near) : 0
                let gray = UInt8(max(0, min(255, (distance.isFinite ? 40 : 0) + nearness * 215)))
                pixels += [gray, gray, gray]
            }
        }
        return try Image(width: image.width * 2, height: image.height, channels: 3, pixels: pixels)
    }

    /// Distances as a portable float map: a text header, then the rows from the bottom up, least byte first.
    /// Source: https://www.pauldebevec.com/Research/HDR/PFM/
    static func floatMap(width: Int, height: Int, _ distances: [Float]) -> Data {
        var data = Data("Pf\n\(width) \(height)\n-1.0\n".utf8)
        for row in stride(from: height - 1, through: 0, by: -1) {
            for distance in distances[row * width..<(row + 1) * width] {
                withUnsafeBytes(of: distance.bitPattern.littleEndian) { data.append(contentsOf: $0) }
            }
        }
        return data
    }
}
