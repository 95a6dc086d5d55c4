import Datasets
import DurableFiles
import Foundation
import Images

extension Workshop {
    /// Shows pictures of a folder or a tar file as training would see them, in the order of their names.
    func showPictures(
        _ request: DataRequest, replacing: Bool, begin: ContinuousClock.Instant, _ onProgress: (Int) -> Void
    ) throws -> DataReport {
        let place = surroundings.url(request.name)
        guard FileManager.default.fileExists(atPath: place.path) else {
            throw WorkshopError.unknownDataSet(request.name, known: Self.dataSets)
        }
        let url = surroundings.url(request.output)
        guard url.pathExtension.lowercased() == "png" else {
            throw WorkshopError.wrongEnding(url, what: "a sheet of pictures", expected: [".png"])
        }
        let source = try pictureSource(at: place, named: request.name)
        guard (1...WorldExport.mostOnASheet).contains(request.count) else {
            throw WorkshopError.badNumber(
                name: "count", expected: "1 to \(WorldExport.mostOnASheet)", found: "\(request.count)")
        }
        guard (0..<source.count).contains(request.first) else {
            throw WorkshopError.badNumber(
                name: "first", expected: "0 to \(source.count - 1)", found: "\(request.first)")
        }
        guard (8...4096).contains(request.size) else {
            throw WorkshopError.badNumber(name: "size", expected: "8 to 4096", found: "\(request.size)")
        }
        var cells: [ImageGrid.Cell] = []
        var entries: [DataReport.Entry] = []
        for index in request.first..<min(source.count, request.first + request.count) {
            try Task.checkCancellation()
            let caption = try source.caption(at: index) ?? ""
            let name = source.name(at: index)
            let image = try Image(decoding: source.bytes(at: index), named: name)
            let shaped = try PictureShaping().shaped(
                image, caption: caption, width: request.size, height: request.size, key: 0)
            cells.append(.init(shaped.image, caption: caption.isEmpty ? name : caption))
            entries.append(.init(index: index, caption: caption, file: nil))
            onProgress(cells.count)
        }
        var grid = ImageGrid(cells, columns: max(1, min(cells.count, 6)), title: source.title)
        grid.subtitle = "\(source.count) pictures"
        let side = request.size * max(1, 160 / request.size)
        grid.cellSize = (side, side)
        let target = replacing ? url : DurableFile.firstFreeName(for: url)
        try PictureNames.makeFolder(of: target)
        try DurableFile.write(grid.image().pngData(), to: target)
        return DataReport(path: surroundings.shown(target), examples: entries, seconds: begin.secondsSince)
    }
}
