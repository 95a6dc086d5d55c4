public import Datasets
import DurableFiles
import Foundation
import Images

/// Which examples of a data set to show or export, and how.
public struct DataRequest: Codable, Equatable, Sendable {
    /// The data set's name.
    public var name: String
    /// The part of it: `train` or `heldout`.
    public var split: SceneSplit
    /// The first example.
    public var first: Int
    /// Examples.
    public var count: Int
    /// Pixels a side.
    public var size: Int
    /// The world's seed.
    public var seed: UInt64
    /// True to write how far away everything is.
    public var depth: Bool
    /// True to write what is in each picture, attribute by attribute.
    public var attributes: Bool
    /// A `.png` file for a sheet; any other name is a folder for single files.
    public var output: String

    /// Examples of `name`.
    public init(
        name: String, split: SceneSplit = .train, first: Int = 0, count: Int = 24, size: Int = 64,
        seed: UInt64 = 1, depth: Bool = false, attributes: Bool = false, output: String
    ) {
        (self.name, self.split, self.first, self.count) = (name, split, first, count)
        (self.size, self.seed) = (size, seed)
        (self.depth, self.attributes, self.output) = (depth, attributes, output)
    }
}

/// What was shown or exported.
public struct DataReport: Encodable, Equatable, Sendable {
    /// One example.
    public struct Entry: Encodable, Equatable, Sendable {
        /// Its number.
        public var index: Int
        /// Its sentence.
        public var caption: String
        /// Its picture's file within the folder; nil for a sheet.
        public var file: String?
        /// What is in it, when asked for.
        public var attributes: WorldRecord?
    }
    /// The sheet or the folder.
    public var path: String
    /// The examples.
    public var examples: [Entry]
    /// What it took.
    public var seconds: Double
}

extension Workshop {
    /// The data sets that can be shown.
    public static let dataSets = WorldName.allCases.map(\.rawValue)

    /// Draws examples as a captioned sheet or exports them as single files.
    ///
    /// A folder of pictures or a tar file in place of a name is shown as a sheet, cut to size as training cuts it.
    ///
    /// A folder holds `NNNNNN.png` and `NNNNNN.txt` an example, `metadata.jsonl`, and where asked for `NNNNNN.pfm`
    /// (distances in scene units, infinite for the sky; scenes only) and `NNNNNN.json` (attributes).
    /// - Parameters:
    ///   - request: what to draw.
    ///   - replacing: true to overwrite what stands there instead of taking a free name.
    ///   - onProgress: called with the number of examples done.
    /// - Returns: where they are, and every caption.
    /// - Throws: `WorkshopError`, `DatasetError`, `PictureDataError`; `CancellationError` when the task is cancelled, with nothing written.
    public func drawExamples(
        _ request: DataRequest, replacing: Bool = false, onProgress: (Int) -> Void = { _ in }
    ) throws -> DataReport {
        let begin = ContinuousClock.now
        guard Self.dataSets.contains(request.name) else {
            return try showPictures(request, replacing: replacing, begin: begin, onProgress)
        }
        let export = try WorldExport(request)
        let url = surroundings.url(request.output)
        let target = replacing ? url : DurableFile.firstFreeName(for: url)
        try PictureNames.makeFolder(of: target)
        let entries =
            url.pathExtension.lowercased() == "png"
            ? try export.writeSheet(to: target, onProgress) : try export.writeFolder(at: target, onProgress)
        return DataReport(
            path: surroundings.shown(target), examples: entries, seconds: begin.secondsSince)
    }
}
