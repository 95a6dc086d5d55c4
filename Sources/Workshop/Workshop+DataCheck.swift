import Datasets
import DurableFiles
import Foundation
import Images
import Recipes
import Training

/// Which pictures to look at before training on them.
public struct DataCheckRequest: Codable, Equatable, Sendable {
    /// A folder of pictures, a tar file, a folder of tar files, or a recipe whose sources are meant.
    public var what: String
    /// In how many of 64 bits two pictures that look alike may differ, 0 to 10.
    public var distance: Int
    /// A `.png` file for a sheet of pictures that look alike; nil for none.
    public var sheet: String?

    /// A look at some pictures.
    public init(what: String, distance: Int = 4, sheet: String? = nil) {
        (self.what, self.distance, self.sheet) = (what, distance, sheet)
    }
}

/// What was found among pictures.
public struct DataCheckReport: Codable, Equatable, Sendable {
    /// A picture by its source and name.
    public struct Member: Codable, Equatable, Sendable {
        /// The source's title.
        public var source: String
        /// The picture's name.
        public var name: String
    }
    /// What each source holds.
    public var sources: [DataCheckSource]
    /// How many groups of pictures look alike.
    public var groupCount: Int
    /// How many pictures would go if each group kept one.
    public var spare: Int
    /// The first groups, with their first members.
    public var groups: [[Member]]
    /// The sheet's file, where one was written.
    public var sheet: String?
    /// What it took.
    public var seconds: Double

    /// The most groups that are listed.
    public static let groupsListed = 1000
    /// The most members of a group that are listed.
    public static let membersListed = 50
}

extension Workshop {
    /// Decodes every picture of a folder, of tar files or of a recipe's sources once and says what training on them would
    /// meet: counts, broken files, sizes, captions, pictures that look alike.
    ///
    /// - Parameters:
    ///   - request: what to look at.
    ///   - replacing: true to overwrite the sheet that stands there instead of taking a free name.
    ///   - onProgress: called with pictures done and pictures in all.
    /// - Returns: what was found.
    /// - Throws: `PictureDataError`, `RecipeError`, `WorkshopError`; `CancellationError` when the task is cancelled.
    public func checkData(
        _ request: DataCheckRequest, replacing: Bool = false, onProgress: (Int, Int) -> Void = { _, _ in }
    ) throws -> DataCheckReport {
        guard (0...NearDuplicates.largestDistance).contains(request.distance) else {
            throw WorkshopError.badNumber(
                name: "distance", expected: "0 to \(NearDuplicates.largestDistance)",
                found: "\(request.distance)")
        }
        let begin = ContinuousClock.now
        let (sources, data) = try pictureSources(of: request.what)
        let buckets = data.flatMap { data in
            data.buckets.map { AspectBuckets($0, resolution: data.resolution) }
        }
        let total = sources.reduce(0) { $0 + $1.source.count }
        var surveys: [DataCheckSource] = []
        var places: [(source: any PictureSource, index: Int)] = []
        var hashes: [PerceptualHash] = []
        var done = 0
        for (source, rules) in sources {
            let outcome = try PictureSurvey.outcome(
                of: source,
                .init(
                    resolution: data?.resolution, maximumPixels: rules.maximumPixels, buckets: buckets)
            ) { onProgress(done + $0, total) }
            done += source.count
            surveys.append(DataCheckSource(outcome.survey))
            places += outcome.hashes.map { (source, $0.index) }
            hashes += outcome.hashes.map(\.hash)
        }
        let groups = NearDuplicates.groups(of: hashes, within: request.distance)
        var report = DataCheckReport(
            sources: surveys, groupCount: groups.count, spare: groups.reduce(0) { $0 + $1.count - 1 },
            groups: groups.prefix(DataCheckReport.groupsListed).map { group in
                group.prefix(DataCheckReport.membersListed).map {
                    .init(source: places[$0].source.title, name: places[$0].source.name(at: places[$0].index))
                }
            }, seconds: begin.secondsSince)
        if let sheet = request.sheet, !groups.isEmpty {
            let url = surroundings.url(sheet)
            let target = replacing ? url : DurableFile.firstFreeName(for: url)
            try PictureNames.makeFolder(of: target)
            let image = try DuplicateSheet(groups: groups, places: places).image()
            try DurableFile.write(image.pngData(), to: target)
            report.sheet = surroundings.shown(target)
        }
        report.seconds = begin.secondsSince
        return report
    }

    /// The pictures that a name stands for, and the data of the recipe where it is one.
    private func pictureSources(
        of name: String
    ) throws -> (sources: [(source: any PictureSource, rules: PictureRules)], data: TrainingData?) {
        let url = surroundings.url(name)
        let locate: (String) -> URL = { surroundings.url($0) }
        if url.pathExtension.lowercased() == "json", FileManager.default.fileExists(atPath: url.path) {
            let recipe = try plan(recipe: name).recipe
            let sources = try recipe.data.sources.compactMap { try PictureSources.open($0, locate: locate) }
            guard !sources.isEmpty else { throw WorkshopError.noPicturesToCheck(url) }
            return (sources, recipe.data)
        }
        return ([(try pictureSource(at: url, named: name), PictureRules())], nil)
    }

    /// A folder of pictures, a tar file, or a folder of tar files.
    func pictureSource(at url: URL, named name: String) throws -> any PictureSource {
        if url.pathExtension.lowercased() == "tar" { return try ShardSet([url], named: name) }
        do {
            return try PictureFolder(url, named: name)
        } catch {
            guard case .noPictures = error, let shards = try? ShardSet([url], named: name) else {
                throw error
            }
            return shards
        }
    }
}

/// A sheet of pictures that look alike: a row a group.
struct DuplicateSheet {
    let groups: [[Int]]
    let places: [(source: any PictureSource, index: Int)]
    private static let mostGroups = 40
    private static let columns = 6
    private static let side = 128

    func image() throws -> Image {
        let blank = try Image(
            width: 1, height: 1, fill: (Color.paper.red, Color.paper.green, Color.paper.blue))
        var cells: [ImageGrid.Cell] = []
        for (number, group) in groups.prefix(Self.mostGroups).enumerated() {
            for member in group.prefix(Self.columns) {
                let (source, index) = places[member]
                let picture = (try? source.bytes(at: index)).flatMap { try? Image(decoding: $0) }
                let shown = try picture?.fitted(within: Self.side, Self.side) ?? blank
                cells.append(
                    .init(shown, caption: "group \(number + 1): \(source.name(at: index))"))
            }
            while !cells.count.isMultiple(of: Self.columns) { cells.append(.init(blank)) }
        }
        var grid = ImageGrid(cells, columns: Self.columns, title: "Pictures that look alike")
        grid.subtitle =
            groups.count > Self.mostGroups
            ? "the first \(Self.mostGroups) of \(groups.count) groups, a row each" : "a row a group"
        grid.cellSize = (Self.side, Self.side)
        grid.captionLines = 3
        return try grid.image()
    }
}
