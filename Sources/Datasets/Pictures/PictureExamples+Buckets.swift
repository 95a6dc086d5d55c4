import Foundation
import Images

/// Pictures by their shape, which their headers tell.
extension PictureExamples {
    private static let atOnce = 1024

    /// The numbers of the pictures in each bucket, in rising order.
    ///
    /// Headers alone are read, on all processors. Pictures whose header is damaged or declares too many pixels are in no
    /// bucket and count as broken.
    /// - Throws: `PictureDataError.brokenPicture` when broken pictures are not skipped, `.allBroken` when no other is left.
    public func members(of buckets: AspectBuckets) throws -> [[Int32]] {
        var members = [[Int32]](repeating: [], count: buckets.sizes.count)
        let shown = self.members.map(Set.init)
        for start in stride(from: 0, to: source.count, by: Self.atOnce) {
            let looks = try ParallelMap.results(min(Self.atOnce, source.count - start)) {
                self.bucket(of: start + $0, among: buckets)
            }
            for (offset, look) in looks.enumerated() where shown?.contains(Int32(start + offset)) != false {
                switch look {
                case .success(let bucket): members[bucket].append(Int32(start + offset))
                case .failure(let flaw): try tell(start + offset, flaw.reason)
                }
            }
        }
        guard members.contains(where: { !$0.isEmpty }) else {
            throw PictureDataError.allBroken(
                source: source.title, count: source.count, example: ledger.last)
        }
        return members
    }

    /// The same examples with some of the pictures only, which are at least one.
    ///
    /// They are walked through epoch by epoch. When none of them can be used, the others take their places.
    public func limited(to members: [Int32]) -> PictureExamples {
        PictureExamples(members, of: self, isLimited: true)
    }

    private struct Flaw: Error { let reason: String }

    private func bucket(of index: Int, among buckets: AspectBuckets) -> Result<Int, Flaw> {
        do {
            let header = try PictureReading.header(source, index)
            try PictureReading.check(header, maximumPixels: options.maximumPixels)
            return .success(buckets.nearest(width: header.width, height: header.height))
        } catch let error as ImageError {
            return .failure(Flaw(reason: PictureReading.reason(error)))
        } catch {
            return .failure(Flaw(reason: (error as? PictureDataError)?.reason ?? "\(error)"))
        }
    }
}

extension PictureReading {
    /// The lengths of a file's beginning that are tried before the whole.
    private static let beginnings = [4096, 128 << 10]

    /// What a picture's header says, from as few bytes as it takes.
    ///
    /// A turn (EXIF) that a PNG file notes behind its pixels goes unseen; the picture then counts as it is stored.
    static func header(_ source: any PictureSource, _ index: Int) throws -> Image.Header {
        for count in beginnings {
            let bytes = try source.start(at: index, count: count)
            // Extended WebP keeps its turn at the end.
            if bytes.dropFirst(12).prefix(4).elementsEqual("VP8X".utf8) { break }
            if let header = try? Image.header(of: bytes, named: sourceName) { return header }
            if bytes.count < count { break }
        }
        return try Image.header(of: source.bytes(at: index), named: sourceName)
    }

    /// Refuses a picture that declares too many pixels.
    static func check(_ header: Image.Header, maximumPixels: Int) throws(ImageError) {
        guard header.width * header.height <= maximumPixels else {
            throw .tooManyPixels(
                source: sourceName, width: header.width, height: header.height, limit: maximumPixels)
        }
    }
}
