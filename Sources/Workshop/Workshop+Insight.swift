import DurableFiles
import Foundation
import Images
import Recipes

/// What an instrument showed: files, numbers, and a few words.
public struct InstrumentReport: Encodable, Sendable {
    /// The picture's file.
    public let picture: String
    /// The animation's file; nil for instruments that stand still.
    public let animation: String?
    /// The numbers behind it.
    public let numbers: any Encodable & Sendable
    /// The same in words for people, line by line; not in the JSON.
    public let words: [String]
    /// Texts for a terminal, to be shown one over the other, not in the JSON; empty for most instruments.
    public let terminalFrames: [String]

    private enum CodingKeys: String, CodingKey { case picture, animation, numbers }

    /// Writes files and numbers.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(picture, forKey: .picture)
        try fields.encodeIfPresent(animation, forKey: .animation)
        try numbers.encode(to: fields.superEncoder(forKey: .numbers))
    }
}

extension Workshop {
    /// A report's picture as coloured half blocks for a terminal; nil when the file is there no more.
    public func terminalPicture(of report: InstrumentReport, columns: Int, trueColor: Bool) -> String? {
        guard let bytes = try? Data(contentsOf: surroundings.url(report.picture)) else { return nil }
        return terminalPicture(png: Array(bytes), columns: columns, trueColor: trueColor)
    }

    /// Writes what an instrument drew under one name, the picture as PNG and the animation as WebP.
    ///
    /// - Parameters:
    ///   - picture: written as PNG.
    ///   - animation: written as WebP; nil for an instrument that stands still.
    ///   - compression: the animation's.
    ///   - output: a name with or without the ending `.png` or `.webp`.
    ///   - replacing: true to overwrite; otherwise taken names get a number, the same for both files.
    /// - Returns: the paths.
    /// - Throws: `WorkshopError.wrongEnding` for other endings, `.inTheWay`; what writing throws.
    func write(
        _ picture: Image, _ animation: AnimatedImage?, compression: WebPCompression = .lossless,
        to output: String, replacing: Bool
    ) throws -> (picture: String, animation: String?) {
        let wanted = surroundings.url(output, directoryHint: .notDirectory)
        guard ["", "png", "webp"].contains(wanted.pathExtension.lowercased()) else {
            throw WorkshopError.wrongEnding(
                wanted, what: "a picture or an animation", expected: [".png", ".webp", "no ending"])
        }
        try PictureNames.makeFolder(of: wanted)
        let folder = wanted.deletingLastPathComponent()
        let stem = wanted.deletingPathExtension().lastPathComponent
        func files(_ number: Int) -> (png: URL, webp: URL) {
            let name = number == 1 ? stem : "\(stem)-\(number)"
            func file(_ ending: String) -> URL {
                folder.appending(path: name + ending, directoryHint: .notDirectory)
            }
            return (file(".png"), file(".webp"))
        }
        var number = 1
        func isTaken(_ files: (png: URL, webp: URL)) -> Bool {
            let manager = FileManager.default
            return manager.fileExists(atPath: files.png.path)
                || animation != nil && manager.fileExists(atPath: files.webp.path)
        }
        while !replacing, isTaken(files(number)) { number += 1 }
        let target = files(number)
        func put(_ bytes: Data, _ url: URL) throws -> String {
            guard replacing else { return surroundings.shown(try DurableFile.writeNew(bytes, to: url)) }
            try DurableFile.write(bytes, to: url)
            return surroundings.shown(url)
        }
        // Both are encoded before either is written.
        let (still, moving) = (try picture.pngData(), try animation?.webpData(compression))
        try Task.checkCancellation()
        return (try put(still, target.png), try moving.map { try put($0, target.webp) })
    }
}
