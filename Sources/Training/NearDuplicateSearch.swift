import Datasets
import DurableFiles
import Foundation
import Recipes
import Tensors

/// Finds pictures that look alike before training begins, over all folders and shards of a recipe.
struct NearDuplicateSearch {
    /// One folder or set of shards, and its rule.
    struct Source {
        let pictures: any PictureSource
        let rules: PictureRules
    }
    /// What was found.
    struct Findings: Equatable {
        /// Groups of pictures that look alike, by source and number, the first of each group first.
        var groups: [[Place]] = []
        /// The numbers of the pictures that are left out, by source.
        var leftOut: [Int: Set<Int>] = [:]

        /// How many pictures would go if each group kept one.
        var spare: Int { groups.reduce(0) { $0 + $1.count - 1 } }
    }
    /// A picture by the place of its source in the recipe and its number there.
    struct Place: Hashable {
        let source, index: Int
    }
    /// The most groups that are told.
    static let groupsTold = 20

    /// The sources by their place in the recipe; those that nobody asks about are not among them.
    private let sources: [(number: Int, source: Source)]

    /// A search over sources, each with its place in the recipe.
    init(_ sources: [(number: Int, source: Source)]) {
        self.sources = sources.filter { $0.source.rules.nearDuplicates != .ignore }
    }

    /// Looks at every picture once, or at what was taken down when the run began, and finds those that look alike.
    ///
    /// - Parameters:
    ///   - ranks: the processes that share the looking.
    ///   - cache: the folder where looks are kept; nil keeps none.
    ///   - shared: a folder where they may be found as well, and are left for other runs if it can be written.
    ///   - isCancelled: asked now and then.
    ///   - onProgress: called with pictures done and in all, in this process.
    /// - Returns: the groups, and what the rules leave out.
    /// - Throws: `CancellationError`; `PictureDataError.nearDuplicates` where a source's rule wants no such pictures;
    ///   `ProcessGroupError`.
    func findings(
        ranks: Ranks = .alone, cache: URL? = nil, shared: URL? = nil, isCancelled: () -> Bool = { false },
        onProgress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> Findings {
        let total = sources.reduce(0) { $0 + ranks.part.range(of: $1.source.pictures.count).count }
        var (done, places, hashes) = (0, [Place](), [PerceptualHash]())
        for (number, source) in sources {
            let looks = try looks(
                of: source, ranks: ranks, folders: (cache, shared), isCancelled: isCancelled,
                onProgress: { try onProgress(done + $0, total) })
            done += ranks.part.range(of: source.pictures.count).count
            for (index, hash) in looks.hashes {
                places.append(Place(source: number, index: index))
                hashes.append(hash)
            }
        }
        var findings = Findings()
        findings.groups = NearDuplicates.groups(of: hashes, within: NearDuplicates.usualDistance)
            .map { $0.map { places[$0] } }
        let rules = Dictionary(uniqueKeysWithValues: sources.map { ($0.number, $0.source.rules) })
        for place in findings.groups.flatMap({ $0.dropFirst() }) {
            switch rules[place.source]?.nearDuplicates {
            case .skip: findings.leftOut[place.source, default: []].insert(place.index)
            case .error: throw refusal(place, findings)
            case .report, .ignore, nil: break
            }
        }
        return findings
    }

    /// What the findings are as an event.
    func event(_ findings: Findings) -> TrainingEvent {
        .nearDuplicates(
            groups: findings.groups.count, spare: findings.spare,
            skipped: findings.leftOut.values.reduce(0) { $0 + $1.count },
            pairs: findings.groups.prefix(Self.groupsTold).map { $0.prefix(2).map(name) })
    }

    /// True when no source asks for the search.
    var isEmpty: Bool { sources.isEmpty }

    private func looks(
        of source: Source, ranks: Ranks, folders: (own: URL?, shared: URL?), isCancelled: () -> Bool,
        onProgress: (Int) throws -> Void
    ) throws -> PictureLooks {
        let limit = source.rules.maximumPixels
        func file(in folder: URL) -> URL {
            folder.appending(path: String(source.pictures.fingerprint, radix: 16) + ".looks")
        }
        let kept = [folders.own, folders.shared].lazy.compactMap { $0 }
            .compactMap { try? Data(contentsOf: file(in: $0)) }
            .compactMap { PictureLooks(Array($0), of: source.pictures, maximumPixels: limit) }
            .first
        // Only the first rank reads and writes the run's folder.
        if try ranks.any(kept != nil) {
            let unknown = [Bool](repeating: false, count: source.pictures.count)
            return try ranks.joined(kept ?? PictureLooks(bits: unknown.map { _ in 0 }, isKnown: unknown))
        }
        // Remembered, so that looks which were broken off are never taken for whole ones.
        var isStopped = false
        let part = try PictureLooks(
            of: source.pictures, in: ranks.part.range(of: source.pictures.count), maximumPixels: limit,
            isCancelled: {
                isStopped = isStopped || isCancelled()
                return isStopped
            }, onProgress: onProgress)
        if try ranks.any(isStopped) { throw CancellationError() }
        let looks = try ranks.joined(part)
        let bytes = looks.bytes(of: source.pictures, maximumPixels: limit)
        if let own = folders.own {
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            try DurableFile.write(bytes, to: file(in: own))
        }
        // A cache without room is no reason to stop: other runs then look for themselves.
        if let shared = folders.shared { try? DurableFile.write(bytes, to: file(in: shared)) }
        return looks
    }

    private func refusal(_ place: Place, _ findings: Findings) -> PictureDataError {
        let twin = findings.groups.first { $0.contains(place) }?.first ?? place
        let source = sources.first { $0.number == place.source }?.source.pictures
        return .nearDuplicates(
            source: source?.title ?? "", name: source?.name(at: place.index) ?? "", twin: name(twin),
            count: findings.spare)
    }

    private func name(_ place: Place) -> String {
        guard let source = sources.first(where: { $0.number == place.source })?.source.pictures else {
            return "\(place.index)"
        }
        let name = source.name(at: place.index)
        return sources.count > 1 ? "\(source.title): \(name)" : name
    }
}
