import Diagnostics
import Images
import Synchronization

/// The pictures of a source as training examples: shuffled anew each epoch, cut to size, broken ones replaced.
///
/// What stands at a place depends on the seed, the place and the files only, never on what was asked for before.
public struct PictureExamples: Sendable {
    /// What a picture without words gets.
    public enum MissingWords: Sendable, Hashable {
        /// No words.
        case empty
        /// The words of the file's name.
        case fileName
        /// An error.
        case error
    }
    /// How pictures become examples.
    public struct Options: Sendable, Hashable {
        /// Cutting, mirroring, background.
        public var shaping = PictureShaping()
        /// What a picture without words gets.
        public var missingWords = MissingWords.empty
        /// True to put the next picture of the order in a broken one's place; false to stop at it.
        public var skipsBroken = true
        /// Pictures that declare more pixels are broken.
        public var maximumPixels = Image.defaultPixelLimit

        /// The middle of each picture; broken ones are skipped.
        public init() {}
    }
    /// A picture that cannot be used.
    public struct Broken: Sendable, Hashable, Codable {
        /// What messages call it.
        public let name: String
        /// What is wrong with it.
        public let reason: String
    }

    /// Where the pictures come from.
    public let source: any PictureSource
    let options: Options
    private let order: EpochOrder
    private let seed: UInt64
    /// The pictures that are shown, where they are not all.
    let members: [Int32]?
    /// Those that take the places when none of a limited set can be used, where they are not all.
    private let wider: [Int32]?
    private let isLimited: Bool
    let ledger: BrokenLedger
    private let gate: PictureGate
    private let cache: PictureCache?

    /// Examples of a source; `cache` keeps pictures that have been decoded.
    /// - Throws: `PictureDataError.noCaption` when every picture needs words and some have none.
    public init(
        _ source: any PictureSource, options: Options = Options(), seed: UInt64, cache: PictureCache? = nil
    ) throws(PictureDataError) {
        let captionless = source.findings.captionless
        if options.missingWords == .error, let first = captionless.first.first {
            throw .noCaption(source: source.title, name: first, count: captionless.count)
        }
        (self.source, self.options, self.seed) = (source, options, seed)
        order = EpochOrder(count: source.count, seed: seed)
        (members, wider, isLimited) = (nil, nil, false)
        (ledger, gate, self.cache) = (BrokenLedger(), PictureGate(), cache)
    }

    /// Some pictures of the same source, all for nil; what one of the two finds broken is known to both.
    ///
    /// When no picture of a limited set can be used, those of `other` take their places.
    init(_ members: [Int32]?, of other: PictureExamples, isLimited: Bool) {
        (source, options, seed) = (other.source, other.options, other.seed)
        order = EpochOrder(count: members?.count ?? other.source.count, seed: other.seed)
        (self.members, wider, self.isLimited) = (members, isLimited ? other.members : nil, isLimited)
        (ledger, gate, cache) = (other.ledger, other.gate, other.cache)
    }

    /// The same examples without some pictures, which the order then passes over.
    /// - Throws: `PictureDataError.allTwins` when nothing is left.
    public func leavingOut(_ indices: Set<Int>) throws(PictureDataError) -> PictureExamples {
        guard !indices.isEmpty else { return self }
        let left = (members ?? Array(0..<Int32(source.count))).filter { !indices.contains(Int($0)) }
        guard !left.isEmpty else { throw .allTwins(source: source.title, count: source.count) }
        return PictureExamples(left, of: self, isLimited: false)
    }

    /// The example at a place of the order, in RGB; places count on through all epochs.
    ///
    /// - Throws: `PictureDataError.brokenPicture` when broken pictures are not skipped, `.allBroken` when there is no
    ///   other, `.noCaption` when words are missing and needed.
    public func example(at place: Int, width: Int, height: Int) throws(PictureDataError) -> CaptionedImage {
        let (epoch, position) = place.quotientAndRemainder(dividingBy: order.count)
        for attempt in 0..<order.count {
            let index = number(order.index(at: (position + attempt) % order.count, epoch: epoch))
            if ledger.contains(index) { continue }
            do throws(Unusable) {
                return try prepared(index, epoch: epoch, width: width, height: height)
            } catch {
                switch error {
                case .fatal(let cause): throw cause
                case .broken(let reason): try tell(index, reason)
                }
            }
        }
        guard !isLimited else {
            return try PictureExamples(wider, of: self, isLimited: false)
                .example(at: place, width: width, height: height)
        }
        throw .allBroken(source: source.title, count: order.count, example: ledger.last)
    }

    /// The source's number of the `index`-th picture that is shown.
    private func number(_ index: Int) -> Int { members.map { Int($0[index]) } ?? index }

    /// Notes that a picture is broken, or stops there where the options say so.
    func tell(_ index: Int, _ reason: String) throws(PictureDataError) {
        let name = source.name(at: index)
        guard options.skipsBroken else {
            throw .brokenPicture(source: source.title, name: name, reason: reason)
        }
        ledger.add(index, Broken(name: name, reason: reason))
    }

    /// The words at a place of the order, without looking at the picture.
    /// - Throws: `PictureDataError.noCaption` when they are missing and needed; what reading them throws.
    public func caption(at place: Int) throws(PictureDataError) -> String {
        let (epoch, position) = place.quotientAndRemainder(dividingBy: order.count)
        return try words(number(order.index(at: position, epoch: epoch)))
    }

    /// The broken pictures that were met since the last call; each is told once.
    public func takeNewlyBroken() -> [Broken] { ledger.takeNew() }

    private enum Unusable: Error {
        case broken(reason: String)
        case fatal(PictureDataError)
    }

    private func words(_ index: Int) throws(PictureDataError) -> String {
        if let caption = try source.caption(at: index) { return caption }
        switch options.missingWords {
        case .empty: return ""
        case .fileName: return CaptionText.words(ofFileName: source.name(at: index))
        case .error: throw .noCaption(source: source.title, name: source.name(at: index), count: 1)
        }
    }

    private func prepared(
        _ index: Int, epoch: Int, width: Int, height: Int
    ) throws(Unusable) -> CaptionedImage {
        let caption: String
        do throws(PictureDataError) {
            caption = try words(index)
        } catch {
            if case .noCaption = error { throw .fatal(error) }
            throw .broken(reason: error.reason)
        }
        var lot = SplitMix(seed, UInt64(epoch), UInt64(index))
        let key = lot.next()
        do {
            return try options.shaping.finished(
                covering(index, width: width, height: height), caption: caption, width: width, height: height,
                key: key)
        } catch let error as ImageError {
            if case .outOfMemory = error {
                // Another picture in its place would make the run depend on how much memory was free.
                let reason = PictureReading.reason(error)
                throw .fatal(
                    .brokenPicture(source: source.title, name: source.name(at: index), reason: reason))
            }
            throw .broken(reason: PictureReading.reason(error))
        } catch {
            throw .broken(reason: (error as? PictureDataError)?.reason ?? "\(error)")
        }
    }
}

/// The part of the work that is the same each time a picture is shown.
extension PictureExamples {
    /// A picture that covers the wished size, from the cache where it is there.
    fileprivate func covering(_ index: Int, width: Int, height: Int) throws -> Image {
        func decoded() throws -> Image {
            try PictureReading.decoded(source, index, maximumPixels: options.maximumPixels, gate: gate) {
                image, _ in
                try options.shaping.covering(image, width: width, height: height)
            }
        }
        guard let cache else { return try decoded() }
        let key = PictureCache.key(
            try source.identity(at: index),
            options.shaping.treatment(width: width, height: height) + " up to \(options.maximumPixels)")
        if let kept = cache.image(key, named: source.name(at: index)) { return kept }
        let image = try decoded()
        cache.keep(image, as: key)
        return image
    }
}

/// Which pictures turned out to be broken.
///
/// It saves trying them again; what is drawn does not depend on it.
final class BrokenLedger: Sendable {
    private struct State {
        var known: Set<Int> = []
        var new: [PictureExamples.Broken] = []
        var last = ""
    }
    private let state = Mutex(State())

    func contains(_ index: Int) -> Bool { state.withLock { $0.known.contains(index) } }
    func add(_ index: Int, _ broken: PictureExamples.Broken) {
        state.withLock {
            guard $0.known.insert(index).inserted else { return }
            $0.new.append(broken)
            $0.last = "\(broken.name): \(broken.reason)"
        }
    }
    /// The one that was found last, for a message.
    var last: String { state.withLock { $0.last } }
    func takeNew() -> [PictureExamples.Broken] {
        state.withLock { state in
            defer { state.new = [] }
            return state.new
        }
    }
}

/// Decoding the pictures of a source within bounds.
enum PictureReading {
    /// Decodes a picture and hands it to `body` while the gate keeps room for it.
    ///
    /// The header is looked at first: what declares too many pixels is refused before memory is taken.
    static func decoded<Result>(
        _ source: any PictureSource, _ index: Int, maximumPixels: Int, gate: PictureGate,
        _ body: (Image, Image.Header) throws -> Result
    ) throws -> Result {
        let bytes = try source.bytes(at: index)
        let header = try Image.header(of: bytes, named: sourceName)
        try check(header, maximumPixels: maximumPixels)
        return try gate.run(pixels: header.width * header.height) {
            try body(Image(decoding: bytes, named: sourceName, pixelLimit: maximumPixels), header)
        }
    }

    static let sourceName = "the picture"

    /// What is wrong, without the name before it.
    static func reason(_ error: ImageError) -> String {
        let prefix = sourceName + ": "
        return error.summary.hasPrefix(prefix) ? String(error.summary.dropFirst(prefix.count)) : error.summary
    }
}

extension PictureDataError {
    /// What is wrong, for a sentence that has named the picture already.
    var reason: String {
        if case .unreadable(_, let reason) = self { return reason }
        return String(summary.hasSuffix(".") ? summary.dropLast() : summary[...])
    }
}
