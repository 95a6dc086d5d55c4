public import DurableFiles
public import Foundation
import WeightFiles

/// What an autoencoder says of pictures, kept on the disk, so that the next epoch and the next run need not encode them again.
///
/// Kept are the moments of each latent number, mean and logarithm of the variance, in single precision: the latent itself is
/// drawn anew each time a picture is shown. A picture is known by its pixels, as they come after cutting, scaling and
/// mirroring, and by the autoencoder that looked at it. What comes out is bit for bit what would be computed.
public final class LatentCache: Sendable {
    private let records: TensorCache
    /// Changes when encoding changes what numbers come out.
    private static let version = 1

    /// Opens the cache in a folder, which is created when it is new.
    ///
    /// A full disk is no error: nothing is kept then, and a note says so.
    /// - Parameters:
    ///   - folder: where its files lie; several processes may use it.
    ///   - number: of the file to write first, such as this process's rank.
    /// - Throws: `DurableFileError` when the folder cannot be used.
    public init(_ folder: URL, writing number: Int = 0) throws(DurableFileError) {
        records = try TensorCache(
            folder, writing: number,
            words: .init(
                contents: "latents", afterDamages: "the latents there are computed again",
                afterDamage: "it is computed again"))
    }

    /// Bytes that the moments of one picture take on the disk; `width` and `height` are the latent's.
    public static func byteCount(channels: Int, width: Int, height: Int) -> Int {
        // Two heads: that of the store (32 bytes), and "F32" with four sides.
        2 * 4 * channels * width * height + 32 + 21
    }

    /// For how many pictures moments are kept.
    public var count: Int { records.count }

    /// What happened since the last call that somebody should know.
    public func takeNotes() -> [String] { records.takeNotes() }

    /// The moments of a picture, kept from earlier or made and then kept.
    ///
    /// - Parameters:
    ///   - pixels: of the picture, 8 bits a channel, row by row.
    ///   - width: its columns.
    ///   - height: its rows.
    ///   - encoder: all else that decides what is made: the weights, the type of numbers, the device.
    ///   - name: what notes call the picture.
    ///   - make: computes them: single precision, `[2, channels, height, width]`, the means first.
    /// - Returns: what `make` gives, or gave.
    /// - Throws: what `make` throws.
    public func moments(
        of pixels: ArraySlice<UInt8>, width: Int, height: Int, encoder: String,
        named name: @autoclosure () -> String, make: () throws -> TensorRecord
    ) rethrows -> TensorRecord {
        let key = RecordStore.Key(
            of: "latent \(Self.version)\n\(encoder)\n\(width) x \(height)\n\(SHA256.digits(of: pixels))")
        if let kept = records.record(key, named: "the latent of \(name())"), kept.type == .float32,
            kept.shape.count == 4, kept.shape[0] == 2
        {
            return kept
        }
        let made = try make()
        records.keep(made, as: key)
        return made
    }
}
