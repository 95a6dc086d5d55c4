public import Images

/// What the pictures of a source look like: a hash of each that can be read, nine bytes a picture.
public struct PictureLooks: Sendable, Equatable {
    /// The hashes' bits in the source's order; 0 where there is no hash.
    public private(set) var bits: [UInt64]
    /// Which pictures have a hash: the others cannot be used, or nobody has looked at them.
    public private(set) var isKnown: [Bool]

    private static let atOnce = 64

    /// Looks that were taken down before; both lists are equally long.
    public init(bits: [UInt64], isKnown: [Bool]) { (self.bits, self.isKnown) = (bits, isKnown) }

    /// Decodes some of a source's pictures once, on all processors, a bounded number at a time; those outside of `range`
    /// stay unknown.
    ///
    /// - Parameters:
    ///   - source: the pictures.
    ///   - range: the numbers of those to look at; nil for all.
    ///   - maximumPixels: pictures that declare more pixels cannot be used.
    ///   - isCancelled: asked now and then; when true the rest stays unknown.
    ///   - onProgress: called with the number of pictures done.
    /// - Throws: what `onProgress` throws; `ImageError.outOfMemory`, since what is found must not depend on how much
    ///   memory was free.
    public init(
        of source: any PictureSource, in range: Range<Int>? = nil,
        maximumPixels: Int = Image.defaultPixelLimit, isCancelled: () -> Bool = { false },
        onProgress: (Int) throws -> Void = { _ in }
    ) throws {
        let gate = PictureGate()
        bits = [UInt64](repeating: 0, count: source.count)
        isKnown = [Bool](repeating: false, count: source.count)
        let range = (range ?? 0..<source.count).clamped(to: 0..<source.count)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.atOnce) {
            if isCancelled() { return }
            let count = min(Self.atOnce, range.upperBound - start)
            let hashes = try ParallelMap.results(count) {
                try Self.hash(source, start + $0, maximumPixels, gate)
            }
            for (offset, hash) in hashes.enumerated() {
                guard let hash else { continue }
                (bits[start + offset], isKnown[start + offset]) = (hash.bits, true)
            }
            try onProgress(start + count - range.lowerBound)
        }
    }

    /// The hashes there are, with the numbers of their pictures.
    public var hashes: [(index: Int, hash: PerceptualHash)] {
        bits.indices.filter { isKnown[$0] }.map { ($0, PerceptualHash(bits: bits[$0])) }
    }

    /// Nil for a picture that cannot be used: training will say so.
    private static func hash(
        _ source: any PictureSource, _ index: Int, _ maximumPixels: Int, _ gate: PictureGate
    ) throws -> PerceptualHash? {
        do {
            return try PictureReading.decoded(source, index, maximumPixels: maximumPixels, gate: gate) {
                image, _ in try PerceptualHash(image)
            }
        } catch let error as ImageError {
            if case .outOfMemory = error { throw error }
            return nil
        } catch { return nil }
    }
}

/// Looks on the disk, so that a million pictures need not be decoded again when a run goes on.
extension PictureLooks {
    private static let magic = Array("DARKROOM-LOOKS-1".utf8)
    private static let headerLength = 16 + 3 * 8
    private static let entryLength = 9

    /// The looks as bytes: a mark, what they are of, nine bytes a picture, a fingerprint of all that; least bytes first.
    public func bytes(of source: any PictureSource, maximumPixels: Int) -> [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.headerLength + bits.count * Self.entryLength + 8)
        func put(_ value: UInt64) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for value in [source.fingerprint, UInt64(bits.count), UInt64(max(0, maximumPixels))] { put(value) }
        for (bits, isKnown) in zip(bits, isKnown) {
            put(bits)
            bytes.append(isKnown ? 1 : 0)
        }
        var hash = RunningHash()
        hash.add(bytes)
        put(hash.value)
        return bytes
    }

    /// Looks from bytes; nil when they are not whole, or of other pictures than the source has now.
    public init?(_ bytes: [UInt8], of source: any PictureSource, maximumPixels: Int) {
        let count = source.count
        guard bytes.count == Self.headerLength + count * Self.entryLength + 8,
            bytes.starts(with: Self.magic)
        else { return nil }
        func number(at place: Int) -> UInt64 {
            UInt64(
                littleEndian: bytes.withUnsafeBytes {
                    $0.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                })
        }
        var hash = RunningHash()
        hash.add(bytes.dropLast(8))
        guard number(at: bytes.count - 8) == hash.value, number(at: 16) == source.fingerprint,
            number(at: 24) == UInt64(count), number(at: 32) == UInt64(max(0, maximumPixels))
        else { return nil }
        let places = (0..<count).map { Self.headerLength + $0 * Self.entryLength }
        self.init(bits: places.map { number(at: $0) }, isKnown: places.map { bytes[$0 + 8] == 1 })
    }
}
